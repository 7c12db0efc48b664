"""What can be wrong with a file, and with a row of it."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """The file as a whole cannot be taken in. The text is one sentence for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is invalid: the column's header, what was expected, what was found. Each a phrase, not a sentence."""

    column: str
    expected: str
    found: str

    def __str__(self) -> str:
        where = f"{self.column}: " if self.column else ""
        return f"{where}expected {self.expected}, found {self.found}"
