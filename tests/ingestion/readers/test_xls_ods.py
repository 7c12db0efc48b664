from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.base import Cell, Layout, Options, Reader
from ingestion.content import StoredFile
from ingestion.errors import Unreadable
from ingestion.readers.ods import OdsReader
from ingestion.readers.xls import XlsReader
from ingestion.registry import reader_for
from tests.contracts.reader_contract import ReaderContract
from tests.corpus import formats

Write = Callable[..., bytes]
BOTH = pytest.mark.parametrize(("write", "reader"), [(formats.xls, XlsReader), (formats.ods, OdsReader)])
ROWS: list[list[object]] = [[f"A{number}", Decimal(number), date(2024, 1, 1)] for number in range(40)]
ROWS[5] = []
TABLE = [["key", "amount", "date"], *ROWS]


def read(path: Path, options: Options = Options()) -> tuple[Layout, list[int], list[list[Cell]]]:
    content = StoredFile(path)
    with reader_for(content).open(content, options) as table:
        chunks = list(table.chunks())
    return (
        table.layout,
        [line for chunk in chunks for line in chunk.lines],
        [row for chunk in chunks for row in chunk.rows],
    )


def stored(tmp_path: Path, content: bytes, name: str = "file") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def unreadable(tmp_path: Path, write: Write, good: bytes) -> list[Path]:
    contents = {
        "empty": b"",
        "text": b"a,b\n1,2\n",
        "cut": good[: len(good) // 2],
        "scrambled": good[:512] + bytes(200) + good[712:],
        "magic only": good[:8],
        "no rows": write([]),
        "twice": write([["Name", "name "]]),
    }
    return [stored(tmp_path, content, name) for name, content in contents.items()]


class TestXlsContract(ReaderContract):
    reader = XlsReader

    @pytest.fixture
    def table_path(self, tmp_path: Path) -> Path:
        return stored(tmp_path, formats.xls(TABLE))

    @pytest.fixture
    def unreadable_paths(self, tmp_path: Path) -> list[Path]:
        return unreadable(tmp_path, formats.xls, formats.xls(TABLE))


class TestOdsContract(ReaderContract):
    reader = OdsReader

    @pytest.fixture
    def table_path(self, tmp_path: Path) -> Path:
        return stored(tmp_path, formats.ods(TABLE))

    @pytest.fixture
    def unreadable_paths(self, tmp_path: Path) -> list[Path]:
        return unreadable(tmp_path, formats.ods, formats.ods(TABLE))


@BOTH
def test_cells_keep_their_type_and_errors_their_text(tmp_path: Path, write: Write, reader: type[Reader]) -> None:
    row = ["00042", 4566882411, Decimal("12.5"), True, date(2024, 3, 1), ValueError("#N/A"), None]
    path = stored(tmp_path, write([["text", "phone", "sum", "flag", "day", "error", "empty"], row]))

    _, lines, rows = read(path)

    assert reader_for(StoredFile(path)) is reader
    expected = ["00042", Decimal(4566882411), Decimal("12.5"), True, date(2024, 3, 1), "#N/A", None]
    assert (lines, rows) == ([2], [expected])
    assert [type(cell) for cell in rows[0]] == [type(cell) for cell in expected]


@BOTH
def test_first_visible_sheet_with_rows_is_read(tmp_path: Path, write: Write, reader: type[Reader]) -> None:
    rows = [["Aged debtors"], [], ["a", "b", "c"], ["x", 1, 2], ["y", 3, 4]]
    path = stored(tmp_path, write(rows, "Køb & salg", hidden=["Hidden"], before=["Empty"]))

    layout, lines, _ = read(path)

    assert (layout.sheet, layout.sheets) == ("Køb & salg", ("Køb & salg", "Empty"))
    assert (layout.header, layout.header_line, layout.titles) == (["a", "b", "c"], 3, ((1, "Aged debtors"),))
    assert lines == [4, 5]


@BOTH
@pytest.mark.parametrize(
    ("sheet", "sentence"),
    [("Hidden", 'no visible sheet "Hidden"; it has "Empty", "Data"'), ("Empty", "no rows"), ("None", 'sheet "None"')],
)
def test_sheet_that_cannot_be_chosen_is_named(
    tmp_path: Path, write: Write, reader: type[Reader], sheet: str, sentence: str
) -> None:
    path = stored(tmp_path, write(TABLE, hidden=["Hidden"], before=["Empty"]))

    with pytest.raises(Unreadable, match=sentence):
        read(path, Options(sheet=sheet))


@BOTH
def test_total_row_is_left_out(tmp_path: Path, write: Write, reader: type[Reader]) -> None:
    path = stored(tmp_path, write([["key", "name", "sum"], ["a", "x", 1], ["b", "y", 2], ["Total", None, 3]]))
    content = StoredFile(path)

    with reader.open(content) as table:
        lines = [line for chunk in table.chunks() for line in chunk.lines]

    assert (lines, table.totals) == ([2, 3], [(4, ["Total", None, Decimal(3)])])


def test_protected_xls_is_named_as_such(tmp_path: Path) -> None:
    good = formats.xls(TABLE)
    begin = good.index(struct.pack("<HHH", 0x809, 16, 0x600)) + 20
    kind, size = struct.unpack_from("<HH", good, begin)
    protected = good[:begin] + struct.pack("<HH", 0x2F, size) + good[begin + 4 :]

    with pytest.raises(Unreadable, match="protected with a password"):
        read(stored(tmp_path, protected))
    assert kind != 0x2F


@pytest.mark.parametrize(
    "write",
    [lambda rows: formats.xls(rows).replace("Workbook".encode("utf-16-le"), "Document".encode("utf-16-le"))],
)
def test_other_office_document_is_no_workbook(tmp_path: Path, write: Write) -> None:
    with pytest.raises(Unreadable, match="This Office document holds no workbook"):
        read(stored(tmp_path, write(TABLE)))


def test_sparse_xls_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    rows: list[list[object]] = [["a"], *[[] for _ in range(65_534)], [*[None] * 255, "stray"]]

    with pytest.raises(Unreadable, match='"Data" reaches to row 65536 and column 256 but is almost empty'):
        read(stored(tmp_path, formats.xls(rows)))


def test_large_xls_of_several_fat_sectors_is_read(tmp_path: Path) -> None:
    rows = [["key", "text"], *[[f"A{number}", f"text {number} " * 20] for number in range(9_000)]]

    _, lines, read_rows = read(stored(tmp_path, formats.xls(rows)))

    assert lines == list(range(2, 9_002))
    assert read_rows[-1] == ["A8999", ("text 8999 " * 20)]


CELL = '<table:table-cell office:value-type="string"{}><text:p>x</text:p></table:table-cell>'
ROW = "<table:table-row{}>{}</table:table-row>"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            ROW.format("", CELL.format(' table:number-columns-repeated="100000000"')),
            "repeats the same cells 100,000,000 times",
        ),
        (
            ROW.format(' table:number-rows-repeated="1048576"', CELL.format(' table:number-columns-repeated="1000"')),
            "repeats the same cells",
        ),
        (
            ROW.format("", CELL.format(""))
            + ROW.format(' table:number-rows-repeated="999998"', "<table:table-cell/>")
            + ROW.format("", CELL.format("")),
            '"S" reaches to row 1000000 and column 1 but is almost empty',
        ),
    ],
)
def test_repeated_cells_are_counted_before_they_are_parsed(tmp_path: Path, rows: str, sentence: str) -> None:
    content = formats.ods_of(f'<table:table table:name="S">{rows}</table:table>')

    with pytest.raises(Unreadable, match=sentence):
        read(stored(tmp_path, content))


