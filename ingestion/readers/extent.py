"""How far a sheet reaches, and whether that is too far to give it memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingestion.errors import Unreadable
from ingestion.readers.leading_zeros import PaddedCells

MAX_CELLS = 20_000_000
MAX_ERRORS = 200_000
_SPARSE_FROM = 200_000
_SPARSE_SHARE = 50


@dataclass(slots=True)
class Extent:
    """`values` counts cells with content; `errors` is row → column → Excel's error text, both counted from 1;
    `padded` are the cells with a number format of zeros."""

    last_row: int = 0
    last_column: int = 0
    values: int = 0
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    padded: PaddedCells = field(default_factory=PaddedCells)
    error_cells: int = 0

    @property
    def cells(self) -> int:
        return self.last_row * self.last_column

    def add_error(self, row: int, column: int, text: str) -> None:
        """Raises `Unreadable` when there are too many to keep."""
        self.errors.setdefault(row, {})[column] = text
        self.error_cells += 1
        if len(self.errors) > MAX_ERRORS or self.error_cells > 5 * MAX_ERRORS:
            raise Unreadable(
                f"More than {MAX_ERRORS:,} rows hold Excel errors such as #N/A. Repair the formulas first."
            )


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
