"""Excel workbooks: the first visible sheet that is not empty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ingestion.base import Cell, Chunk, Content, Layout, Options, Reader, Table
from ingestion.errors import Unreadable
from ingestion.readers.header import name_columns
from ingestion.readers.signatures import OLE_MAGIC, ZIP_MAGIC
from ingestion.readers.xlsx_cells import to_cells
from ingestion.readers.xlsx_extent import Extent, is_suspect, measure, measure_exactly, refuse_oversized
from ingestion.readers.xlsx_package import Package, Sheet
from ingestion.readers.xlsx_process import XlsxProcess

_Row = tuple[int, list[Cell]]


class XlsxReader(Reader):
    kind = "xlsx"
    label = "Excel workbook"
    extensions = (".xlsx", ".xlsm")

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        if head.startswith(OLE_MAGIC):
            return name.lower().endswith(cls.extensions)
        return head.startswith(ZIP_MAGIC) and (b"xl/" in head or b"[Content_Types].xml" in head)

    @classmethod
    def open(cls, content: Content, options: Options = Options()) -> XlsxTable:
        with ExitStack() as held:
            path = held.enter_context(content.local())
            package = Package(path)
            try:
                package.refuse_declarations()
                sheet, extent = _first_used_sheet(package)
            finally:
                package.close()
            return XlsxTable(path, sheet.name, extent, held.pop_all())


class XlsxTable(Table):
    def __init__(self, path: Path, sheet: str, extent: Extent, held: ExitStack) -> None:
        self._held = held
        self._path = path
        self.totals = []
        self._errors = extent.errors
        self._done = 0.0
        self._sheet = sheet
        self._pass: _Pass | None = _Pass(path, sheet, extent.errors)
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        assert self._pass is not None
        self.layout = Layout(header=name_columns(self._pass.header(), self._pass.width), sheet=self._sheet)

    def chunks(self, size: int = 5_000) -> Iterator[Chunk]:
        """The pass that found the header goes on; a later call starts the parser again."""
        current, self._pass = self._pass, None
        if current is None:
            current = _Pass(self._path, self._sheet, self._errors)
        self._done = 0.0
        try:
            current.header()
            for lines, rows in current.batches(size):
                self._done = current.progress
                yield Chunk(lines, rows)
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

    def __init__(self, path: Path, sheet: str, errors: dict[int, dict[int, str]]) -> None:
        self._process = XlsxProcess(path, sheet)
        self._errors = errors
        self._frames = self._process.frames()
        self._lines: list[int] = []
        self._rows: list[list[Cell]] = []
        self._header: list[Cell] | None = None
        self._last_row = 0
        self.width = 0
        self.progress = 0.0

    def header(self) -> list[Cell]:
        if self._header is None:
            first_row, self._first_column, height, self.width = next(self._frames)
            self._last_row = first_row + height
            while not self._rows and self._take():
                pass
            if not self._rows:
                raise Unreadable("The workbook has no rows.")
            self._header = self._rows.pop(0)
            self._lines.pop(0)
        return self._header

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
        self._add(lines, rows)
        self.progress = min(1.0, lines[-1] / self._last_row)
        return True

    def _restore_errors(self, number: int, rows: list[list[Cell]]) -> None:
        """The parser returns #N/A and its like as empty cells, which would pass for "no value"."""
        if not self._errors:
            return
        for index, row in enumerate(rows):
            for column, text in self._errors.get(number + index, {}).items():
                position = column - 1 - self._first_column
                if 0 <= position < self.width:
                    row[position] = text

    def _add(self, lines: list[int], rows: list[list[Cell]]) -> None:
        if [None] * self.width in rows:
            used = [(line, row) for line, row in zip(lines, rows, strict=True) if any(cell is not None for cell in row)]
            lines, rows = [line for line, _ in used], [row for _, row in used]
        self._lines += lines
        self._rows += rows


def _first_used_sheet(package: Package) -> tuple[Sheet, Extent]:
    for sheet in package.visible_sheets():
        extent = measure(package.stream(sheet.part))
        if not extent.values:
            continue
        if is_suspect(extent):
            refuse_oversized(measure_exactly(package.stream(sheet.part)), sheet.name)
        return sheet, extent
    raise Unreadable("The workbook has no rows on a visible sheet.")
