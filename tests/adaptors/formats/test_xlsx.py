"""Workbooks as openpyxl reads them."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from adaptors.formats.base import Unsayable
from adaptors.formats.table.format import XlsxFormat
from tests.adaptors.samples import SAMPLES, document, line


def sheet_of(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def cells(*names: str, of: Any = None, **options: Any) -> list[Any]:
    """The cells of the first row below the headings."""
    columns = [{"heading": name, "field": name} for name in names]
    return list(sheet_of(XlsxFormat({"columns": columns, **options}).render(of or document()).content)[2])


def exact(value: Any) -> Decimal:
    return Decimal(f"{value:.15g}")


@pytest.mark.parametrize("name", SAMPLES)
def test_document_is_read_back_with_its_totals_and_parties(name: str) -> None:
    of = SAMPLES[name]()
    amounts = ("net_amount", "tax_amount", "total_amount", "payable_amount", "line_net_amount", "line_price")

    found = [cell.value for cell in cells(*amounts, "due_date", "buyer_name", "seller_name", of=of)]

    assert [*map(exact, found[:6])] == [
        of.totals.net, of.totals.tax, of.totals.gross, of.totals.payable, of.lines[0].net, of.lines[0].price,
    ]  # fmt: skip
    assert (found[6].date() if found[6] else None) == of.due_date
    assert found[7:] == [of.buyer.name, of.seller.name]


def test_numbers_are_numbers_and_dates_dates() -> None:
    amount, day, number = cells("total_amount", "issue_date", "number", date="dd-mm-yyyy")

    assert (amount.value, amount.data_type, amount.number_format) == (1250, "n", "#,##0.00")
    assert (day.value, day.is_date, day.number_format) == (datetime(2026, 3, 15), True, "dd-mm-yyyy")
    assert (number.value, number.data_type) == ("10482", "s")


def test_number_of_more_digits_than_a_cell_keeps_is_text() -> None:
    of = document(lines=[line(price="0.1234567890123456", net="0.25")])

    assert [cell.value for cell in cells("line_price", of=of)] == ["0.1234567890123456"]
    assert [cell.value for cell in cells("issue_date", of=replace(of, issue_date=date(1899, 12, 31)))] == ["1899-12-31"]


@pytest.mark.parametrize("text", ["=1+1", "https://example.com", "'x", "漢字 <&>", "0042"])
def test_text_is_text_whatever_it_says(text: str) -> None:
    (cell,) = cells("line_name", of=document(lines=[line(name=text)]))

    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_sheet_has_every_line_below_bold_headings() -> None:
    sheet = sheet_of(XlsxFormat().render(SAMPLES["two_hundred_lines"]()).content)

    assert (sheet.max_row, sheet.freeze_panes, sheet["B1"].value, sheet["B1"].font.bold) == (
        201, "A2", "Document number", True,
    )  # fmt: skip


def test_headings_may_be_left_out() -> None:
    assert sheet_of(XlsxFormat({"headings": False}).render(document()).content).max_row == 1


def test_text_longer_than_a_cell_holds_the_document() -> None:
    with pytest.raises(
        Unsayable, match=r"A cell holds 32,767 characters, and the column “note” has more: choose CSV\."
    ):
        cells("note", of=replace(document(), note="x" * 32_768))


def test_same_document_makes_the_same_bytes_at_any_time() -> None:
    before = XlsxFormat().render(SAMPLES["two_rates"]())
    time.sleep(2.1)  # a ZIP counts two seconds

    assert XlsxFormat().render(SAMPLES["two_rates"]()) == before
