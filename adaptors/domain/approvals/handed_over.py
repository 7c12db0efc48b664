"""What was handed over already goes once, and to where its gateway led then, or to where a second person says.

A delivery may wait for days: its gateway is off, or paused, or was told to try again; and somebody may send it again
who sees the delivery alone. So it is looked at in the moment before each attempt, in one query for a group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from adaptors.domain.approvals.asking import ask, said, title_of, waiting_sentence
from adaptors.domain.approvals.contents import Part, address_at
from adaptors.domain.approvals.sensitive import ADDRESS
from adaptors.models import ExportRule, Transaction
from arhub.domain import approvals
from arhub.domain.channels import Held, NotWanted
from arhub.models import Approval, ApprovalPolicy
from connectors.domain.deliveries import let_go_all
from connectors.domain.places import places_of
from connectors.models import Connection, Delivery

State = Transaction.State
MAY_WAIT = (State.HELD, State.SENDING)
"""The states of a transaction in which it waits for the approvals that it names."""
NOT_GONE = (State.HELD, State.FAILED, State.CANCELLED)
"""Of what was sent as new: nothing of it is on its way."""
SENT_AS_NEW, BY_OTHER_MEANS = "It was sent as new since.", "It was sent by other means."


class HandedOver:
    """Keeps deliveries back whose document went in another way since, and those whose gateway leads elsewhere now
    (`connectors.domain.guards.Guard`)."""

    def look(self, deliveries: Sequence[Delivery], end: Connection) -> None:
        found = list(_doubtful().filter(delivery__in=deliveries))
        if gone := next((row for row in found if row.is_over), None):
            raise NotWanted(BY_OTHER_MEANS if gone.state == State.ELSEWHERE else SENT_AS_NEW)
        rows = [row for row in found if row.is_asked]
        if not rows:
            return
        now = address_now(end)
        moved = [row for row in rows if _moved(row, now)]
        if moved and not is_approved(now):
            raise Held(_why(moved[0], now), waits_for=_name(now.content))
        _go(moved, now)
        _forget([row for row in rows if row.waits_for])

    def held(self, delivery: Delivery, waits_for: str) -> None:
        kind, _, rest = waits_for.partition(":")
        row = Transaction.objects.filter(delivery=delivery).first() if kind == ADDRESS else None
        end = Connection.objects.filter(pk=int(rest.partition(":")[0])).first() if row else None
        if row is not None and end is not None:
            ask_for(row, address_now(end))


guard = HandedOver()


def address_now(end: Connection) -> Part:
    return address_at(end, places_of(end))


def is_approved(now: Part) -> bool:
    found = approvals.standing([now.content]).get(now.content)
    return found is not None and found.state == Approval.State.APPROVED


def ask_for(row: Transaction, now: Part) -> Approval | None:
    """Have a delivery wait for the approval of where it would go now. None when its customer's rule is gone."""
    rule = ExportRule.objects.filter(activation=row.activation_id, account=row.account_id).first()
    if rule is None:
        return None
    found = approvals.standing([now.content]).get(now.content)
    found = found or ask(now, rule, row.activation, _before(row, rule.trusted))
    Transaction.objects.filter(pk=row.pk).update(waits_for=[found.pk])
    return found


def why_not_same_place(row: Transaction) -> str:
    """Why what was handed over may not go to its gateway once more as it stands: where that leads was changed since,
    and nobody has approved it. Empty when it may."""
    before = _bound(row)
    if before is None or ADDRESS not in approvals.policy().kinds:
        return ""
    end = Connection.objects.filter(pk=before["key"].split(":")[1]).first()
    if end is None:
        return "Its gateway is gone."
    now = address_now(end)
    if not _moved(row, now) or is_approved(now):
        return ""
    return f"Where {end} leads was changed since, and waits for a second person. “Send as new” asks for that."


def waiting_for(approval: Approval) -> QuerySet[Transaction]:
    """What was handed over and waits for an approval."""
    rows = Transaction.objects.filter(activation=approval.facts["activation"], state=State.SENDING)
    return rows.filter(waits_for__contains=[approval.pk]).order_by("pk")


def is_effective(approval: Approval) -> bool:
    """Whether something waits, and would go where the approval says."""
    return waiting_for(approval).exists() and _effective(approval) == (approval.key, approval.digest)


def renew(approval: Approval) -> Approval | None:
    """Ask for what is effective now, for what waits; None when nothing does, or it may go."""
    row, end = waiting_for(approval).first(), _end(approval)
    if row is None or end is None:
        return None
    now = address_now(end)
    decided(approval)
    return ask_for(row, now) if _moved(row, now) else None


def decided(approval: Approval) -> None:
    """What waits for it looks again, now."""
    let_go_all(_name((approval.key, approval.digest)))


def let_go(ids: Iterable[int]) -> None:
    """Void the requests that no document waits for any more."""
    rows = Transaction.objects.filter(state__in=MAY_WAIT)
    approvals.void([pk for pk in ids if not rows.filter(waits_for__contains=[pk]).exists()])


def _doubtful() -> QuerySet[Transaction, Any]:
    """Transactions that may have to be kept back: those whose document went in another way (`is_over`), and all of a
    company whose policy asks for addresses (`is_asked`)."""
    newer = Transaction.objects.filter(
        activation=OuterRef("activation"), document=OuterRef("document"), again__gt=OuterRef("again")
    ).exclude(state__in=NOT_GONE)
    asks = Exists(ApprovalPolicy.objects.filter(kinds__contains=[ADDRESS]))
    rows = Transaction.objects.annotate(is_asked=asks, is_over=Q(state=State.ELSEWHERE) | Exists(newer))
    return rows.filter(Q(is_asked=True) | Q(is_over=True))


def _bound(row: Transaction) -> Mapping[str, str] | None:
    return next((one for one in row.bound_to if one["kind"] == ADDRESS), None)


def _moved(row: Transaction, now: Part) -> bool:
    before = _bound(row)
    return before is not None and (before["key"], before["digest"]) != now.content


def _why(row: Transaction, now: Part) -> str:
    found = approvals.standing([now.content]).get(now.content)
    return said(found) if found else waiting_sentence(title_of(now, row.activation, row.account))


def _before(row: Transaction, trusted: Mapping[str, Any]) -> Mapping[str, Any]:
    """What it was when it was handed over, where that is known still."""
    bound, last = _bound(row), trusted.get(ADDRESS, {})
    return last if bound and last.get("key") == bound["key"] else {}


def _go(rows: Sequence[Transaction], now: Part) -> None:
    """What was approved is what they are bound to from now on."""
    for row in rows:
        row.bound_to = [one for one in row.bound_to if one["kind"] != ADDRESS] + [now.bound]
        Transaction.objects.filter(pk=row.pk).update(bound_to=row.bound_to)


def _forget(rows: Sequence[Transaction]) -> None:
    """They wait for nothing any more."""
    if rows:
        Transaction.objects.filter(pk__in=[row.pk for row in rows]).update(waits_for=[])
        let_go({pk for row in rows for pk in row.waits_for})


def _end(approval: Approval) -> Connection | None:
    kind, _, rest = approval.key.partition(":")
    return Connection.objects.filter(pk=int(rest)).first() if kind == ADDRESS else None


def _effective(approval: Approval) -> tuple[str, str]:
    end = _end(approval)
    return address_now(end).content if end else ("", "")


def _name(content: tuple[str, str]) -> str:
    """By what a delivery names the approval that it waits for."""
    return ":".join(content)
