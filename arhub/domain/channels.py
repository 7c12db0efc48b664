"""What the ways to others have in common. A channel knows how to bring a thing there; `outbound` knows when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from arhub.models import Attempt, Outbound

Outcome = Attempt.Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an attempt. NOT_TAKEN is tried again later, and `retry_after` seconds at the earliest; REFUSED is
    not; UNKNOWN says that it may have arrived. `text` is a sentence for people, `excerpt` what the other side said."""

    outcome: Attempt.Outcome
    text: str
    status: int | None = None
    excerpt: str = ""
    retry_after: float = 0


class NotWanted(Exception):
    """It need not arrive any more; the text says why."""


class Channel:
    """How things of one kind reach others.

    `may_repeat`: the same identity may come twice, because the receiver knows it again; otherwise an attempt without
    an answer leaves the thing uncertain. `lease_seconds` is longer than `send` can take. `kept_days` is how long what
    is settled is kept; None keeps it for ever, as what must never be sent twice has to be.
    """

    may_repeat: ClassVar[bool] = False
    lease_seconds: ClassVar[int] = 300
    kept_days: ClassVar[int | None] = None

    def prepare(self, outbound: Outbound) -> Any:
        """What `send` needs to know of the destination. In the tenant's transaction. Raises `NotWanted`."""

    def send(self, outbound: Outbound, destination: Any) -> Answer:
        """One attempt, outside of any transaction."""
        raise NotImplementedError

    def settle(self, outbound: Outbound, answer: Answer) -> None:
        """What follows from an answer besides the state of the thing. In the transaction that stores it."""


def channel_of(name: str) -> Channel:
    """The channel that settings.OUTBOUND_CHANNELS has under this name."""
    return _made(settings.OUTBOUND_CHANNELS[name])


@cache
def _made(path: str) -> Channel:
    made: Channel = import_string(path)()
    return made
