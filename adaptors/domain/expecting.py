"""What the other side is to say of a document, and by when: told once when it stays away, and settled when it comes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from adaptors.answer_kinds import ANY, RECEIPTS, answer_label
from adaptors.models import Answer, Expectation, Transaction
from arhub.domain import incidents
from arhub.domain.each import each_in_scope
from arhub.domain.events import emit
from arhub.models import Incident
from arhub.tenancy.scope import scope_all
from connectors.domain.deliveries import last_attempt
from connectors.models import Delivery

DAYS = "answer_days"
"""The setting of the customer, and the fact of the transaction in which it is kept from when it was made."""
AT_ONCE = 500


def asked_for(settings: Mapping[str, str]) -> dict[str, str]:
    """The fact that an answer is expected, where the settings ask for one."""
    days = settings.get(DAYS, "")
    return {DAYS: days} if days.strip("0") else {}


def arrived(row: Transaction) -> None:
    """Expect what is to come of a document that has just been handed over, in the transaction that notes it."""
    assert row.delivery is not None
    if row.delivery.verdict == Delivery.Verdict.AWAITED:
        by = row.delivery.through or row.delivery.connection
        kind = "mdn" if by.kind == "as2" else "report"
        _expect(row, row.delivery, kind, timedelta(hours=by.receipt_hours))
    days = row.facts.get(DAYS)
    if days and not Answer.objects.filter(transaction=row).exclude(verdict=Answer.Verdict.INFORMATION).exists():
        _expect(row, row.delivery, ANY, timedelta(days=int(days)))


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
        url=reverse("admin:adaptors_transaction_change", args=[row.pk]),
    )  # fmt: skip
    return 1


def _expect(row: Transaction, delivery: Delivery, kind: str, within: timedelta) -> None:
    """Once for each kind; of a document that was resent it counts anew."""
    one = Expectation(transaction=row, kind=kind, attempt=last_attempt(delivery), due_at=timezone.now() + within)
    Expectation.objects.bulk_create(
        [one], update_conflicts=True, unique_fields=["tenant", "transaction", "kind"],
        update_fields=["attempt", "due_at", "came_at", "alarmed_at"],
    )  # fmt: skip


def _key(row: Transaction) -> str:
    return f"answer:{row.pk}"
