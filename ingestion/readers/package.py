"""The zip package of a workbook, looked at before anything parses it: is it whole, is it small enough."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from ingestion.content import StoredFile
from ingestion.errors import Unreadable
from ingestion.readers.encoding import blocks
from ingestion.readers.signatures import PROTECTED

MAX_PART = 2 << 30
_MAX_PARTS = 10_000
_MAX_SMALL_PART = 8 << 20
_RATIO_FROM = 50 << 20
_MAX_RATIO = 500
_BLOCK = 1 << 20
_ENTRY_MAGIC = b"PK\x01\x02"
_BROKEN = "The workbook is damaged or was cut off on its way. Save it again and upload it."
_DOCTYPE = "The workbook holds XML declarations that no spreadsheet program writes; it is not read."


class _Nothing:
    """What is made of XML that is only to be checked."""

    def close(self) -> None:
        """The end of the document."""


class Package:
    """Parts by their names, whatever their case. Raises `Unreadable` for what no spreadsheet program writes."""

    def __init__(self, path: Path) -> None:
        _refuse_many_parts(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            raise Unreadable(_BROKEN) from None
        self._names = {name.lower(): name for name in self._zip.namelist()}
        for entry in self._zip.infolist():
            _check_entry(entry)

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._names

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

    def well_formed(self, part: str) -> Iterator[bytes]:
        """The content of a part in blocks, checked on the way: some parsers never end on XML that is cut off."""
        parser = etree.XMLParser(target=_Nothing(), resolve_entities=False, no_network=True, huge_tree=True)
        try:
            for block in self.stream(part):
                parser.feed(block)
                yield block
            parser.close()
        except etree.XMLSyntaxError:
            raise Unreadable(_BROKEN) from None

    def parse(self, part: str, most: int = _MAX_SMALL_PART) -> etree._Element:
        """The root of a part of at most so many bytes."""
        content = b""
        for block in self.stream(part):
            content += block
            if len(content) > most:
                raise Unreadable(_BROKEN)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError:
            raise Unreadable(_BROKEN) from None
        if root.getroottree().docinfo.doctype:
            raise Unreadable(_DOCTYPE)
        return root

    def close(self) -> None:
        self._zip.close()


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
