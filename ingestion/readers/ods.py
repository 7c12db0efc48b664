"""OpenDocument spreadsheets."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ingestion.base import Content, Options, Reader
from ingestion.errors import NoRows, Unreadable
from ingestion.readers.extent import Extent, refuse_oversized
from ingestion.readers.ods_extent import measure
from ingestion.readers.package import Package
from ingestion.readers.signatures import EMPTY_FILE, PROTECTED, SPREADSHEET, ZIP_MAGIC
from ingestion.readers.workbook import Workbook, WorkbookTable

_MANIFEST = "META-INF/manifest.xml"


class OdsReader(Reader):
    kind = "ods"
    extensions = (".ods",)

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        return head.startswith(ZIP_MAGIC) and SPREADSHEET in head[:200]

    @classmethod
    def open(cls, content: Content, options: Options = Options()) -> WorkbookTable:
        with ExitStack() as held:
            path = held.enter_context(content.local())
            workbook = Workbook(path, options.sheet, extents=_measured(path))
            return WorkbookTable(workbook, options, held.pop_all())


def _measured(path: Path) -> dict[str, Extent]:
    """Refuse what is protected, or would take far more memory than it has cells."""
    with path.open("rb") as file:
        if not file.read(1):
            raise NoRows(EMPTY_FILE)
    package = Package(path)
    try:
        _refuse_protected(package)
        extents = measure(package.well_formed("content.xml"))
        for name, extent in extents.items():
            refuse_oversized(extent, name)
        return extents
    finally:
        package.close()


def _refuse_protected(package: Package) -> None:
    if "encrypted-package" in package:
        raise Unreadable(PROTECTED)
    if _MANIFEST in package and any(b"encryption-data" in block for block in package.stream(_MANIFEST)):
        raise Unreadable(PROTECTED)
