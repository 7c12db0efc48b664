from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from ingestion.content import StoredFile
from ingestion.errors import Unreadable
from ingestion.readers import workbook_process, xlsx_extent
from ingestion.readers.extent import Extent, refuse_oversized
from ingestion.readers.xlsx import XlsxReader
from tests.ingestion.readers.workbooks import OLE, patched, read, workbook


def test_formatted_empty_cells_far_below_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "formatted.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, ["x", "y"])
        sheet.write_blank(1_048_575, 200, None, book.add_format({"bold": True}))

    _, _, rows = read(path)

    assert rows == [["x", "y"]]


def test_sparse_sheet_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "sparse.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.write_string(999_999, 25, "stray")

    with pytest.raises(Unreadable, match='"Data" reaches to row 1000000 and column 26 but is almost empty'):
        XlsxReader.open(StoredFile(path))


def test_dense_sheet_beyond_the_limit_is_refused() -> None:
    extent = Extent(last_row=1_000_000, last_column=21, values=21_000_000)

    with pytest.raises(Unreadable, match="more than 20,000,000 cells; save it as CSV"):
        refuse_oversized(extent, "Data")


def test_password_protected_workbook_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "secret.xlsx"
    path.write_bytes(OLE + "EncryptedPackage".encode("utf-16-le"))

    with pytest.raises(Unreadable, match="protected with a password"):
        XlsxReader.open(StoredFile(path))


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_entities_are_refused(tmp_path: Path, part: str) -> None:
    def with_entity(xml: bytes) -> bytes:
        head, root = xml.split(b"?>", 1)
        return head + b'?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + root

    path = patched(workbook(tmp_path / "plain.xlsx", [["a"], ["x"]]), part, with_entity)

    with pytest.raises(Unreadable, match="holds XML declarations"):
        XlsxReader.open(StoredFile(path))


def test_part_that_unpacks_enormously_is_refused(tmp_path: Path) -> None:
    plain = workbook(tmp_path / "plain.xlsx", [["a"], ["x"]])
    path = patched(plain, "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * (60 << 20))

    with pytest.raises(Unreadable, match="unpacks to far more than its size"):
        XlsxReader.open(StoredFile(path))


def test_directory_that_lies_about_sizes_does_no_harm(tmp_path: Path) -> None:
    plain = workbook(tmp_path / "plain.xlsx", [["a"], ["x"]])
    content = bytearray(plain.read_bytes())
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    content[entry + 24 : entry + 28] = struct.pack("<I", 10)
    path = tmp_path / "lying.xlsx"
    path.write_bytes(content)

    with pytest.raises(Unreadable):
        XlsxReader.open(StoredFile(path))


def test_archive_of_very_many_parts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        for number in range(10_001):
            package.writestr(str(number), "")

    with pytest.raises(Unreadable, match="more parts than a spreadsheet program writes"):
        XlsxReader.open(StoredFile(path))


def test_parser_out_of_memory_is_told_in_a_sentence(tmp_path: Path) -> None:
    # Shared strings that no cell uses cost the parser memory, while the sheet looks harmless.
    plain = workbook(tmp_path / "plain.xlsx", [["a"], ["x"]])
    texts = b"<si><t>some text of a cell</t></si>" * 1_000_000
    path = patched(plain, "xl/sharedStrings.xml", lambda xml: xml.replace(b"</sst>", texts + b"</sst>"))

    process = workbook_process.WorkbookProcess(path, "Data", memory_limit=64 << 20)
    with pytest.raises(Unreadable, match="needs more memory than the 64 MB"):
        list(process.frames())
    process.close()


def test_parser_starts_from_any_folder_and_is_gone_after_close(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workbook(tmp_path / "book.xlsx", [["a"], ["x"]])
    monkeypatch.chdir(tmp_path)

    process = workbook_process.WorkbookProcess(Path("book.xlsx"), "Data")
    frames = list(process.frames())
    process.close()

    assert frames == [(["Data"], "Data", 0, 0, 2, 1), (1, [("a", "x")])]
    assert process._process.returncode is not None


def test_cells_without_an_end_are_measured_in_linear_time() -> None:
    """Each looks for an end tag that never comes: a search over the rest for each would take hours."""
    hostile = b'<sheetData><row r="1">' + b'<c t="e" r="A1">' * 300_000

    extent = xlsx_extent.measure([hostile, b'<c r="Z1"><v>1</v></c></row></sheetData>'])

    assert (extent.last_row, extent.last_column) == (1, 26)
