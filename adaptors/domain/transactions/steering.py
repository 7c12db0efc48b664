"""What a person can do about a transaction, and why not what they cannot.

Three ways to send once more are three different things: *Resend* brings the same bytes under the same identity, *Send
as new* makes the document anew under an identity of its own, and *Sent by other means* says that nothing goes from
here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from adaptors.domain.approvals import handed_over
from adaptors.domain.transactions import exporting, ladder
from adaptors.domain.transactions.ladder import Place
from adaptors.domain.transactions.selection import stopped
from adaptors.models import Transaction
from arhub.domain import outbound_by_hand as by_hand
from arhub.models import Outbound, User
from connectors.domain import settling
from connectors.domain.settling import Choice

State = Transaction.State
MOST_AT_ONCE = 500
"""Transactions that one bulk action touches."""
MADE_ANEW = ("try_again", "send_as_new")
"""What makes a document, and may make a transaction."""
RESENT = (Outbound.State.FAILED, Outbound.State.CANCELLED, Outbound.State.DELIVERED)
OPEN = (State.HELD, State.FAILED, State.CANCELLED, State.UNCERTAIN, State.REJECTED, State.SENDING)
"""From which a person may say that a document was sent by other means."""
NEED_REASON = ("send_as_new", "elsewhere")
MOVED_ON = "It was settled or moved on meanwhile."


class NoReason(ValueError):
    """Something was to be done that needs a reason, and none was given."""

    def __init__(self) -> None:
        super().__init__("Expected a reason in a few words, found none.")


class CannotDo(ValueError):
    """It cannot be done as things stand; the text says why."""


class MovedOn(CannotDo):
    """It stands elsewhere than whoever asks has seen."""

    def __init__(self, row: Transaction) -> None:
        super().__init__(f"It moved on since it was looked at: it is {str(row.get_state_display()).lower()}.")


def choices_of(row: Transaction) -> list[Choice]:
    """Everything that can be done about a transaction, in a fixed order."""
    own = [
        Choice("try_again", "Try again", "It is made anew from what records and settings say now, and goes out if "
               "nothing holds it.", _why_not_retry(row)),
        Choice("resend", "Resend", "The same bytes go once more, under the same id.", _why_not_resend(row)),
        Choice("send_as_new", "Send as new", "The document is made anew and goes out under an id of its own. Asks for "
               "a reason.", _why_not_new(row)),
        Choice("elsewhere", "Mark as sent by other means", "Nothing goes out from here any more. Asks how it was sent.",
               _why_not_elsewhere(row)),
    ]  # fmt: skip
    return [*_of_delivery(row), *own]


def _of_delivery(row: Transaction) -> list[Choice]:
    if row.delivery is None:
        return []
    return [one for one in settling.choices_of(row.delivery.outbound) if one.name != "send_again"]


@transaction.atomic
def act(
    row: Transaction, name: str, user: User | None, reason: str = "", seen_at: datetime | None = None
) -> Transaction:
    """Do one of the choices, by its name. Returns the transaction to look at next: another one for *Send as new*. To
    what has moved since `seen_at` nothing is done: whoever asks saw it elsewhere, or pressed twice. Raises `CannotDo`
    with the obstacle, `MovedOn`, and `NoReason`."""
    held = _locked(row.pk, name)
    if seen_at is not None and held.moved_at > seen_at:
        raise MovedOn(held)
    choice = next((one for one in choices_of(held) if one.name == name), None)
    if choice is None or choice.obstacle:
        raise CannotDo(choice.obstacle if choice else "It has not been handed to a gateway.")
    return _ACTS[name](held, user, reason.strip())


def _locked(pk: int, name: str) -> Transaction:
    """What is to be acted on, held in the order in which others hold it: what makes documents takes the activation
    first, as runs do; what moves a delivery takes that first, as whoever delivers does. Never waits for a worker:
    whoever acts on many holds some already, and the worker may want those. Raises `CannotDo` where one is there."""
    if name in MADE_ANEW:
        exporting.hold(pk)
        return _now(pk)
    rows = Outbound.objects.filter(delivery__transaction=pk).select_for_update(skip_locked=True, of=("self",))
    free = list(rows.values_list("pk", flat=True))
    found = _now(pk)
    if found.delivery is not None and found.delivery.outbound_id not in free:
        raise CannotDo(MOVED_ON)
    return found


def _now(pk: int) -> Transaction:
    rows = Transaction.objects.select_related("activation", "tenant", "delivery__outbound")
    return rows.select_for_update(of=("self",)).get(pk=pk)


def _try_again(row: Transaction, user: User | None, reason: str) -> Transaction:
    return exporting.retry(row, user)


def _resend(row: Transaction, user: User | None, reason: str) -> Transaction:
    assert row.delivery is not None
    if row.state in Transaction.ARRIVED and not reason:
        raise NoReason
    ladder.note(row, f"Resent: the same bytes under the same id. {reason}", user)
    outbound = row.delivery.outbound
    by_hand.replay(outbound.channel, Outbound.objects.filter(pk=outbound.pk), RESENT)
    return _now(row.pk)


def _send_as_new(row: Transaction, user: User | None, reason: str) -> Transaction:
    if not reason:
        raise NoReason
    made = exporting.send_again(row, user, reason)
    if made is None:
        raise CannotDo("The document does not go any more: it was voided, say, or its customer is not active.")
    return made


def _elsewhere(row: Transaction, user: User | None, reason: str) -> Transaction:
    if not reason:
        raise NoReason
    if row.delivery is not None and row.delivery.outbound.state not in Outbound.SETTLED:
        if not by_hand.give_up(row.delivery.outbound, f"Sent by other means: {reason}"):
            raise CannotDo(MOVED_ON)
        row = _now(row.pk)
    ladder.note(row, f"Sent by other means: {reason}", user)
    ladder.move_all([(row, Place(State.ELSEWHERE, reason))])
    return row


def _settled(act: Callable[[Outbound, User | None], bool], text: str) -> Callable[..., Transaction]:
    """What is done about the delivery, which the transaction follows."""

    def do(row: Transaction, user: User | None, reason: str) -> Transaction:
        assert row.delivery is not None
        if not act(row.delivery.outbound, user):
            raise CannotDo(MOVED_ON)
        ladder.note(row, text, user)
        return _now(row.pk)

    return do


_ACTS: dict[str, Callable[..., Transaction]] = {
    "look_up": _settled(settling.look_up, "Looked up at once."),
    "arrived": _settled(lambda outbound, user: settling.arrived(outbound, user, {}), "Seen to have arrived."),
    "did_not_arrive": _settled(settling.did_not_arrive, "Seen not to have arrived: the same is sent again."),
    "send_now": _settled(settling.send_now, "Tried at once."),
    "cancel": _settled(settling.cancel, "Cancelled."),
    "try_again": _try_again, "resend": _resend, "send_as_new": _send_as_new, "elsewhere": _elsewhere,
}  # fmt: skip


def act_on_all(
    rows: Sequence[Transaction], name: str, user: User | None, reason: str = "", seen_at: datetime | None = None
) -> dict[str, int]:
    """Do the same about some transactions, `MOST_AT_ONCE` at most, each for itself. Returns how many were done, under
    an empty name, and how many were not, by what stood in the way."""
    found: dict[str, int] = {}
    for row in sorted(rows[:MOST_AT_ONCE], key=lambda one: one.pk):  # all hold them in one order
        try:
            act(row, name, user, reason, seen_at)
            obstacle = ""
        except (CannotDo, NoReason) as problem:
            obstacle = str(problem)
        found[obstacle] = found.get(obstacle, 0) + 1
    return found


def _why_not_retry(row: Transaction) -> str:
    if row.state != State.HELD:
        return "It is not on hold."
    return "" if row.activation.is_on else f"{row.activation} is switched off."


def _why_not_resend(row: Transaction) -> str:
    if row.delivery is None:
        return "It has not been handed to a gateway."
    if newer := _newer(row):
        return f"It was sent as new since, as transaction {newer}."
    match row.delivery.outbound.state:
        case Outbound.State.UNCERTAIN | Outbound.State.LOOKING:
            return "It may have arrived: say first whether it did."
        case state if state in RESENT:
            return handed_over.why_not_same_place(row)
    return "It is on its way, and goes by itself."


def _why_not_new(row: Transaction) -> str:
    if newer := _newer(row):
        return f"It was sent as new since, as transaction {newer}."
    match row.state:
        case State.HELD:
            return "It is on hold, and has not gone out: try it again."
        case State.UNCERTAIN:
            return "It may have arrived: say first whether it did."
        case State.SENDING:
            return "It is on its way: cancel it first."
    if not row.activation.is_on:
        return f"{row.activation} is switched off."
    reason = stopped(row.activation, [row.document_id]).get(row.document_id)
    return str(reason) if reason else ""


def _why_not_elsewhere(row: Transaction) -> str:
    if row.state not in OPEN:
        return f"It is {row.get_state_display().lower()}."
    if row.delivery is not None and row.delivery.outbound.state in (Outbound.State.SENDING, Outbound.State.LOOKING):
        return "It is being sent in this moment."
    return ""


def _newer(row: Transaction) -> int | None:
    rows = Transaction.objects.filter(activation=row.activation_id, document=row.document_id, again__gt=row.again)
    return rows.order_by("-again").values_list("pk", flat=True).first()
