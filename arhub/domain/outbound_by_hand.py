"""What people do with what is on its way: look it up, say whether it arrived, send it now, again, or not at all."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from arhub.domain import pauses
from arhub.domain.channels import Answer, Outcome, channel_of
from arhub.domain.outbound import release, ring
from arhub.domain.outbound_states import over
from arhub.domain.sentences import printable
from arhub.models import Attempt, Outbound, User

State = Outbound.State


def look_up_now(outbound: Outbound) -> bool:
    """Have an uncertain thing looked up at once; false when it is not uncertain any more, or nobody can be asked."""
    if not channel_of(outbound.channel).looks_up:
        return False
    uncertain = Outbound.objects.filter(pk=outbound.pk, state=State.UNCERTAIN)
    found = uncertain.update(next_attempt_at=timezone.now(), looks=0)
    transaction.on_commit(ring, robust=True)
    return bool(found)


def arrived(outbound: Outbound, user: User | None, data: Any = None) -> bool:
    """A person has seen that an uncertain thing is there. `data` is what the channel needs to settle it. False when
    it was settled meanwhile."""
    answer = Answer(Outcome.FOUND, f"{user or 'A program'} has seen that it arrived.", data=data)
    return _is_there(outbound, answer, (State.UNCERTAIN,))


def proved(outbound: Outbound, text: str) -> bool:
    """The other side has shown that a thing is there, whatever was thought of it: it is not sent again. False when it
    is known to be, or is at work in this moment."""
    unknown = (State.UNCERTAIN, State.WAITING, State.HELD, State.FAILED, State.CANCELLED)
    return _is_there(outbound, Answer(Outcome.FOUND, text), unknown)


def _is_there(outbound: Outbound, answer: Answer, states: Collection[State]) -> bool:
    if not _settle_by_hand(outbound, answer, states, state=State.DELIVERED, **over()):
        return False
    channel = channel_of(outbound.channel)
    channel.settle(outbound, answer)
    channel.moved([outbound.pk])
    release([outbound])
    return True


def did_not_arrive(outbound: Outbound, user: User | None) -> bool:
    """A person has seen that an uncertain thing is not there: the same bytes go again, under the same identity."""
    answer = Answer(Outcome.NOT_FOUND, f"{user or 'A program'} has seen that it did not arrive.")
    transaction.on_commit(ring, robust=True)
    is_done = _settle_by_hand(
        outbound, answer, (State.UNCERTAIN,), state=State.WAITING, attempts=0, claimed_at=None, uncertain_at=None,
        next_attempt_at=timezone.now(),
    )  # fmt: skip
    if is_done:
        channel_of(outbound.channel).moved([outbound.pk])
    return is_done


def give_up(outbound: Outbound, reason: str) -> bool:
    """Have nothing go out any more of what has not, or may have: somebody saw to it in another way. False when it is
    at work, or settled."""
    given_up = {"state": State.CANCELLED, **over()}
    resting = (State.WAITING, State.HELD, State.UNCERTAIN)
    if not _settle_by_hand(outbound, Answer(Outcome.NOT_WANTED, reason), resting, **given_up):
        return False
    channel_of(outbound.channel).moved([outbound.pk])
    return True


def _settle_by_hand(outbound: Outbound, answer: Answer, states: Collection[State], **fields: Any) -> bool:
    held = Outbound.objects.filter(pk=outbound.pk, state__in=states)
    if not held.update(answer=printable(answer.text, 400), **fields):
        return False
    Attempt.objects.create(outbound=outbound, is_look_up=True, outcome=answer.outcome, text=printable(answer.text, 400))
    return True


def send_now(outbound: Outbound) -> bool:
    """Have a thing that waits, or is held, tried at once, be its destination paused; false when it does neither any
    more."""
    resting = Outbound.objects.filter(pk=outbound.pk, state__in=(State.WAITING, State.HELD))
    found = resting.update(next_attempt_at=timezone.now())
    pauses.try_now(outbound)
    transaction.on_commit(ring, robust=True)
    return bool(found)


def replayable(channel: str) -> frozenset[State]:
    """The states from which a person may have a thing sent again, with the same identity and bytes."""
    return Outbound.SETTLED if channel_of(channel).may_repeat else Outbound.SETTLED - {State.DELIVERED}


@transaction.atomic
def replay(channel: str, rows: QuerySet[Outbound], states: Collection[State] | None = None) -> int:
    """Send those of a channel's rows again that may be, from the first pause on: in the states that are told, for a
    person who knows what they do, else in those from which nothing can arrive twice. Returns how many."""
    composed_anew = {"content": b"", "digest": ""} if channel_of(channel).composes else {}
    held = rows.filter(channel=channel, state__in=replayable(channel) if states is None else states)
    ids = list(held.order_by("pk").select_for_update().values_list("pk", flat=True))
    Outbound.objects.filter(pk__in=ids).update(
        state=State.WAITING, attempts=0, next_attempt_at=timezone.now(), claimed_at=None, settled_at=None,
        **composed_anew,
    )  # fmt: skip
    if ids:
        channel_of(channel).again(ids)
        channel_of(channel).moved(ids)
        transaction.on_commit(ring, robust=True)
    return len(ids)


@transaction.atomic
def cancel(channel: str, rows: QuerySet[Outbound], reason: str) -> int:
    """Give up those of a channel's rows that have not gone out. Returns how many."""
    held = rows.filter(channel=channel, state__in=(State.WAITING, State.HELD), uncertain_at=None)
    ids = list(held.order_by("pk").select_for_update().values_list("pk", flat=True))
    Outbound.objects.filter(pk__in=ids).update(
        state=State.CANCELLED, settled_at=timezone.now(), answer=reason, next_attempt_at=None
    )
    channel_of(channel).moved(ids)
    return len(ids)


def cancel_waiting(channel: str, destination: str, reason: str) -> int:
    """Cancel what waits for a destination. Returns how many."""
    return cancel(channel, Outbound.objects.filter(destination=destination), reason)
