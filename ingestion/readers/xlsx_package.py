"""What the package of an XLSX workbook says about its sheets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lxml import etree

from ingestion.content import StoredFile
from ingestion.errors import NoRows, Unreadable
from ingestion.readers.encoding import blocks
from ingestion.readers.leading_zeros import padding_styles
from ingestion.readers.package import Package
from ingestion.readers.signatures import EMPTY_FILE, OLD_WORKBOOK, OLE_MAGIC, PROTECTED

_STYLES = "xl/styles.xml"
_MOST_STYLES = 64 << 20
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    part: str


class XlsxPackage(Package):
    def __init__(self, path: Path) -> None:
        _refuse_other_formats(path)
        super().__init__(path)

    def visible_sheets(self) -> list[Sheet]:
        """The worksheets a person sees, in the order of their tabs."""
        targets = self._relations()
        sheets: list[Sheet] = []
        for element in self.parse("xl/workbook.xml").iterfind(".//{*}sheets/{*}sheet"):
            part = targets.get(_relation_id(element), "")
            if part and element.get("state", "visible") == "visible":
                sheets.append(Sheet(element.get("name", ""), part))
        return sheets

    def refuse_declarations(self) -> None:
        """A DOCTYPE stands before the root, so the first block of the other parts the parser reads is enough."""
        for part in ("xl/sharedstrings.xml", _STYLES):
            if part in self:
                next(self.stream(part), b"")

    def padding(self) -> dict[int, int]:
        """Cell style → digits, for number formats of nothing but zeros."""
        if _STYLES not in self:
            return {}
        root = self.parse(_STYLES, _MOST_STYLES)
        formats = {
            _whole(item.get("numFmtId")): item.get("formatCode", "") for item in root.iterfind("{*}numFmts/{*}numFmt")
        }
        return padding_styles(formats, [_whole(item.get("numFmtId")) for item in root.iterfind("{*}cellXfs/{*}xf")])

    def _relations(self) -> dict[str, str]:
        root = self.parse("xl/_rels/workbook.xml.rels")
        return {
            element.get("Id", ""): _resolved(element.get("Target", ""))
            for element in root.iterfind("{*}Relationship")
            if element.get("Type", "").endswith("/worksheet")
        }


def _refuse_other_formats(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise NoRows(EMPTY_FILE)
    if head.startswith(OLE_MAGIC):
        raise Unreadable(PROTECTED if is_encrypted(path) else OLD_WORKBOOK)
    if not head.startswith(b"PK"):
        raise Unreadable("This is not an Excel workbook, whatever its name says. Upload a .csv or .xlsx file.")


def is_encrypted(path: Path) -> bool:
    """Whether an OLE file is a workbook wrapped by Excel's password protection."""
    tail = b""
    for block in blocks(StoredFile(path)):
        if _ENCRYPTED in tail + block:
            return True
        tail = block[-len(_ENCRYPTED) :]
    return False


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else -1


def _relation_id(element: etree._Element) -> str:
    # The transitional and the strict flavour of the format name this attribute in different namespaces.
    values = (value for key, value in element.attrib.items() if key.endswith("}id"))
    return str(next(values, ""))


def _resolved(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))
