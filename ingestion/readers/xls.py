"""Excel 97–2003 workbooks."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ingestion.base import Content, Options, Reader
from ingestion.errors import NoRows, Unreadable
from ingestion.readers.extent import refuse_oversized
from ingestion.readers.ole import DAMAGED, OleFile
from ingestion.readers.signatures import EMPTY_FILE, OLE_MAGIC, PROTECTED
from ingestion.readers.workbook import EMPTY, Workbook, WorkbookTable, choose_sheet
from ingestion.readers.xls_records import measure, visible_sheets

_STREAMS = ("workbook", "book")


class XlsReader(Reader):
    kind = "xls"
    extensions = (".xls",)

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        return head.startswith(OLE_MAGIC)

    @classmethod
    def open(cls, content: Content, options: Options = Options()) -> WorkbookTable:
        with ExitStack() as held:
            path = held.enter_context(content.local())
            workbook = _measured(path, options.sheet)
            return WorkbookTable(workbook, options, held.pop_all())


def _measured(path: Path, chosen: str) -> Workbook:
    stream = _stream(path)
    visible = visible_sheets(stream)
    names = tuple(sheet.name for sheet in visible)
    choose_sheet(names, chosen)
    extents = {sheet.name: measure(stream, sheet) for sheet in visible}
    for name, extent in extents.items():
        refuse_oversized(extent, name)
    used = next((name for name in names if extents[name].values and name == (chosen or name)), "")
    if not used:
        raise NoRows(f'The sheet "{chosen}" has no rows.' if chosen else EMPTY)
    return Workbook(path, used, names, extents)


def _stream(path: Path) -> bytes:
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise NoRows(EMPTY_FILE)
    if not head.startswith(OLE_MAGIC):
        raise Unreadable("This is not an Excel 97–2003 workbook, whatever its name says. Upload a .csv or .xlsx file.")
    ole = OleFile(path)
    if "encryptedpackage" in ole.entries:
        raise Unreadable(PROTECTED)
    name = next((name for name in _STREAMS if name in ole.entries), "")
    if not name:
        raise Unreadable("This Office document holds no workbook. Upload a .csv or .xlsx file.")
    return ole.stream(name) or _refuse()


def _refuse() -> bytes:
    raise Unreadable(DAMAGED)
