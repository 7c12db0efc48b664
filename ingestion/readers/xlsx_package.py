"""The zip package of a workbook, looked at before anything parses it: is it whole, is it small enough, which sheets."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lxml import etree

from ingestion.content import StoredFile
from ingestion.errors import Unreadable
from ingestion.readers.encoding import blocks
from ingestion.readers.signatures import OLD_WORKBOOK, OLE_MAGIC, PROTECTED

MAX_PART = 2 << 30
_MAX_PARTS = 10_000
_MAX_SMALL_PART = 8 << 20
_RATIO_FROM = 50 << 20
_MAX_RATIO = 500
_BLOCK = 1 << 20
_ENTRY_MAGIC = b"PK\x01\x02"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BROKEN = "The workbook is damaged or was cut off on its way. Save it again in Excel and upload it."
_DOCTYPE = "The workbook holds XML declarations that no spreadsheet program writes; it is not read."


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    part: str


class Package:
    def __init__(self, path: Path) -> None:
        _refuse_other_formats(path)
        _refuse_many_parts(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            raise Unreadable(_BROKEN) from None
        self._names = {name.lower(): name for name in self._zip.namelist()}
        for entry in self._zip.infolist():
            _check_entry(entry)

    def visible_sheets(self) -> list[Sheet]:
        """The worksheets a person sees, in the order of their tabs."""
        targets = self._relations()
        sheets: list[Sheet] = []
        for element in self._parse("xl/workbook.xml").iterfind(".//{*}sheets/{*}sheet"):
            part = targets.get(_relation_id(element), "")
            if part and element.get("state", "visible") == "visible":
                sheets.append(Sheet(element.get("name", ""), part))
        return sheets

    def stream(self, part: str) -> Iterator[bytes]:
        """The content of a part in blocks, counted while it is unpacked: the directory may lie about sizes."""
        size = 0
        try:
            with self._zip.open(self._names.get(part.lower(), part)) as file:
                while block := file.read(_BLOCK):
                    size += len(block)
                    if size > MAX_PART:
                        raise Unreadable("The workbook unpacks to more than 2 GB; save it as CSV and upload that.")
                    if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
                        raise Unreadable(_DOCTYPE)
                    yield block
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
            raise Unreadable(_BROKEN) from None

    def refuse_declarations(self) -> None:
        """A DOCTYPE stands before the root, so the first block of the other parts the parser reads is enough."""
        for part in ("xl/sharedstrings.xml", "xl/styles.xml"):
            if part in self._names:
                next(self.stream(part), b"")

    def close(self) -> None:
        self._zip.close()

    def _relations(self) -> dict[str, str]:
        root = self._parse("xl/_rels/workbook.xml.rels")
        return {
            element.get("Id", ""): _resolved(element.get("Target", ""))
            for element in root.iterfind("{*}Relationship")
            if element.get("Type", "").endswith("/worksheet")
        }

    def _parse(self, part: str) -> etree._Element:
        content = b""
        for block in self.stream(part):
            content += block
            if len(content) > _MAX_SMALL_PART:
                raise Unreadable(_BROKEN)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError:
            raise Unreadable(_BROKEN) from None
        if root.getroottree().docinfo.doctype:
            raise Unreadable(_DOCTYPE)
        return root


def _refuse_other_formats(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise Unreadable("The file is empty.")
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


def _refuse_many_parts(path: Path) -> None:
    # Counted in the raw bytes: zipfile would first build an object for each of a million entries.
    if sum(block.count(_ENTRY_MAGIC) for block in blocks(StoredFile(path))) > _MAX_PARTS:
        raise Unreadable("The workbook has more parts than a spreadsheet program writes; it is not read.")


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & 1:
        raise Unreadable(PROTECTED)
    ratio = entry.file_size / max(1, entry.compress_size)
    if entry.file_size > MAX_PART or (entry.file_size > _RATIO_FROM and ratio > _MAX_RATIO):
        raise Unreadable("The workbook unpacks to far more than its size; it is not read.")


def _relation_id(element: etree._Element) -> str:
    # The transitional and the strict flavour of the format name this attribute in different namespaces.
    values = (value for key, value in element.attrib.items() if key.endswith("}id"))
    return str(next(values, ""))


def _resolved(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))
