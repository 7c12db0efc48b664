"""Excel workbooks: the sheet a person chose, else the first visible one that is not empty."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ingestion.base import Content, Options, Reader
from ingestion.errors import NoRows
from ingestion.readers.extent import is_suspect, refuse_oversized
from ingestion.readers.signatures import OLE_MAGIC, ZIP_MAGIC
from ingestion.readers.workbook import EMPTY, Workbook, WorkbookTable, choose_sheet
from ingestion.readers.xlsx_extent import measure, measure_exactly
from ingestion.readers.xlsx_package import XlsxPackage


class XlsxReader(Reader):
    kind = "xlsx"
    extensions = (".xlsx", ".xlsm")

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        if head.startswith(OLE_MAGIC):
            return name.lower().endswith(cls.extensions)
        return head.startswith(ZIP_MAGIC) and (b"xl/" in head or b"[Content_Types].xml" in head)

    @classmethod
    def open(cls, content: Content, options: Options = Options()) -> WorkbookTable:
        with ExitStack() as held:
            path = held.enter_context(content.local())
            package = XlsxPackage(path)
            try:
                package.refuse_declarations()
                workbook = _measured(path, package, options.sheet)
            finally:
                package.close()
            return WorkbookTable(workbook, options, held.pop_all())


def _measured(path: Path, package: XlsxPackage, chosen: str) -> Workbook:
    """The first sheet that is not empty, or the chosen one, measured before the parser takes memory for it."""
    visible = package.visible_sheets()
    names = tuple(sheet.name for sheet in visible)
    choose_sheet(names, chosen)
    padding = package.padding()
    for sheet in visible:
        if chosen and sheet.name != chosen:
            continue
        extent = measure(package.stream(sheet.part), padding)
        if not extent.values:
            continue
        if is_suspect(extent):
            refuse_oversized(measure_exactly(package.stream(sheet.part)), sheet.name)
        return Workbook(path, sheet.name, names, {sheet.name: extent})
    raise NoRows(f'The sheet "{chosen}" has no rows.' if chosen else EMPTY)
