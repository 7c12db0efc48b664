"""The state that follows from an attempt or a look-up, and when it is tried again."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from arhub.domain import pauses
from arhub.domain.channels import MOST_ATTEMPTS, PAUSES, Answer, Channel, Outcome
from arhub.models import Outbound

State = Outbound.State
MOST_LOOKS = MOST_ATTEMPTS
HELD_SECONDS = 600
"""How often what is held looks whether it may go, should nobody have told it."""
JITTER = 0.2
LONGEST_RETRY_AFTER = 24 * 3600


def after(outbound: Outbound, channel: Channel, answer: Answer) -> tuple[State, dict[str, Any]]:
    """The state that follows from an attempt or a look-up, and the fields that go with it."""
    if outbound.state == State.LOOKING:
        return _after_look(outbound, channel, answer)
    match answer.outcome:
        case Outcome.DELIVERED:
            return State.DELIVERED, over()
        case Outcome.REFUSED | Outcome.NOT_WANTED if outbound.uncertain_at is not None:
            # It goes no more, and an attempt before this one may have arrived: a person finds out.
            return State.UNCERTAIN, {"claimed_at": None, "next_attempt_at": None}
        case Outcome.REFUSED:
            return State.FAILED, over()
        case Outcome.NOT_WANTED:
            return State.CANCELLED, over()
        case Outcome.HELD:
            return State.HELD, {
                "claimed_at": None, "attempts": F("attempts") - 1, "waits_for": answer.data,
                "next_attempt_at": timezone.now() + timedelta(seconds=HELD_SECONDS),
            }  # fmt: skip
        case Outcome.UNKNOWN | Outcome.STOPPED if not channel.may_repeat:
            # The claim stays, so that a late answer still counts.
            look_at = _again_at(1) if channel.looks_up else None
            return State.UNCERTAIN, {"next_attempt_at": look_at, "looks": 0, "uncertain_at": timezone.now()}
    return _once_more(outbound, channel, answer, _again_at(outbound.attempts, answer.retry_after))


def _once_more(outbound: Outbound, channel: Channel, answer: Answer, at: datetime) -> tuple[State, dict[str, Any]]:
    """Sent again at a time, or given up. What may be there by an attempt is not told as failed: a person decides."""
    doubt = (outbound.uncertain_at or timezone.now()) if answer.may_be_there or _is_doubted(outbound, answer) else None
    if not _is_last(outbound, channel):
        return State.WAITING, {"claimed_at": None, "next_attempt_at": at, "uncertain_at": doubt}
    if doubt is None:
        return State.FAILED, over()
    return State.UNCERTAIN, {"claimed_at": None, "next_attempt_at": None, "uncertain_at": doubt}


def _is_doubted(outbound: Outbound, answer: Answer) -> bool:
    """Whether an attempt before this one may have arrived; that nothing is there says that none has."""
    return outbound.uncertain_at is not None and answer.outcome != Outcome.NOT_FOUND


def _is_last(outbound: Outbound, channel: Channel) -> bool:
    """Whether it was tried often enough; never while its destination fails whatever is sent there."""
    return outbound.attempts >= channel.most_attempts(outbound) and not pauses.is_paused(outbound)


def _after_look(outbound: Outbound, channel: Channel, answer: Answer) -> tuple[State, dict[str, Any]]:
    if answer.outcome == Outcome.FOUND:
        return State.DELIVERED, over()
    if answer.outcome == Outcome.REFUSED:
        return State.FAILED, over()
    if answer.outcome == Outcome.NOT_FOUND:
        return _once_more(outbound, channel, answer, _again_at(max(outbound.attempts, 1)))
    is_last = outbound.looks >= MOST_LOOKS or not answer.ask_again
    again = None if is_last else _again_at(outbound.looks, answer.retry_after)
    return State.UNCERTAIN, {"claimed_at": None, "next_attempt_at": again}


def over() -> dict[str, Any]:
    """The fields of what is settled now."""
    return {"claimed_at": None, "settled_at": timezone.now(), "uncertain_at": None, "next_attempt_at": None}


def _again_at(attempts: int, retry_after: float = 0) -> datetime:
    """When to try again after so many attempts: later each time, and not all at once."""
    pause = PAUSES[min(attempts, len(PAUSES)) - 1] * random.uniform(1, 1 + JITTER)
    return timezone.now() + timedelta(seconds=max(pause, min(retry_after, LONGEST_RETRY_AFTER)))
