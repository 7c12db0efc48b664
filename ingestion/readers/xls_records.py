"""The records of an .xls workbook ([MS-XLS]), looked at before the parser: protection, sheets, extent, error cells."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.errors import Unreadable
from ingestion.readers.extent import Extent
from ingestion.readers.ole import DAMAGED
from ingestion.readers.signatures import PROTECTED

_BEGIN, _BOUND_SHEET, _FILE_PASS, _END = 0x809, 0x85, 0x2F, 0x0A
_BIFF8 = 0x600
_FORMULA, _BOOL_ERROR, _SEVERAL = 0x06, 0x205, 0xBD
_CELLS = frozenset({_FORMULA, 0x06 | 0x200, 0x06 | 0x400, _BOOL_ERROR, _SEVERAL, 0xFD, 0x204, 0x203, 0x27E, 0xD6})
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    offset: int


def visible_sheets(stream: bytes) -> list[Sheet]:
    """The worksheets a person sees. Raises `Unreadable` when the workbook is protected by a password."""
    try:
        return list(_visible(stream))
    except struct.error:
        raise Unreadable(DAMAGED) from None


def _visible(stream: bytes) -> Iterator[Sheet]:
    version = _BIFF8
    for kind, start, size in _records(stream, 0):
        if kind == _BEGIN and size >= 2:
            version = struct.unpack_from("<H", stream, start)[0]
        if kind == _FILE_PASS:
            raise Unreadable(PROTECTED)
        if kind == _BOUND_SHEET and size >= 8:
            offset, state, sort, length = struct.unpack_from("<IBBB", stream, start)
            if not state & 3 and not sort:
                yield Sheet(_name(stream[start + 7 : start + size], length, version), offset)


def measure(stream: bytes, sheet: Sheet) -> Extent:
    """The extent of the cells with content, and the error cells, which the parser gives as empty ones."""
    extent = Extent()
    try:
        for kind, start, size in _records(stream, sheet.offset):
            if kind in _CELLS and size >= 6:
                _add(extent, stream, kind, start, size)
    except struct.error:
        raise Unreadable(DAMAGED) from None
    return extent


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and size of each record from the begin to the end of a sheet, or of the workbook's own part."""
    if struct.unpack_from("<H", stream, start)[0] != _BEGIN:
        raise Unreadable(DAMAGED)
    while True:
        kind, size = struct.unpack_from("<HH", stream, start)  # past the end of a stream that was cut: struct.error
        if kind == _END:
            return
        yield kind, start + 4, size
        start += 4 + size


def _add(extent: Extent, stream: bytes, kind: int, start: int, size: int) -> None:
    row, column = struct.unpack_from("<HH", stream, start)
    last = struct.unpack_from("<H", stream, start + size - 2)[0] if kind == _SEVERAL else column
    extent.last_row = max(extent.last_row, row + 1)
    extent.last_column = max(extent.last_column, last + 1)
    extent.values += max(1, last - column + 1)
    if (error := _error(stream, kind, start)) is not None:
        extent.add_error(row + 1, column + 1, _ERRORS.get(error, "#ERROR"))


def _error(stream: bytes, kind: int, start: int) -> int | None:
    if kind == _BOOL_ERROR:
        value, is_error = struct.unpack_from("<BB", stream, start + 6)
        return value if is_error else None
    if kind & 0xFF == _FORMULA and kind != _BOOL_ERROR:
        tag, value, mark = struct.unpack_from("<BxB3xH", stream, start + 6)
        return value if (tag, mark) == (2, 0xFFFF) else None
    return None


def _name(content: bytes, length: int, version: int) -> str:
    """BIFF8 tells the width of the characters in a byte before them."""
    if version != _BIFF8:
        return content[:length].decode("cp1252", "replace")
    if content[:1] == b"\x01":
        return content[1 : 1 + 2 * length].decode("utf-16-le", "replace")
    return content[1 : 1 + length].decode("latin-1")
