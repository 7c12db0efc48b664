"""How far a sheet reaches, learned from its streamed XML before the parser reserves memory for all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from ingestion.errors import Unreadable

MAX_CELLS = 20_000_000
_SPARSE_FROM = 200_000
_SPARSE_SHARE = 50
_MAX_ERRORS = 200_000
_MAX_ROW_BYTES = 16 << 20

_ROW = re.compile(rb' r="(\d{1,9})"')
_COLUMN = re.compile(rb' r="([A-Z]{1,4})\d')
_CELL = re.compile(rb"<(?:\w+:)?c\s([^<>]*)>")  # never looks past the next tag: hostile XML is read in linear time
_ADDRESS = re.compile(rb'\br="([A-Z]{1,4})(\d{1,9})"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")


@dataclass(slots=True)
class Extent:
    """`values` counts cells with content; `errors` is row → column → Excel's error text, both counted from 1."""

    last_row: int = 0
    last_column: int = 0
    values: int = 0
    errors: dict[int, dict[int, str]] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        return self.last_row * self.last_column


def measure(content: Iterable[bytes]) -> Extent:
    """A quick upper bound: formatted cells without content count for the extent. Collects error cells on the way."""
    extent = Extent()
    columns: set[bytes] = set()
    for piece in _whole_rows(content):
        extent.last_row = max(extent.last_row, max(map(int, _ROW.findall(piece)), default=0))
        columns.update(_COLUMN.findall(piece))
        extent.values += _count_values(piece)
        if b't="e"' in piece:
            _collect_errors(piece, extent.errors)
    extent.last_column = max(map(column_number, columns), default=0)
    return extent


def measure_exactly(content: Iterable[bytes]) -> Extent:
    """The extent of the cells that have content, as the parser will see it. Four times slower."""
    exact = Extent()
    for piece in _whole_rows(content):
        for cell in _CELL.finditer(piece):
            address = None if cell[1].endswith(b"/") else _ADDRESS.search(cell[1])
            if address:
                exact.last_row = max(exact.last_row, int(address[2]))
                exact.last_column = max(exact.last_column, column_number(address[1]))
                exact.values += 1
    return exact


def is_suspect(extent: Extent) -> bool:
    sparse = extent.cells > _SPARSE_FROM and extent.values * _SPARSE_SHARE < extent.cells
    return sparse or extent.cells > MAX_CELLS


def refuse_oversized(extent: Extent, sheet: str) -> None:
    if not is_suspect(extent):
        return
    if extent.values * _SPARSE_SHARE < extent.cells:
        raise Unreadable(
            f'The sheet "{sheet}" reaches to row {extent.last_row} and column {extent.last_column} '
            "but is almost empty. "
            "Delete what stands far away from the table and upload it again."
        )
    raise Unreadable(f'The sheet "{sheet}" has more than {MAX_CELLS:,} cells; save it as CSV and upload that.')


def column_number(letters: bytes) -> int:
    number = 0
    for code in letters:
        number = number * 26 + code - 64
    return number


def _whole_rows(content: Iterable[bytes]) -> Iterator[bytes]:
    """The XML in pieces that end where a row begins, so that no cell is cut."""
    rest = b""
    for block in content:
        rest += block
        cut = max(rest.rfind(b"<row "), rest.rfind(b":row "))
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        if len(rest) > _MAX_ROW_BYTES:
            raise Unreadable("A row of the workbook is larger than 16 MB; this is not a table of rows.")
    yield rest


def _count_values(piece: bytes) -> int:
    # Some programs write every tag with a prefix; the opening tag then ends in the same letters as the closing one.
    plain = piece.count(b"</v>") + piece.count(b"</is>")
    return plain + (piece.count(b":v>") + piece.count(b":is>")) // 2


def _collect_errors(piece: bytes, errors: dict[int, dict[int, str]]) -> None:
    ends = chain((cell.start() for cell in islice(_CELL.finditer(piece), 1, None)), (len(piece),))
    for cell, end in zip(_CELL.finditer(piece), ends, strict=False):
        if b't="e"' not in cell[1] or cell[1].endswith(b"/"):
            continue
        address, value = _ADDRESS.search(cell[1]), _VALUE.search(piece, cell.end(), end)
        if not address:
            raise Unreadable("The workbook has error cells without an address. Save it again in Excel and upload it.")
        row = errors.setdefault(int(address[2]), {})
        row[column_number(address[1])] = value[1].decode("utf-8", "replace") if value else "#ERROR"
    if len(errors) > _MAX_ERRORS:
        raise Unreadable(f"More than {_MAX_ERRORS:,} rows hold Excel errors such as #N/A. Repair the formulas first.")
