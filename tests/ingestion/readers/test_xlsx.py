from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from ingestion.base import Layout
from ingestion.content import StoredFile
from ingestion.errors import Unreadable
from ingestion.readers.workbook_cells import to_number
from ingestion.readers.xlsx import XlsxReader
from tests.contracts.reader_contract import ReaderContract
from tests.ingestion.readers.workbooks import OLE, patched, read, workbook


class TestXlsxContract(ReaderContract):
    reader = XlsxReader

    @pytest.fixture
    def table_path(self, tmp_path: Path) -> Path:
        rows: list[list[object]] = [[f"A{number}", number * 1.5, date(2024, 1, 1)] for number in range(40)]
        rows[5] = []
        return workbook(tmp_path / "table.xlsx", [["key", "amount", "date"], *rows])

    @pytest.fixture
    def unreadable_paths(self, tmp_path: Path) -> list[Path]:
        good = workbook(tmp_path / "good.xlsx", [["a", "b"], ["1", "2"]]).read_bytes()
        empty_zip = io.BytesIO()
        zipfile.ZipFile(empty_zip, "w").close()
        contents = {
            "empty": b"",
            "text": b"a,b\n1,2\n",
            "cut": good[: len(good) // 2],
            "scrambled": good[:400] + bytes(200) + good[600:],
            "no parts": empty_zip.getvalue(),
            "old": OLE,
            "no rows": workbook(tmp_path / "none.xlsx", []).read_bytes(),
            "twice": workbook(tmp_path / "twice.xlsx", [["Name", "name "]]).read_bytes(),
        }
        paths = [tmp_path / name for name in contents]
        for path, content in zip(paths, contents.values(), strict=True):
            path.write_bytes(content)
        return paths


def test_cells_keep_their_type(tmp_path: Path) -> None:
    moment = datetime(2024, 3, 1, 10, 30)
    path = tmp_path / "types.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["text", "phone", "sum", "flag", "day", "moment", "error", "empty", "time"])
        sheet.write_string(1, 0, "00042")
        sheet.write_row(1, 1, [4566882411, 0.1 + 0.2, True])
        sheet.write_datetime(1, 4, datetime(2024, 3, 1), book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_datetime(1, 5, moment)
        sheet.write_formula(1, 6, "=NA()", None, "#N/A")
        sheet.write_number(1, 8, 1.5, book.add_format({"num_format": "[h]:mm"}))
        sheet.write_string(2, 7, "x")

    _, _, rows = read(path)

    expected = [
        "00042",
        Decimal("4566882411"),
        Decimal("0.3"),
        True,
        date(2024, 3, 1),
        moment,
        "#N/A",
        None,
        "36:00:00",
    ]
    assert rows[0] == expected
    assert [type(cell) for cell in rows[0]] == [type(cell) for cell in expected]
    assert rows[1] == [None] * 7 + ["x", None]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4566882411.0, "4566882411"),
        (0.1 + 0.2, "0.3"),
        (1e20, "100000000000000000000"),
        (1.5e-7, "0.00000015"),
        (-0.0, "0"),
        (1234.50, "1234.5"),
        (999999999999999.0, "999999999999999"),
    ],
)
def test_number_has_the_digits_a_person_sees(value: float, text: str) -> None:
    assert format(to_number(value), "f") == text


@given(st.decimals(min_value=-(10**10), max_value=10**10, places=4))
def test_number_of_up_to_fifteen_digits_survives_the_sheet(amount: Decimal) -> None:
    assert to_number(float(amount)) == amount


def test_lines_are_the_rows_of_the_sheet(tmp_path: Path) -> None:
    rows = [["key", "n"], ["a", 1], [], ["b", 2], [], [], ["c", 0]]
    path = workbook(tmp_path / "offset.xlsx", rows, first_row=10, first_column=3)

    layout, lines, read_rows = read(path, size=2)

    assert layout.header == ["key", "n"]
    assert lines == [12, 14, 17]
    assert read_rows == [["a", Decimal(1)], ["b", Decimal(2)], ["c", Decimal(0)]]


def test_row_of_errors_only_is_not_empty(tmp_path: Path) -> None:
    path = tmp_path / "errors.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(2, 1, ["key", "amount"])
        sheet.write_formula(3, 2, "=1/0", None, "#DIV/0!")

    _, lines, rows = read(path)

    assert (lines, rows) == ([4], [[None, "#DIV/0!"]])


def test_header_cells_become_text_and_nameless_columns_get_a_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "header.xlsx", [[2024, " name ", None, True], [1, "x", "y", 2]])

    layout, _, _ = read(path)

    assert layout.header == ["2024", "name", "column 3", "TRUE"]


def test_duplicate_header_names_both_positions(tmp_path: Path) -> None:
    path = workbook(tmp_path / "twice.xlsx", [["Amount", "Date", "AMOUNT"], [1, 2, 3]])

    with pytest.raises(Unreadable, match='The header "AMOUNT" names two columns, 1 and 3'):
        XlsxReader.open(StoredFile(path))


def test_sheet_is_the_first_visible_one_with_cells(tmp_path: Path) -> None:
    path = tmp_path / "sheets.xlsx"
    with xlsxwriter.Workbook(path) as book:
        hidden, empty, used = (book.add_worksheet(name) for name in ("Hidden", "Empty", "Køb & salg"))
        hidden.write_row(0, 0, ["secret"])
        hidden.hide()
        empty.activate()
        used.write_row(0, 0, ["a", "b"])
        used.write_row(1, 0, [1, 2])

    layout, _, rows = read(path)

    assert layout == Layout(header=["a", "b"], sheet="Køb & salg", sheets=("Køb & salg", "Empty"))
    assert rows == [[Decimal(1), Decimal(2)]]


def test_workbook_of_openpyxl_with_inline_strings_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("S")
    for row in (["a", "b"], ["00x", 1.25], [date(2024, 5, 6), "<&>"]):
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")

    _, _, rows = read(tmp_path / "book.xlsx")

    assert rows == [["00x", Decimal("1.25")], [date(2024, 5, 6), "<&>"]]


def test_workbook_whose_tags_have_a_prefix_is_read(tmp_path: Path) -> None:
    def with_prefix(xml: bytes) -> bytes:
        return re.sub(rb"<(/?)(?=[a-z])", rb"<\1x:", xml).replace(b"xmlns=", b"xmlns:x=")

    plain = workbook(tmp_path / "plain.xlsx", [["a", "b"], ["x", 2.5]])
    path = patched(plain, "xl/worksheets/sheet1.xml", with_prefix)

    _, lines, rows = read(path)

    assert (lines, rows) == ([2], [["x", Decimal("2.5")]])


CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
TEXT = st.text(CHARACTERS, max_size=9)
AMOUNT = st.decimals(min_value=-(10**9), max_value=10**9, places=2).map(lambda amount: amount + 0)
DAY = st.dates(date(1901, 1, 1), date(2100, 1, 1))


@given(st.lists(st.tuples(TEXT, AMOUNT, DAY, st.booleans()), min_size=1, max_size=8))
def test_what_xlsxwriter_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, Decimal, date, bool]]
) -> None:
    path = tmp_path_factory.mktemp("xlsx") / "book.xlsx"
    workbook(path, [["text", "amount", "day", "flag"], *map(list, rows)])

    _, lines, read_rows = read(path, size=3)

    assert lines == list(range(2, 2 + len(rows)))
    assert read_rows == [[text or None, amount, day, flag] for text, amount, day, flag in rows]
