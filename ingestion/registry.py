"""Which readers there are, and which one reads a given file."""

from __future__ import annotations

import zipfile
import zlib
from importlib import import_module

from ingestion.base import Content, Reader
from ingestion.content import unchecked
from ingestion.errors import NoRows, Unreadable
from ingestion.readers.signatures import EMPTY_FILE, OLE_MAGIC, PROTECTED, SPREADSHEET, ZIP_MAGIC, refusal
from ingestion.readers.xlsx_package import is_encrypted

READERS: dict[str, tuple[str, str]] = {
    "xml": ("XML", "ingestion.readers.xml_rows.XmlReader"),
    "jsonl": ("JSON Lines", "ingestion.readers.jsonl.JsonLinesReader"),
    "json": ("JSON", "ingestion.readers.json_document.JsonReader"),
    "xlsx": ("Excel workbook", "ingestion.readers.xlsx.XlsxReader"),
    "xls": ("Excel 97–2003 workbook", "ingestion.readers.xls.XlsReader"),
    "ods": ("OpenDocument spreadsheet", "ingestion.readers.ods.OdsReader"),
    "csv": ("CSV or other delimited text", "ingestion.readers.text.TextReader"),
}
"""Kind → (label, dotted path)."""

_HEAD = 8_192


def load(kind: str) -> type[Reader]:
    """The reader class of a kind. Raises `KeyError` for one that is not in the table."""
    _, dotted_path = READERS[kind]
    module, _, name = dotted_path.rpartition(".")
    reader: type[Reader] = getattr(import_module(module), name)
    return reader


def extensions() -> list[str]:
    """What the names of files that can be read end in, packed ones included."""
    own = [extension for kind in READERS for extension in load(kind).extensions]
    return [*dict.fromkeys(own), ".gz", ".zip"]


def reader_for(content: Content) -> type[Reader]:
    """The reader for a file. What it holds counts more than what it is called.

    Raises `Unreadable` when it is of a format nobody here reads.
    """
    with content.open() as file:
        head = file.read(_HEAD)
    if not head:
        raise NoRows(EMPTY_FILE)
    if head.startswith(ZIP_MAGIC):
        return _reader_of_zip(content)
    if head.startswith(OLE_MAGIC):
        _refuse_protected(content)
        return load("xls")
    if reason := refusal(head):
        raise Unreadable(reason)
    return _reader_of_text(head, content.name)


def _reader_of_text(head: bytes, name: str) -> type[Reader]:
    if name.lower().endswith(load("xlsx").extensions):
        raise Unreadable("This file is called a workbook but holds text. Rename it to .csv and upload it again.")
    for kind in READERS:
        if load(kind).recognises(head, name):
            return load(kind)
    raise Unreadable("This is not a table that can be read. Upload a .csv or .xlsx file.")


def _refuse_protected(content: Content) -> None:
    with content.local() as path:
        if is_encrypted(path):
            raise Unreadable(PROTECTED)


def _reader_of_zip(content: Content) -> type[Reader]:
    with content.local() as path, path.open("rb") as file:
        archive = unchecked(file)
        names = {name.lower() for name in archive.namelist()} if archive else set()
        if archive and "content.xml" in names and _mimetype(archive).startswith(SPREADSHEET):
            return load("ods")
    if archive is None:
        # Whether it was a workbook cannot be told; its reader says that it is damaged.
        return load("xlsx")
    if "xl/workbook.xml" in names:
        return load("xlsx")
    raise Unreadable(_zip_refusal(names))


def _mimetype(archive: zipfile.ZipFile) -> bytes:
    try:
        with archive.open("mimetype") as part:
            return part.read(len(SPREADSHEET))
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError):
        return b""


def _zip_refusal(names: set[str]) -> str:
    if "xl/workbook.bin" in names:
        return "This is an Excel binary workbook (.xlsb). Save it as .xlsx or .csv and upload it again."
    if "content.xml" in names and "mimetype" in names:
        return "This is an OpenDocument file, but no spreadsheet. Save the table as .ods, .xlsx or .csv and upload it."
    if "word/document.xml" in names:
        return "This is a Word document, not a table. Upload a .csv or .xlsx file."
    return "This is a zip archive. Unpack it and upload the file inside."
