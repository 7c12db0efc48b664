"""What an error on the way to another system means for the thing that was to be sent."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from arhub.domain.channels import Answer, Outcome
from arhub.models import Outbound
from arhub.network.errors import BadAnswer, NetworkError, PermanentError, TooLarge, Unanswered, Uncertain
from connectors.base import Connector, NeverThere, Unsupported
from connectors.gateways.base import TakesRepeats


def of_attempt(error: NetworkError) -> Answer:
    """An answer that cannot be read says no more than none."""
    if isinstance(error, (Uncertain, BadAnswer, TooLarge)):
        return Answer(Outcome.UNKNOWN, str(error))
    if isinstance(error, PermanentError):
        return Answer(Outcome.REFUSED, str(error))
    return Answer(
        Outcome.NOT_TAKEN, str(error), retry_after=getattr(error, "retry_after", 0),
        may_be_there=isinstance(error, Unanswered),
    )  # fmt: skip


def of_look_up(error: NetworkError) -> Answer:
    if isinstance(error, NeverThere):
        return Answer(Outcome.REFUSED, str(error))
    can_be_asked = not isinstance(error, Unsupported)
    return Answer(
        Outcome.UNKNOWN, str(error), retry_after=getattr(error, "retry_after", 0), ask_again=can_be_asked
    )  # fmt: skip


def of_nothing_found(outbound: Outbound, connector: Connector, *, repeats: TakesRepeats | None = None) -> Answer:
    """While an attempt without an answer may still be carried out, that nothing is there says nothing. Where nobody can
    be asked and `repeats` are known again, it is sent again although it may be there."""
    if outbound.uncertain_at is not None:
        done_at = outbound.uncertain_at + timedelta(seconds=connector.done_within_seconds)
        if (seconds := (done_at - timezone.now()).total_seconds()) > 0:
            text = "Not there yet, but it may still be carried out."
            return Answer(Outcome.UNKNOWN, text, retry_after=seconds)
    if repeats is not None:
        return Answer(Outcome.NOT_FOUND, str(repeats), may_be_there=True)
    return Answer(Outcome.NOT_FOUND, "It is not there: the same is sent again.")
