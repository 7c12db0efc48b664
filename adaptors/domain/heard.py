"""What the other side has said of a transaction, and what it is still to say: for its page, and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from adaptors.answer_kinds import RECEIPTS, answer_label
from adaptors.models import Answer, Expectation, Transaction
from connectors.models import DeliveryReceipt

MOST = 100


@dataclass(frozen=True, slots=True)
class Heard:
    """A receipt that the gateway got, or an answer that came later. `reasons` have code and text. One of the two ids
    says where it is kept."""

    at: datetime
    kind: str
    verdict: str
    text: str
    reasons: Sequence[dict[str, Any]] = ()
    warning: str = ""
    reference: str = ""
    attempt: int | None = None
    answer: int | None = None
    receipt: int | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """`state` is Came, Overdue or Expected."""

    kind: str
    due_at: datetime
    came_at: datetime | None
    state: str


def heard_of(row: Transaction) -> list[Heard]:
    """Receipts and answers, the last first."""
    answers = Answer.objects.filter(transaction=row).defer("content").order_by("-id")[:MOST]
    receipts = DeliveryReceipt.objects.filter(delivery=row.delivery_id).defer("content").order_by("-id")[:MOST]
    found = [*map(_of_answer, answers), *(map(_of_receipt, receipts) if row.delivery_id else ())]
    return sorted(found, key=lambda one: one.at, reverse=True)


def expected_of(row: Transaction) -> list[Expected]:
    """What is expected, and what was."""
    now = timezone.now()
    return [
        Expected(answer_label(one.kind), one.due_at, one.came_at, _state(one, now))
        for one in Expectation.objects.filter(transaction=row)
    ]


def _state(one: Expectation, now: datetime) -> str:
    if one.came_at:
        return "Came"
    return "Overdue" if one.due_at < now else "Expected"


def _of_answer(one: Answer) -> Heard:
    return Heard(
        one.received_at, answer_label(one.kind), one.get_verdict_display(), one.text, one.reasons, attempt=one.attempt,
        answer=one.pk,
    )  # fmt: skip


def _of_receipt(one: DeliveryReceipt) -> Heard:
    kind = RECEIPTS.get(one.kind, "Answer of the gateway")
    return Heard(
        one.received_at, kind, "Refused" if one.is_refusal else "Received", one.text, warning=one.warning,
        reference=one.reference, attempt=one.attempt, receipt=one.pk,
    )  # fmt: skip
