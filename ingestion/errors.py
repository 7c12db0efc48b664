"""What can be wrong with a file, and with a row of it."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """The file as a whole cannot be taken in. The text is one sentence for the person who sent it."""


class NoRows(Unreadable):
    """The file is one that could be taken in, but nothing is in it."""


LONGEST_CAUSE = 400


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is invalid: the column's header, what was expected, what was found. Each a phrase, not a sentence."""

    column: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self._phrase}, found {self.found}"

    @property
    def cause(self) -> str:
        """What rows with the same mistake have in common."""
        return self._phrase[:LONGEST_CAUSE]

    @property
    def _phrase(self) -> str:
        return (f"{self.column}: " if self.column else "") + f"expected {self.expected}"
