"""What the ways to others have in common. A channel knows how to bring a thing there; `outbound` knows when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from arhub.models import Attempt, Outbound

Outcome = Attempt.Outcome

_MINUTE, _HOUR = 60, 3600
PAUSES = (5, 30, 2 * _MINUTE, 10 * _MINUTE, _HOUR, 3 * _HOUR, 8 * _HOUR, 24 * _HOUR)
"""Seconds after the first failed attempt, the second, and so on; then it is given up."""
MOST_ATTEMPTS = len(PAUSES) + 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an attempt. NOT_TAKEN is tried again later, and `retry_after` seconds at the earliest; REFUSED is
    not; UNKNOWN says that it may have arrived. Of a look-up: FOUND, NOT_FOUND, REFUSED when something else stands in
    its place, or UNKNOWN when nobody could be asked; `ask_again` tells whether asking later may help. `text` is a
    sentence for people, `excerpt` what the other side said, `data` whatever the channel needs to settle. `is_ours` says
    that the hub made the mistake, not the other side; `may_be_there` that it may have arrived although it is sent once
    more, to somebody who knows it again."""

    outcome: Attempt.Outcome
    text: str
    status: int | None = None
    excerpt: str = ""
    retry_after: float = 0
    data: Any = None
    ask_again: bool = True
    is_ours: bool = False
    may_be_there: bool = False


class Held(Exception):
    """It cannot go yet; the text says why. `waits_for` is the identity of what must arrive there first, if any."""

    def __init__(self, text: str, waits_for: str = "") -> None:
        super().__init__(text)
        self.waits_for = waits_for


class NotWanted(Exception):
    """It need not arrive any more; the text says why."""


class Channel:
    """How things of one kind reach others.

    `may_repeat`: the same identity may come twice, because the receiver knows it again. Otherwise an attempt without
    an answer leaves the thing uncertain: it is looked up before anything is repeated, where that can be done
    (`looks_up`), and left to a person where it cannot. `lease_seconds` is longer than `send` can take. `kept_days` is
    how long what is settled is kept; None keeps it for ever, as what must never be sent twice has to be. `composes`
    says that `prepare` makes the content, anew when a person replays what was refused. `pauses` says that a
    destination that fails whatever is sent there is left alone, and tried with one thing before the rest.
    """

    may_repeat: ClassVar[bool] = False
    looks_up: ClassVar[bool] = False
    lease_seconds: ClassVar[int] = 300
    kept_days: ClassVar[int | None] = None
    composes: ClassVar[bool] = False
    pauses: ClassVar[bool] = False

    def most_attempts(self, outbound: Outbound) -> int:
        """How often it is tried before it is given up. In the tenant's transaction."""
        return MOST_ATTEMPTS

    def prepare(self, outbound: Outbound) -> Any:
        """What `send` and `look_up` need to know of the destination. In the tenant's transaction. Raises `NotWanted`
        and `Held`."""

    def send(self, outbound: Outbound, destination: Any) -> Answer:
        """One attempt, outside of any transaction."""
        raise NotImplementedError

    def go_on(self, before: Any, destination: Any) -> Any:
        """What `prepare` gave, with whatever is open there since the thing before, when that is the same place; else
        None. `leave` is called for one of the two."""

    def leave(self, destination: Any) -> None:
        """Hang up. Raises nothing."""

    def look_up(self, outbound: Outbound, destination: Any) -> Answer:
        """Ask whether it is there, outside of any transaction. While an attempt may still be carried out, that it is
        not there yet is UNKNOWN, to be asked again after `retry_after` seconds."""
        raise NotImplementedError

    def group(self, destination: str) -> int:
        """How many things may go there between two notes of what came of them: should a worker die, so many have to be
        looked up."""
        return 1

    def prepare_all(self, outbounds: Sequence[Outbound]) -> list[tuple[Outbound, Any]]:
        """What `send` needs to know for each of a group. In the tenant's transaction. Raises as `prepare` does: none of
        them may go, or each has to be looked at for itself."""
        return [(outbound, self.prepare(outbound)) for outbound in outbounds]

    def settle(self, outbound: Outbound, answer: Answer) -> None:
        """What follows from an answer besides the state of the thing. In the transaction that stores it."""

    def settle_all(self, answered: Sequence[tuple[Outbound, Answer]]) -> None:
        """The same for some that were delivered."""
        for outbound, answer in answered:
            self.settle(outbound, answer)

    def moved(self, ids: Sequence[int]) -> None:
        """What follows for some things from the states they came to. In the transaction that moved them."""

    def again(self, ids: Sequence[int]) -> None:
        """Some things are sent once more: what came back before is not of what goes now. In the transaction that has
        them go, before `moved`."""

    def paused(self, destination: str, text: str) -> None:
        """A destination is left alone from now on. In the transaction that stores it."""

    def resumed(self, destination: str) -> None:
        """A destination takes things again. In the transaction that stores it."""


def channel_of(name: str) -> Channel:
    """The channel that settings.OUTBOUND_CHANNELS has under this name."""
    return _made(settings.OUTBOUND_CHANNELS[name])


@cache
def _made(path: str) -> Channel:
    made: Channel = import_string(path)()
    return made
