"""Channels to nowhere, for tests of the way itself: they take down what they are given and answer as told."""

from __future__ import annotations

from typing import Any

from arhub.domain.channels import Answer, Channel, NotWanted, Outcome
from arhub.models import Outbound

SENT: list[str] = []
SETTLED: list[str] = []
ANSWERS: list[Answer | Exception] = []
BREAKS: list[Exception] = []
"""What breaks off the storing of an answer."""
TAKEN = Answer(Outcome.DELIVERED, "Taken.")


class Once(Channel):
    """The other side would do it twice."""

    lease_seconds = 10

    def prepare(self, outbound: Outbound) -> str:
        if outbound.destination == "closed":
            raise NotWanted("It is closed.")
        return outbound.destination

    def send(self, outbound: Outbound, destination: Any) -> Answer:
        SENT.append(f"{outbound.identity} to {destination}: {bytes(outbound.content).decode()}")
        answer = ANSWERS.pop(0) if ANSWERS else TAKEN
        if isinstance(answer, Exception):
            raise answer
        return answer

    def settle(self, outbound: Outbound, answer: Answer) -> None:
        if BREAKS:
            raise BREAKS.pop()
        SETTLED.append(f"{outbound.identity} {answer.outcome}")


class Repeated(Once):
    """The other side knows it again."""

    may_repeat = True
    kept_days = 30
