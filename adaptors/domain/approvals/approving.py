"""The approvals that documents wait for: what waits, whether it is so still, and what happens once it is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Count, QuerySet, Sum, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Replace
from django.urls import reverse
from django_q.tasks import async_task

from adaptors.domain.approvals import handed_over
from adaptors.domain.approvals.asking import KINDS
from adaptors.domain.approvals.contents import first_of, parts_of, ways_to
from adaptors.domain.approvals.sensitive import ADDRESS, FIRST
from adaptors.domain.documents.composing import compose
from adaptors.domain.transactions import exporting
from adaptors.models import Activation, Transaction
from arhub.domain.approvals import Waiting
from arhub.domain.sharing import Actor, visible
from arhub.models import Approval, Event
from connectors.domain.places import Ways

LOOKED_AT = 5
"""Documents by which it is seen whether a content is effective still."""
State = Transaction.State
DECIDED = ("approval.approved", "approval.rejected")


class Documents:
    """Documents that are held for approvals (`arhub.domain.approvals.Subject`)."""

    kinds: ClassVar[Mapping[str, tuple[str, str]]] = KINDS

    @staticmethod
    def seen(actor: Actor, rows: QuerySet[Approval]) -> QuerySet[Approval]:
        """Each is about an activation; that of an address, whose key is “address:” and an id, about a connection too.
        The keys of the others are no number, and so of no connection."""
        named = rows.annotate(activation=KT("facts__activation"), connection=Replace("key", Value(f"{ADDRESS}:")))
        seen = visible(actor, named, "activation", "activation", as_text=True)
        return visible(actor, seen, "connection", "connection", as_text=True)

    @staticmethod
    def is_effective(approval: Approval) -> bool:
        activation = Activation.objects.filter(pk=approval.facts["activation"]).first()
        waits = list(waiting_for(approval).values_list("document_id", flat=True)[:LOOKED_AT])
        if activation is None:
            return False
        return (approval.key, approval.digest) in _contents(activation, waits) or handed_over.is_effective(approval)

    @staticmethod
    def renew(approval: Approval) -> Approval | None:
        """What more waits than it takes to find out is tried again in the background, and then waits for the same."""
        for row in list(waiting_for(approval)[:LOOKED_AT]):
            made = exporting.retry(row)
            if made.waits_for:
                if waiting_for(approval).exists():
                    _retry_soon(approval.tenant_id, approval.pk)
                return Approval.objects.filter(pk__in=made.waits_for).order_by("pk").last()
        return handed_over.renew(approval)

    @staticmethod
    def waiting(approval: Approval) -> Waiting:
        held = _summed(waiting_for(approval))
        found = [*held, *_summed(handed_over.waiting_for(approval))]
        sums: dict[str, Decimal] = {}
        for one in found:
            if one["currency"]:
                sums[one["currency"]] = sums.get(one["currency"], Decimal(0)) + (one["total"] or 0)
        address, state = reverse("admin:adaptors_transaction_changelist"), State.HELD if held else State.SENDING
        query = f"activation__id__exact={approval.facts['activation']}&state__exact={state}"
        return Waiting(sum(one["n"] for one in found), sums, f"{address}?{query}")


def _summed(rows: QuerySet[Transaction]) -> list[Any]:
    """Their number and their sum by currency."""
    return list(rows.order_by().values("currency").annotate(n=Count("pk"), total=Sum("amount")))


def waiting_for(approval: Approval) -> QuerySet[Transaction]:
    """The documents that an approval holds."""
    held = Transaction.objects.filter(activation=approval.facts["activation"], state=State.HELD)
    return held.filter(waits_for__contains=[approval.pk]).order_by("pk")


def approvals_of(row: Transaction) -> QuerySet[Approval]:
    """The approvals that a document went out by: those of the contents that it was bound to."""
    wanted = {(one["key"], one["digest"]) for one in row.bound_to}
    rows = Approval.objects.filter(key__in={key for key, _ in wanted}, digest__in={digest for _, digest in wanted})
    return rows.filter(state=Approval.State.APPROVED).select_related("decided_by", "requested_by").order_by("pk")


def heard(events: Sequence[Event]) -> None:
    """What was decided lets the documents be tried again, in the background."""
    for event in events:
        if event.kind in DECIDED:
            _retry_soon(event.tenant_id, event.data["approval"])


def _retry_soon(tenant_id: int | None, approval_id: int) -> None:
    async_task("adaptors.tasks.retry_decided", tenant_id, approval_id, cluster="arhub")


def to_retry(approval: Approval) -> list[int]:
    """The documents to try again once it is decided: a customer that is known lets all its first ones go."""
    if approval.kind != FIRST:
        return list(waiting_for(approval).values_list("pk", flat=True))
    held = Transaction.objects.filter(
        activation=approval.facts["activation"], account=approval.facts["account"], state=State.HELD
    )
    return list(held.exclude(waits_for=[]).order_by("pk").values_list("pk", flat=True))


def _contents(activation: Activation, ids: list[int]) -> set[tuple[str, str]]:
    """What some documents would be bound to now."""
    found: set[tuple[str, str]] = set()
    ways = Ways()
    for composed in compose(activation, ids):
        to = ways_to(composed, activation) if composed.rule else None
        if to is None:
            continue
        ways.prepare([to])
        parts = parts_of(composed, activation, ways)
        found |= {part.content for part in [*parts, first_of(composed, parts, activation)]}
    return found


documents = Documents()
