"""What a reader is: it turns a stored file into a table of cells, and knows nothing else.

A reader sees no models, no settings and no record type. Whatever it cannot read ends as `Unreadable`
with one sentence for the person who sent the file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, ClassVar

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


class Content(ABC):
    """The bytes of a file, wherever they are: stored as they are, compressed, or inside an archive. Never unpacked
    to disk. Raises `Unreadable` while it is read when it is damaged or unpacks to more than it may."""

    name: str
    """The file's own name, as a person knows it, without the folders and without what only says that it is packed."""

    @abstractmethod
    def open(self) -> BinaryIO:
        """The bytes from the first one on. The caller closes it."""

    @abstractmethod
    def local(self) -> AbstractContextManager[Path]:
        """A path that a parser can open and seek in for as long as the context lasts."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Bytes in all, unpacked; 0 while that is not known."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is known before a file is opened. What a person chose counts; what is left empty is found out.

    `header_line` is the line of the header, from 1. `names` are normalised headers somebody would recognise: they help
    to tell the header from the title rows above it.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_line: int = 0
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Layout:
    """What was found out about a file before its rows: the header and, for text, how it is written.

    `titles` are the rows above the header, (line, text). `encodings`, `delimiters` and `sheets` are what else the file
    could be read as, the likeliest first, the chosen one included; more than one means that a person may choose.
    `is_sure` is false when another encoding or header reads as well as the one taken. `notes` are sentences about the
    file that whoever sent it should read.
    """

    header: list[str]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_line: int = 1
    titles: tuple[tuple[int, str], ...] = ()
    encodings: tuple[str, ...] = ()
    delimiters: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    is_sure: bool = True
    notes: tuple[str, ...] = ()


class Table(ABC):
    """An opened file. Use it as a context manager; `chunks` may be called again and starts anew.

    `totals` are the total rows below the data that the last run of `chunks` left out: (line, cells).
    """

    layout: Layout
    totals: list[tuple[int, list[Cell]]]

    @abstractmethod
    def chunks(self, size: int = 5_000) -> Iterator[Chunk]:
        """Rows in chunks of at most `size`. Raises `Unreadable` when the file turns out to be broken."""

    @abstractmethod
    def progress(self) -> float:
        """The part of the file the running `chunks` has read: 0.0 to 1.0."""

    def offsets(self) -> bytes | None:
        """Where every 1,000th line begins, after `chunks` ran to its end: entry k is the byte, in the unpacked file,
        of physical line 1,000 * k + 1; 64 bit integers, little-endian. None for formats without such lines."""
        return None

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:  # noqa: B027  most formats hold nothing open between calls
        """Let go of files and processes."""


class Reader(ABC):
    """A file format."""

    kind: ClassVar[str]
    extensions: ClassVar[tuple[str, ...]]

    @classmethod
    @abstractmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        """Whether a file that starts with `head` (up to 8 KiB) and is called `name` is of this format."""

    @classmethod
    @abstractmethod
    def open(cls, content: Content, options: Options = Options()) -> Table:
        """Open the file and find its header. Raises `Unreadable`."""
