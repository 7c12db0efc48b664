"""The ladder of a transaction: it follows its delivery, and what receipts and answers say, in their own transactions.

Each step is told once as an event, and counted in the day's summary, where it is taken.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models.functions import Coalesce
from django.utils import timezone

from adaptors.domain.answers import expecting
from adaptors.domain.transactions.counting import count
from adaptors.models import Answer, Transaction, TransactionEntry
from arhub.database.many import update_many
from arhub.domain import outbound_by_hand as by_hand
from arhub.domain.events import emit_all
from arhub.domain.sentences import tellable
from arhub.models import Outbound, User
from connectors.models import Delivery

State = Transaction.State
Verdict = Delivery.Verdict
FINAL = (Answer.Verdict.RECEIVED, Answer.Verdict.IN_PROCESS, Answer.Verdict.ACCEPTED, Answer.Verdict.REJECTED)
"""The verdicts that move a transaction; what is for information does not."""
TOLD = {
    State.DELIVERED, State.ACKNOWLEDGED, State.REJECTED, State.FAILED, State.UNCERTAIN, State.HELD,
}  # fmt: skip
"""States whose event is called transaction.<state>. One that asks for a person is told when it does."""
LONGEST_CAUSE = 60
MOST_OF_SENTENCE = 1_000
"""Characters of a sentence that tell its cause."""
PLACE = ("state", "said", "cause", "asks_person", "moved_at", "delivered_at", "answered_at")


class Place(NamedTuple):
    """Where a transaction stands, why, and whether nothing goes on by itself."""

    state: Transaction.State
    said: str = ""
    asks_person: bool = False
    answered_at: datetime | None = None


def followed(delivery_ids: Sequence[int]) -> None:
    """Bring transactions in line with their deliveries."""
    rows = Transaction.objects.filter(delivery__in=delivery_ids).order_by("pk")
    rows = rows.select_related("delivery__outbound", "tenant").defer("delivery__outbound__content")
    move_all([(row, to) for row in rows.select_for_update(of=("self",)) if (to := _place_of(row)) is not None])


def forget_answers(delivery_ids: Sequence[int]) -> None:
    """Answers that came speak of what went before: what is sent once more waits for its own."""
    Transaction.objects.filter(delivery__in=delivery_ids).update(answered_at=None)


def follow(row: Transaction) -> None:
    """Bring a transaction that was handed over, and is locked, in line with its delivery and its answers."""
    if (to := _place_of(row)) is not None:
        move_all([(row, to)])


def _place_of(row: Transaction) -> Place | None:
    """Where its delivery and its answers put it; None for what does not follow them."""
    if row.delivery is None or row.state == State.ELSEWHERE:
        return None
    answered = _answered(row)
    if answered is not None and by_hand.proved(row.delivery.outbound, f"It arrived: {answered.said}"):
        return None  # that it is there moved it already
    to = answered or _delivered(row.delivery)
    is_kept_back = row.waits_for and row.delivery.outbound.state == Outbound.State.HELD
    return to._replace(asks_person=True) if is_kept_back else to


def move_all(moves: Sequence[tuple[Transaction, Place]]) -> None:
    """Store where some transactions stand now, each told and counted when that is another place than before. In a
    number of statements that does not depend on how many they are."""
    steps = [_step(row, to) for row, to in moves]
    update_many([step.row for step in steps], PLACE)
    count([(step.row, step.is_first) for step in steps if step.is_new])
    tell([step.row for step in steps if step.is_told])
    _expect(steps)


class Step(NamedTuple):
    """A transaction at its new place: whether it had arrived before, whether the state is another one, whether it has
    arrived for the first time, and whether there is something to tell."""

    row: Transaction
    had_arrived: bool
    is_new: bool
    is_first: bool
    is_told: bool


def _step(row: Transaction, to: Place) -> Step:
    cause = cause_of(row, to) if to.state in Transaction.IN_TROUBLE else ""
    is_told = (row.state, row.asks_person, row.cause) != (to.state, to.asks_person, cause)
    is_new, now = row.state != to.state, timezone.now()
    had_arrived = row.state in Transaction.ARRIVED
    is_first = to.state in Transaction.ARRIVED and row.delivered_at is None
    row.state, row.said, row.cause, row.asks_person = to.state, tellable(to.said, 400), cause, to.asks_person
    row.moved_at = now if is_new else row.moved_at
    row.delivered_at = now if is_first else row.delivered_at
    row.answered_at = (to.answered_at if is_new else row.answered_at) or row.answered_at
    return Step(row, had_arrived, is_new, is_first, is_told)


def _expect(steps: Sequence[Step]) -> None:
    """What is to come of those that have arrived now, and what has come of those that had."""
    expecting.arrived([one.row for one in steps if one.row.state in Transaction.ARRIVED and not one.had_arrived])
    for row in (one.row for one in steps if one.had_arrived):
        if row.delivery is not None and row.delivery.verdict in (Verdict.ACCEPTED, Verdict.REFUSED):
            expecting.receipt_came(row)


def tell(rows: Sequence[Transaction]) -> None:
    """Tell where transactions have come to. Of what is in trouble it is told when a person has to see to it, not
    before."""
    due = [row for row in rows if row.state in TOLD and (row.asks_person or row.state not in Transaction.IN_TROUBLE)]
    emit_all([(f"transaction.{row.state}", data_of(row), f"Transaction {row.pk}") for row in due])


def data_of(row: Transaction) -> dict[str, Any]:
    """What events say of a transaction: ids and words."""
    return {
        "transaction": row.pk, "activation": row.activation_id, "account": row.account_id, "number": row.number,
        "document": row.document_id, "again": row.again, "state": row.state, "format": row.format,
        "connection": row.connection_id, "cause": row.cause, "text": row.said,
    }  # fmt: skip


def note(row: Transaction, text: str, user: User | None = None) -> None:
    """Add a line to the story of a transaction."""
    TransactionEntry.objects.create(transaction=row, text=tellable(text), user=user)


def answered(answer: Answer) -> None:
    """Let an answer that was matched have its say, in the caller's transaction. One that speaks of what may not have
    arrived shows that it has. The delivery is moved before the transaction is held, as whoever delivers does it."""
    rows = Transaction.objects.select_related("delivery__outbound", "tenant")
    row, is_final = rows.get(pk=answer.transaction_id), answer.verdict in FINAL
    if is_final and row.delivery is not None:
        by_hand.proved(row.delivery.outbound, f"It arrived: {answer.text}")
    row = rows.select_for_update(of=("self",)).get(pk=row.pk)
    verdict = f"{answer.get_verdict_display()}: "
    note(row, f"{verdict}{answer.text.removeprefix(verdict)}")
    if not is_final or row.delivery is None:
        return
    row.answered_at = answer.received_at
    follow(row)
    expecting.came(row, answer.text)


def cause_of(row: Transaction, to: Place) -> str:
    """The same for all that stand there for one reason, whatever numbers and names its sentence has."""
    said, number = to.said[:MOST_OF_SENTENCE], row.number
    if any(character.isdigit() for character in number):  # else it may be a word of the sentence
        said = re.sub(rf"(?<!\w){re.escape(number)}(?!\w)", "#", said)
    pattern = re.sub(r"“[^”]*”|\"[^\"]*\"|\d+", "#", said)
    digest = hashlib.sha256(pattern[:LONGEST_CAUSE].encode()).hexdigest()[:12]
    return f"{to.state}:{row.connection_id or 0}:{digest}"


def _answered(row: Transaction) -> Place | None:
    """Where the last answer puts it; None without one. Of two, the one that was said later counts; of one that does not
    tell when, it is when it came."""
    if row.answered_at is None:
        return None
    answers = Answer.objects.filter(transaction=row, verdict__in=FINAL)
    last = answers.order_by(Coalesce("said_at", "received_at").desc(), "-id").first()
    if last is None:
        return None
    is_rejected = last.verdict == Answer.Verdict.REJECTED
    return Place(State.REJECTED if is_rejected else State.ACKNOWLEDGED, last.text, is_rejected, last.received_at)


def _delivered(delivery: Delivery) -> Place:
    outbound = delivery.outbound
    match outbound.state:
        case Outbound.State.DELIVERED:
            return _judged(delivery)
        case Outbound.State.FAILED:
            if delivery.verdict == Verdict.REFUSED:
                return Place(State.REJECTED, outbound.answer, True, timezone.now())
            return Place(State.FAILED, outbound.answer, True)
        case Outbound.State.UNCERTAIN:
            return Place(State.UNCERTAIN, outbound.answer, outbound.next_attempt_at is None)
        case Outbound.State.LOOKING:
            return Place(State.UNCERTAIN, outbound.answer)
        case Outbound.State.CANCELLED:
            return Place(State.CANCELLED, outbound.answer)
    return Place(State.SENDING, outbound.answer)


def _judged(delivery: Delivery) -> Place:
    """Where receipts put what was delivered."""
    said = delivery.outbound.answer
    match delivery.verdict:
        case Verdict.ACCEPTED:
            return Place(State.ACKNOWLEDGED, said, answered_at=timezone.now())
        case Verdict.REFUSED:
            last = delivery.receipts.filter(is_refusal=True).order_by("-id").first()
            return Place(State.REJECTED, last.text if last else said, True, timezone.now())
    return Place(State.DELIVERED, said)
