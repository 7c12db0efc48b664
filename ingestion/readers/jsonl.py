"""JSON Lines: one object a line. The columns are all names that appear anywhere in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import PurePath

from ingestion.base import Cell, Content, Options, Reader
from ingestion.errors import Unreadable
from ingestion.readers.encoding import Encoding, find_encoding
from ingestion.readers.lines import Lines
from ingestion.readers.object_table import ObjectTable
from ingestion.readers.objects import DECODER, NotAnObject, flat, row_of, shown
from ingestion.readers.signatures import first_text, is_json

_DAMAGED = re.compile("[\udc80-\udcff]")


class JsonLinesReader(Reader):
    kind = "jsonl"
    extensions = (".jsonl", ".ndjson")

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        """A whole object on the first line, and another one begun below it; the name decides on a single one."""
        if not is_json(head) or not first_text(head).startswith(b"{"):
            return False
        if PurePath(name.lower()).suffix in cls.extensions:
            return True
        first, _, rest = first_text(head).partition(b"\n")
        return first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")

    @classmethod
    def open(cls, content: Content, options: Options = Options()) -> JsonLinesTable:
        return JsonLinesTable(content, find_encoding(content, options.encoding))


class JsonLinesTable(ObjectTable):
    _lines: Lines

    def progress(self) -> float:
        return self._lines.progress()

    def offsets(self) -> bytes:
        return self._lines.packed_offsets()

    def _values(self) -> Iterator[tuple[int, str]]:
        self._lines = Lines(self._content, self._encoding)
        return _numbered(self._lines.blocks())

    def _object(self, value: str) -> dict[str, Cell]:
        return parsed(value)


def parsed(text: str) -> dict[str, Cell]:
    """A line as column → cell. Raises `NotAnObject` with what is wrong with it."""
    if match := _DAMAGED.search(text):
        raise NotAnObject(f"byte 0x{ord(match[0]) & 0xFF:02X} at character {match.start() + 1}", "UTF-8 text")
    try:
        return flat(DECODER.decode(text))
    except json.JSONDecodeError as error:
        raise NotAnObject(f"text that is no JSON at character {error.pos + 1}") from None
    except RecursionError:
        raise NotAnObject("brackets nested far too deep") from None


def object_at(content: Content, encoding: str, header: list[str], start: int, before: int) -> tuple[str, list[Cell]]:
    """The line `before` lines after byte `start`, as it stands and as cells. Raises `Unreadable` if there is none."""
    lines = chain.from_iterable(Lines(content, Encoding(encoding, suspect=True), start).blocks())
    text = next(islice(lines, before, None), None)
    if text is None:
        raise Unreadable("The file has no such line.")
    try:
        return text, row_of(parsed(text), header)
    except NotAnObject:
        return text, [shown(text)]


def _numbered(blocks: Iterable[list[str]]) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    return ((number, text) for number, text in enumerate(chain.from_iterable(blocks), start=1) if not text.isspace())