def test_repeated_rows_of_errors_are_refused(tmp_path: Path) -> None:
    error = CELL.format(' calcext:value-type="error"')
    rows = ROW.format(' table:number-rows-repeated="900000"', error * 20)

    with pytest.raises(Unreadable, match="More than 200,000 rows hold Excel errors"):
        read(stored(tmp_path, formats.ods_of(f'<table:table table:name="S">{rows}</table:table>')))


def test_encrypted_ods_is_named_as_such(tmp_path: Path) -> None:
    entry = '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>'

    with pytest.raises(Unreadable, match="protected with a password"):
        read(stored(tmp_path, formats.ods_of("", entry)))


def test_entities_in_ods_are_refused(tmp_path: Path) -> None:
    content = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><office:document-content/>'

    with pytest.raises(Unreadable, match="holds XML declarations"):
        read(stored(tmp_path, formats.packed({"mimetype": formats.MIMETYPE, "content.xml": content})))


def test_leading_zeros_of_a_number_format_come_along(tmp_path: Path) -> None:
    rows = [["no", "zip", "sum"], *[[number, Decimal(800 + number), Decimal(number)] for number in range(1, 4)]]
    path = stored(tmp_path, formats.xlsx(rows, formats={0: "00000", 1: "0000", 2: "0.00"}))

    _, _, read_rows = read(path)

    assert read_rows[0] == ["00001", "0801", Decimal(1)]
    assert [row[0] for row in read_rows] == ["00001", "00002", "00003"]
