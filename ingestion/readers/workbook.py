"""The table of a workbook of any format: one sheet, read by the parser in its own process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingestion.base import Cell, Chunk, Layout, Options
from ingestion.errors import NoRows, Unreadable
from ingestion.readers.extent import Extent
from ingestion.readers.header import name_columns
from ingestion.readers.region import HEAD_ROWS, Region, find_header, notes, title
from ingestion.readers.totals import TableWithTotals
from ingestion.readers.workbook_cells import to_cells
from ingestion.readers.workbook_process import WorkbookProcess

EMPTY = "The workbook has no rows on a visible sheet."


@dataclass(frozen=True, slots=True)
class Workbook:
    """What was found out before the parser starts. `sheets` are the visible ones in the order of their tabs, empty
    when only the parser can tell; `extents` are those of the sheets that were measured."""

    path: Path
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    extents: Mapping[str, Extent] = field(default_factory=dict)


def choose_sheet(sheets: Sequence[str], chosen: str) -> None:
    """Raises `Unreadable` when a sheet was chosen and no visible one has that name."""
    if chosen and chosen not in sheets:
        raise Unreadable(f'The workbook has no visible sheet "{chosen[:60]}"; it has {_listed(sheets)}.')


def _listed(sheets: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in sheets[:8]) or "none"


class WorkbookTable(TableWithTotals):
    def __init__(self, workbook: Workbook, options: Options, held: ExitStack) -> None:
        self._held = held
        self._workbook = workbook
        self._done = 0.0
        self.totals = []
        self._pass: _Pass | None = None
        try:
            self._pass = _Pass(workbook, workbook.sheet)
            self._region = find_header(self._pass.head(), options.names, options.header_line)
            self.layout = self._layout(self._pass)
        except BaseException:
            self.close()
            raise

    def _layout(self, current: _Pass) -> Layout:
        region, rows = self._region, current.head()
        last = region.first + region.height - 1
        return Layout(
            header=name_columns(region.header, current.width),
            sheet=current.sheet,
            header_line=rows[last][0],
            titles=tuple((line, title(cells)) for line, cells in rows[: region.first]),
            sheets=(current.sheet, *(name for name in current.sheets if name != current.sheet and "\0" not in name)),
            is_sure=region.is_sure,
            notes=notes(region, rows[last][0]),
        )

    def _data(self, size: int) -> Iterator[Chunk]:
        """The pass that found the header goes on; a later call starts the parser again."""
        current, self._pass = self._pass, None
        if current is None:
            current = _Pass(self._workbook, self.layout.sheet)
        self._done = 0.0
        try:
            current.head()
            current.drop(self._region)
            width = len(self.layout.header)
            for lines, rows in current.batches(size):
                self._done = current.progress
                yield Chunk(lines, [row[:width] for row in rows] if current.width > width else rows)
            self._done = 1.0
        finally:
            current.close()

    def progress(self) -> float:
        return self._done

    def close(self) -> None:
        if self._pass:
            self._pass.close()
            self._pass = None
        self._held.close()


class _Pass:
    """One run of the parser: rows that are not empty, with their numbers on the sheet."""

    def __init__(self, workbook: Workbook, sheet: str) -> None:
        self._process = WorkbookProcess(workbook.path, sheet)
        self._frames = self._process.frames()
        self._lines: list[int] = []
        self._rows: list[list[Cell]] = []
        self.progress = 0.0
        try:
            self._start(workbook)
        except BaseException:
            self.close()
            raise

    def _start(self, workbook: Workbook) -> None:
        sheets, self.sheet, first_row, self._first_column, height, self.width = next(self._frames)
        self.sheets = workbook.sheets or tuple(sheets)
        choose_sheet(self.sheets, workbook.sheet)
        if not self.width:
            raise NoRows(EMPTY)
        self._last_row = first_row + height
        self._extent = workbook.extents.get(self.sheet) or Extent()

    def head(self) -> list[tuple[int, list[Cell]]]:
        """The first rows with their lines. Asked again it answers the same until `drop`."""
        while len(self._rows) < HEAD_ROWS and self._take():
            pass
        if not self._rows:
            raise NoRows(EMPTY)
        return list(zip(self._lines[:HEAD_ROWS], self._rows[:HEAD_ROWS], strict=True))

    def drop(self, region: Region) -> None:
        """Leave out the header and what stands above it."""
        done = region.first + region.height
        self._lines, self._rows = self._lines[done:], self._rows[done:]

    def batches(self, size: int) -> Iterator[tuple[list[int], list[list[Cell]]]]:
        more = True
        while more:
            while len(self._rows) < size and (more := self._take()):
                pass
            while self._rows and (len(self._rows) >= size or not more):
                lines, self._lines = self._lines[:size], self._lines[size:]
                rows, self._rows = self._rows[:size], self._rows[size:]
                yield lines, rows

    def close(self) -> None:
        self._process.close()

    def _take(self) -> bool:
        """Add the next block of rows; False at the end."""
        frame: tuple[int, list[Any]] | None = next(self._frames, None)
        if frame is None:
            return False
        number, columns = frame
        rows = [list(row) for row in zip(*map(to_cells, columns), strict=True)]
        lines = list(range(number, number + len(rows)))
        self._restore_errors(number, rows)
        self._extent.padded.pad(number, self._first_column + 1, rows)
        self._add(lines, rows)
        self.progress = min(1.0, lines[-1] / self._last_row)
        return True

    def _restore_errors(self, number: int, rows: list[list[Cell]]) -> None:
        """The parser returns #N/A and its like as empty cells, which would pass for "no value"."""
        if not self._extent.errors:
            return
        for index, row in enumerate(rows):
            for column, text in self._extent.errors.get(number + index, {}).items():
                position = column - 1 - self._first_column
                if 0 <= position < self.width:
                    row[position] = text

    def _add(self, lines: list[int], rows: list[list[Cell]]) -> None:
        if [None] * self.width in rows:
            used = [(line, row) for line, row in zip(lines, rows, strict=True) if any(cell is not None for cell in row)]
            lines, rows = [line for line, _ in used], [row for _, row in used]
        self._lines += lines
        self._rows += rows
