"""A line of a stored file as it stands there: what a person wants to see behind an amount."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from ingestion.base import Content
from ingestion.domain.opening import content_of, open_table
from ingestion.domain.rows import as_text
from ingestion.errors import Unreadable
from ingestion.models import IngestionFile
from ingestion.readers.jsonl import object_at
from ingestion.readers.lines import place_of
from ingestion.readers.records import record_at


@dataclass(frozen=True, slots=True)
class RawLine:
    """`line` as the reader counts it, from 1. `text` is empty for formats that are no text."""

    line: int
    header: list[str]
    cells: list[str]
    text: str


def raw_line(file: IngestionFile, line: int) -> RawLine:
    """The record that begins on a line. Raises `Unreadable` when the file can no longer be read or has no such line."""
    if line > sys.maxsize:
        raise Unreadable("The file has no such line.")
    with content_of(file) as content:
        if not file.offsets:
            return _by_reading(content, file, line)
        offset, before = place_of(line, bytes(file.offsets))
        if file.delimiter:
            text, cells = record_at(content, file.encoding, file.delimiter, offset, before)
        else:
            text, row = object_at(content, file.encoding, file.header, offset, before)
            cells = as_text(row)
    return RawLine(line, file.header, cells, text)


def _by_reading(content: Content, file: IngestionFile, line: int) -> RawLine:
    with open_table(content, file.type, file.options) as table:
        for chunk in table.chunks():
            places = dict(zip(chunk.lines, chunk.rows, strict=True)) | {at: cells for at, cells, _ in chunk.problems}
            if line in places:
                return RawLine(line, table.layout.header, as_text(places[line]), "")
    raise Unreadable(f"The file has no line {line:,}.")
