"""A line of a stored file as it stands there: what a person wants to see behind an amount."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.domain.reading import opened
from ingestion.domain.rows import as_text
from ingestion.errors import Unreadable
from ingestion.models import IngestionFile


@dataclass(frozen=True, slots=True)
class RawLine:
    """`line` as the reader counts it, from 1. `text` is empty for formats that are no text."""

    line: int
    header: list[str]
    cells: list[str]
    text: str


def raw_line(file: IngestionFile, line: int) -> RawLine:
    """The record that begins on a line. Raises `Unreadable` when the file can no longer be read or has no such line."""
    with opened(file) as found:
        for chunk in found.table.chunks():
            places = dict(zip(chunk.lines, chunk.rows, strict=True)) | {at: cells for at, cells, _ in chunk.problems}
            if line in places:
                return RawLine(line, file.header, as_text(places[line]), "")
    raise Unreadable(f"The file has no line {line:,}.")
