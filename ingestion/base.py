"""What a reader is: it turns a stored file into a table of cells, and knows nothing else.

A reader sees no models, no settings and no record type. Whatever it cannot read ends as `Unreadable`
with one sentence for the person who sent the file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from ingestion.errors import Problem

Cell = str | Decimal | bool | date | datetime | None
"""A cell as the file holds it. Text formats give `str`; sheets keep their type; an empty cell is "" or None."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file in their order.

    `lines[i]` is the line (text: the physical line the record starts on; sheet: the row) of `rows[i]`, counted
    from 1 with the header line included. Every row is as wide as the header. `problems` holds the rows
    that have no usable cells at all: (line, cells as read, what is wrong).
    """

    lines: list[int]
    rows: list[list[Cell]]
    problems: list[tuple[int, list[str], Problem]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """What was found out about a file before its rows: the header and, for text, how it is written."""

    header: list[str]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


class Table(ABC):
    """An opened file. Use it as a context manager; `chunks` may be called again and starts anew."""

    layout: Layout

    @abstractmethod
    def chunks(self, size: int = 5_000) -> Iterator[Chunk]:
        """Rows in chunks of at most `size`. Raises `Unreadable` when the file turns out to be broken."""

    @abstractmethod
    def progress(self) -> float:
        """The part of the file the running `chunks` has read: 0.0 to 1.0."""

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:  # noqa: B027  most formats hold nothing open between calls
        """Let go of files and processes."""


class Reader(ABC):
    """A file format."""

    kind: ClassVar[str]
    label: ClassVar[str]
    extensions: ClassVar[tuple[str, ...]]

    @classmethod
    @abstractmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        """Whether a file that starts with `head` (up to 8 KiB) and is called `name` is of this format."""

    @classmethod
    @abstractmethod
    def open(cls, path: Path) -> Table:
        """Open the file and find its header. Raises `Unreadable`."""
