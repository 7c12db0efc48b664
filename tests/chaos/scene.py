"""What a storm rages over: something that is sent, and whoever gets it. One scene is a tenant of its own."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(slots=True)
class Tally:
    """What became of the things that were sent, and a line for each that did not arrive once, or is not told truly."""

    sent: Counter[str] = field(default_factory=Counter)
    """How many, by what they are."""
    blows: Counter[str] = field(default_factory=Counter)
    """What was done to them, and how often."""
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.sent += other.sent
        self.blows += other.blows
        self.lost += other.lost
        self.double += other.double
        self.stuck += other.stuck

    @property
    def lines(self) -> list[str]:
        return [
            f"{name}: {line}" for name in ("lost", "double", "stuck") for line in getattr(self, name)
        ]  # fmt: skip


class Scene(AbstractContextManager["Scene"], ABC):
    """Entered, it has partners that listen, and things that are due to go to them."""

    lets_sleep: ClassVar[float] = 0.8
    """How much of its lease a worker may oversleep and still go on; after that the queue has killed it."""

    @abstractmethod
    def go_on(self, chance: random.Random) -> None:
        """A moment of the storm: partners misbehave, people interfere, more becomes due."""

    @abstractmethod
    def calm(self) -> None:
        """Nothing goes wrong any more."""

    @abstractmethod
    def tend(self) -> bool:
        """A person looks after what was given up, truthfully. Whether everything has come to its end."""

    @abstractmethod
    def counted(self) -> Tally:
        """What is found where it went, beside what the hub says."""
