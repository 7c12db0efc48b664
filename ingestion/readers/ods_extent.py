"""How far the tables of an OpenDocument spreadsheet reach once repeated rows and cells are written out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

from ingestion.errors import Unreadable
from ingestion.readers.extent import Extent

_MAX_TAG = 1 << 20
_MOST_TIMES = 1 << 31
_COPIES_FROM = 200_000
_MOST_COPIES = 100
# Never looks past the next tag, so hostile XML is read in linear time.
_TAG = re.compile(rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)((?:\s[^<>]*)?)>")
_TIMES = re.compile(rb'\stable:number-(?:rows|columns)-repeated\s*=\s*["\']\s*(\d{1,12})')
_NAME = re.compile(rb'\stable:name\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')
_VALUE = b"office:value-type"
_ERROR = b'calcext:value-type="error"'
_SHOWN = re.compile(rb"\s*<text:p[^<>]{0,80}>([^<]{1,40})<")
_AFTER = 150


@dataclass(slots=True)
class _Row:
    """`width` is the last column with content, `column` where the next cell goes."""

    times: int = 1
    column: int = 0
    width: int = 0
    values: int = 0


def measure(content: Iterable[bytes]) -> dict[str, Extent]:
    """Table name → extent of its cells with content."""
    extents: dict[str, Extent] = {}
    current, row, rows, written = Extent(), _Row(), 0, 0
    for closing, tag, attributes, after in _tags(content):
        if tag == b"table":
            if not closing:
                current, rows = extents.setdefault(_name(attributes), Extent()), 0
        elif tag == b"table-row" and not closing:
            row = _Row(_times(attributes))
            if attributes.endswith(b"/"):
                rows += row.times
        elif tag == b"table-row":
            rows = _end_row(current, row, rows)
            _refuse_copies(current, written)
        elif not closing:
            if _ERROR in attributes:
                _add_error(current, rows, row, after)
            _add_cell(row, attributes)
            written += 1
    return extents


def _refuse_copies(extent: Extent, written: int) -> None:
    """A few bytes that stand for millions of cells would keep the parser busy for minutes."""
    if extent.values > _COPIES_FROM and extent.values > _MOST_COPIES * written:
        raise Unreadable(
            f"A sheet of the workbook repeats the same cells {extent.values // written:,} times; "
            "delete the copies and upload it again."
        )


def _add_error(extent: Extent, rows: int, row: _Row, after: bytes) -> None:
    """The parser gives an error cell as an empty one."""
    shown = _SHOWN.match(after)
    text = shown[1].decode("utf-8", "replace") if shown else "#ERROR"
    for line in range(rows + 1, rows + 1 + row.times):
        extent.add_error(line, row.column + 1, text)


def _add_cell(row: _Row, attributes: bytes) -> None:
    times = _times(attributes)
    row.column += times
    if _VALUE in attributes or not attributes.endswith(b"/"):
        row.width = row.column
        row.values += times


def _end_row(extent: Extent, row: _Row, rows: int) -> int:
    rows += row.times
    if row.width:
        extent.last_row = rows
        extent.last_column = max(extent.last_column, row.width)
        extent.values += row.values * row.times
    return rows


def _times(attributes: bytes) -> int:
    found = _TIMES.search(attributes)
    return min(_MOST_TIMES, max(1, int(found[1]))) if found else 1


def _name(attributes: bytes) -> str:
    found = _NAME.search(attributes)
    return unescape((found[1] or found[2] or b"").decode("utf-8", "replace")) if found else ""


def _tags(content: Iterable[bytes]) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Opening and closing tags of tables, rows and cells, and what follows them; a tag cut between two blocks is put
    together."""
    rest = b""
    for block in content:
        rest += block
        cut = rest.rfind(b"<")
        for found in _TAG.finditer(rest, 0, cut):
            yield found[1], found[2], found[3], rest[found.end() : found.end() + _AFTER]
        rest = rest[cut:]
        if len(rest) > _MAX_TAG:
            raise Unreadable("A tag of the workbook is longer than 1 MB; no spreadsheet program writes that.")
    for found in _TAG.finditer(rest):
        yield found[1], found[2], found[3], rest[found.end() : found.end() + _AFTER]
