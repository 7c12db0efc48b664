"""Numbers that a sheet shows with leading zeros: 42 in the format 00000 is 00042 to whoever looks at it, and a key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from ingestion.base import Cell
from ingestion.errors import Unreadable

_MOST_RUNS = 200_000
_ONLY_ZEROS = re.compile(r"(0{2,30})(?:;@|;General)?")


def zeros_of(format_code: str) -> int:
    """How many digits a number format of nothing but zeros pads to; 0 for every other format."""
    found = _ONLY_ZEROS.fullmatch(format_code.strip())
    return len(found[1]) if found else 0


class PaddedCells:
    """Column → runs of rows with the same padding, rows and columns counted from 1. A formatted column is one run."""

    def __init__(self) -> None:
        self._runs: dict[int, list[list[int]]] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._runs)

    def add(self, row: int, column: int, digits: int) -> None:
        """Rows come in their order. Raises `Unreadable` when every other cell has a format of its own."""
        runs = self._runs.setdefault(column, [])
        if runs and runs[-1][1:] == [row - 1, digits]:
            runs[-1][1] = row
            return
        runs.append([row, row, digits])
        self._count += 1
        if self._count > _MOST_RUNS:
            raise Unreadable("The number formats of the sheet change too often; save it as CSV and upload that.")

    def pad(self, number: int, first_column: int, rows: Sequence[list[Cell]]) -> None:
        """Put the zeros back into rows that begin with row `number`; their first cell is in column `first_column`."""
        for column, runs in self._runs.items():
            place = column - first_column
            if rows and 0 <= place < len(rows[0]):
                for first, last, digits in runs:
                    for index in range(max(0, first - number), min(len(rows), last - number + 1)):
                        rows[index][place] = _padded(rows[index][place], digits)


def _padded(cell: Cell, digits: int) -> Cell:
    if isinstance(cell, Decimal) and cell >= 0 and cell == cell.to_integral_value():
        return format(cell, "f").zfill(digits)
    return cell


def padding_styles(formats: Mapping[int, str], styles: Sequence[int]) -> dict[int, int]:
    """Place of a cell style → digits it pads to. `styles` are the ids of the number formats they use."""
    digits = {number: zeros_of(code) for number, code in formats.items()}
    return {place: digits[number] for place, number in enumerate(styles) if digits.get(number)}
