"""What the other side is to say of a document, and by when: told once when it stays away, and settled when it comes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from adaptors.answer_kinds import ANY, RECEIPTS, answer_label
from adaptors.models import Answer, Expectation, Transaction
from arhub.domain import incidents
from arhub.domain.each import each_in_scope
from arhub.domain.events import emit
from arhub.models import Attempt, Incident
from arhub.tenancy.scope import scope_all
from connectors.models import Connection, Delivery

DAYS = "answer_days"
"""The setting of the customer, and the fact of the transaction in which it is kept from when it was made."""
AT_ONCE = 500


def asked_for(settings: Mapping[str, str]) -> dict[str, str]:
    """The fact that an answer is expected, where the settings ask for one."""
    days = settings.get(DAYS, "")
    return {DAYS: days} if days.strip("0") else {}


def arrived(rows: Sequence[Transaction]) -> None:
    """Expect what is to come of documents that have just been handed over, in the transaction that notes it. Without a
    query where nothing is to come, else in a number that does not depend on how many they are."""
    asked = [row for row in rows if row.delivery and row.facts.get(DAYS)]
    awaited = [row for row in rows if row.delivery and row.delivery.verdict == Delivery.Verdict.AWAITED]
    if not asked and not awaited:
        return
    answers = Answer.objects.filter(transaction__in=[row.pk for row in asked])
    answered = set(answers.exclude(verdict=Answer.Verdict.INFORMATION).values_list("transaction", flat=True))
    due = [(row, ANY, timedelta(days=int(row.facts[DAYS]))) for row in asked if row.pk not in answered]
    carriers = Connection.objects.in_bulk({_carrier(row) for row in awaited})
    for row in awaited:
        by = carriers[_carrier(row)]
        due.append((row, "mdn" if by.kind == "as2" else "report", timedelta(hours=by.receipt_hours)))
    _expect(due)


def receipt_came(row: Transaction) -> None:
    """The receipt of a document that was handed over before has come."""
    came(row, f"The receipt of {row.number} has come.", RECEIPTS)


def came(row: Transaction, text: str, kinds: Collection[str] | None = None) -> None:
    """What was expected has come; of all kinds, unless they are told: an answer shows that a document is there."""
    expected = Expectation.objects.filter(transaction=row, came_at=None)
    waiting = expected if kinds is None else expected.filter(kind__in=kinds)
    if waiting.update(came_at=timezone.now()) and not expected.filter(alarmed_at__isnull=False).exists():
        incidents.settle(_key(row), text)


def look(now: datetime | None = None) -> int:
    """Tell of what is overdue, for all tenants, some hundreds at a time; returns how many."""
    due = now or timezone.now()
    with scope_all("find answers that are overdue"):
        rows = Expectation.objects.filter(came_at=None, alarmed_at=None, due_at__lte=due).order_by("due_at")
        found = list(rows.values_list("tenant_id", "pk")[:AT_ONCE])
    return each_in_scope(found, _tell, "Expectation")


@transaction.atomic
def _tell(pk: int) -> int:
    """1 when it was told now. Of a document that has not arrived after all, or is sent once more, nothing is expected
    until it has."""
    held = Expectation.objects.filter(pk=pk, came_at=None, alarmed_at=None).select_related("transaction")
    one = held.select_for_update(of=("self",)).first()
    if one is None:
        return 0
    row = one.transaction
    if row.state not in Transaction.ARRIVED:
        one.delete()
        return 0
    one.alarmed_at = timezone.now()
    one.save(update_fields=["alarmed_at"])
    text = f"{answer_label(one.kind)} expected by {one.due_at:%Y-%m-%d %H:%M} UTC, and none has come."
    data = {
        "transaction": row.pk, "activation": row.activation_id, "account": row.account_id, "number": row.number,
        "connection": row.connection_id, "kind": one.kind, "due_at": one.due_at.isoformat(), "text": text,
    }  # fmt: skip
    emit("answer.overdue", data, subject=f"Transaction {row.pk}")
    incidents.report(
        _key(row), kind=Incident.Kind.LATE, subject=str(row), text=text,
        thing=row.activation, url=reverse("admin:adaptors_transaction_change", args=[row.pk]),
    )  # fmt: skip
    return 1


def _carrier(row: Transaction) -> int:
    """The connection that brought it there in the end."""
    assert row.delivery is not None
    return row.delivery.through_id or row.delivery.connection_id


def _expect(due: Sequence[tuple[Transaction, str, timedelta]]) -> None:
    """Each once for each kind; of a document that was resent it counts anew."""
    outbounds = {row.pk: row.delivery.outbound_id for row, *_ in due if row.delivery}
    attempts = Attempt.objects.filter(outbound__in=outbounds.values(), is_look_up=False).order_by()
    last = dict(attempts.values_list("outbound").annotate(Max("id")))
    now = timezone.now()
    expected = [
        Expectation(transaction=row, kind=kind, attempt=last.get(outbounds[row.pk]), due_at=now + within)
        for row, kind, within in due
    ]
    Expectation.objects.bulk_create(
        expected, update_conflicts=True, unique_fields=["tenant", "transaction", "kind"],
        update_fields=["attempt", "due_at", "came_at", "alarmed_at"],
    )  # fmt: skip


def _key(row: Transaction) -> str:
    return f"answer:{row.pk}"
