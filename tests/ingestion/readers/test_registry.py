from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from ingestion.base import Reader
from ingestion.content import StoredFile
from ingestion.errors import Unreadable
from ingestion.readers.text import TextReader
from ingestion.readers.xlsx import XlsxReader
from ingestion.registry import READERS, load, reader_for

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet().write_row(0, 0, ["a", "b"])
    return content.getvalue()


def archive(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for name in names:
            package.writestr(name, "x")
    return content.getvalue()


def stored(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "stored"
    path.write_bytes(content)
    return path


def test_every_kind_loads_a_reader_that_says_the_same() -> None:
    for kind in READERS:
        reader = load(kind)

        assert issubclass(reader, Reader)
        assert reader.kind == kind


@pytest.mark.parametrize("name", ["file.csv", "file.txt", "file.tsv", "FILE.CSV", "no extension", "file.dat"])
def test_reader_for_text_under_any_name(tmp_path: Path, name: str) -> None:
    path = stored(tmp_path, b"a,b\n1,2\n")

    assert reader_for(StoredFile(path, name)) is TextReader


@pytest.mark.parametrize("name", ["file.xlsx", "file.csv", "file", "file.xls"])
def test_reader_for_workbook_under_any_name(tmp_path: Path, name: str) -> None:
    path = stored(tmp_path, workbook())

    assert reader_for(StoredFile(path, name)) is XlsxReader


@pytest.mark.parametrize("head", ["MZ,name\n", "BZh;b\n", "GIF8,PAR1\n", "[draft],b\n", "{x},b\n", "<5,b\n"])
def test_reader_for_text_that_begins_like_another_format(tmp_path: Path, head: str) -> None:
    path = stored(tmp_path, head.encode() + b"1,2\n" * 200)

    assert reader_for(StoredFile(path, "file.csv")) is TextReader


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7\n", "This is a PDF document, not a table."),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "This is a PNG image, not a table."),
        (b"MZ" + bytes(500), "This is a Windows program, not a table."),
        (bytes(range(1, 256)) * 20, "This is a binary file, not text."),
        (gzip.compress(b"a,b\n1,2\n" * 50, mtime=0), "This is a gzip archive. Unpack it"),
        (b"<!DOCTYPE html><table>", "This is a web page, not a table."),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "This workbook is protected with a password."),
        (archive("a.csv", "b.csv"), "This is a zip archive. Unpack it"),
        (archive("mimetype", "content.xml"), "This is an OpenDocument file, but no spreadsheet."),
        (archive("xl/workbook.bin"), "This is an Excel binary workbook (.xlsb)."),
        (archive("word/document.xml"), "This is a Word document, not a table."),
    ],
)
def test_reader_for_other_formats_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = stored(tmp_path, content)

    with pytest.raises(Unreadable) as refused:
        reader_for(StoredFile(path, "invoices.csv"))

    assert str(refused.value).startswith(sentence)


def test_reader_for_text_called_workbook_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path, b"a,b\n1,2\n")

    with pytest.raises(Unreadable, match="called a workbook but holds text"):
        reader_for(StoredFile(path, "file.xlsx"))


def test_reader_for_truncated_workbook_says_damaged(tmp_path: Path) -> None:
    path = stored(tmp_path, workbook()[:-400])

    reader = reader_for(StoredFile(path, "file.xlsx"))

    with pytest.raises(Unreadable, match="damaged or was cut off"):
        reader.open(StoredFile(path))
