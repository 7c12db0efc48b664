"""CSV as other programs read it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptors.formats.base import Unsayable
from adaptors.formats.table.columns import FIELDS
from adaptors.formats.table.format import CsvFormat
from arhub.formulas import unguard
from tests.adaptors.samples import SAMPLES, credit, document, line

ALL = [{"heading": name, "field": name} for name in FIELDS]


def rows_of(content: bytes, codec: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(codec), newline=""), delimiter=delimiter, strict=True))


def written(*columns: dict[str, Any], of: Any = None, **options: Any) -> list[list[str]]:
    form = CsvFormat({"columns": list(columns), "headings": False, **options})
    return rows_of(form.render(of or document()).content)


@pytest.mark.parametrize("name", SAMPLES)
def test_document_is_read_back_with_all_its_amounts_and_parties(name: str) -> None:
    of = SAMPLES[name]()

    first, *rows = rows_of(CsvFormat({"columns": ALL}).render(of).content)
    read = [dict(zip(first, row, strict=True)) for row in rows]

    assert len(read) == len(of.lines)
    assert sum(Decimal(row["line_net_amount"]) for row in read) == of.totals.lines
    for row in read:
        totals = ("net_amount", "tax_amount", "total_amount", "payable_amount")
        found = tuple(Decimal(row[total]) for total in totals)
        assert found == (of.totals.net, of.totals.tax, of.totals.gross, of.totals.payable)
        assert (row["number"], row["currency"], row["document_type"]) == (of.number, of.currency, of.kind)
        assert row["due_date"] == (of.due_date.isoformat() if of.due_date else "")
        assert (unguard(row["seller_name"]), unguard(row["buyer_name"])) == (of.seller.name, of.buyer.name)
        assert row["buyer_vat_number"] == of.buyer.vat_number
    assert [row["line_name"] for row in read] == [one.name for one in of.lines]


@pytest.mark.parametrize("name", SAMPLES)
def test_same_document_makes_the_same_bytes(name: str) -> None:
    assert CsvFormat().render(SAMPLES[name]()) == CsvFormat().render(SAMPLES[name]())


def test_usual_file_is_as_other_exports_of_the_hub() -> None:
    rendered = CsvFormat().render(document())

    assert (rendered.media_type, rendered.ending) == ("text/csv; charset=utf-8", "csv")
    assert rendered.content.decode() == (
        "\ufeffDocument type,Document number,Date,Due date,Customer: Number,Customer: Name,Customer order number,"
        "Currency,Line number,Supplier's item number,Item,Quantity,Unit (UN/ECE Rec 20),Unit price,VAT rate in percent,"
        "Line's amount without VAT,Total without VAT,VAT,Total with VAT,Amount to pay\r\n"
        "invoice,10482,2026-03-15,2026-04-14,10042,Nordic Pumps A/S,PO-4711,DKK,1,,Pumpe P-100,2,C62,500.00,25,1000.00,"
        "1000.00,250.00,1250.00,1250.00\r\n"
    )


def test_danish_file_has_semicolons_commas_and_its_own_dates() -> None:
    columns = [
        {"heading": "Dato", "field": "issue_date"},
        {"heading": "År", "field": "issue_date", "date": "yymmdd"},
        {"heading": "Beløb", "field": "total_amount"},
        {"heading": "Hele", "field": "line_price", "digits": 0, "decimal": "."},
        {"heading": "Tekst", "template": "{line_name}: {line_net_amount}; {due_date}", "digits": 1},
    ]
    options = {
        "delimiter": "semicolon",
        "decimal": ",",
        "date": "dd-mm-yyyy",
        "encoding": "iso-8859-1",
        "line_end": "lf",
    }

    rendered = CsvFormat({"columns": columns, **options}).render(document())

    assert rendered.media_type == "text/csv; charset=iso-8859-1"
    assert rendered.content.decode("iso-8859-1") == (
        "Dato;År;Beløb;Hele;Tekst\n"
        '15-03-2026;260315;1250,00;500;"Pumpe P-100: 1000,0; 14-04-2026"\n'
    )  # fmt: skip


def test_row_for_each_document_has_the_usual_columns_of_documents() -> None:
    heads, row = rows_of(CsvFormat({"rows": "documents"}).render(SAMPLES["ten_lines"]()).content)

    assert heads[-2:] == ["Amount to pay", "Payment reference"]
    assert row[-2:] == ["4829.69", "10482"]


def test_amounts_have_the_digits_of_the_total() -> None:
    assert written({"heading": "A", "field": "prepaid_amount"}, {"heading": "Q", "field": "line_quantity"}) == [
        ["0.00", "2"]
    ]


def test_credit_notes_get_a_minus_where_it_is_asked_for() -> None:
    columns = [
        {"heading": name, "field": name} for name in ("line_quantity", "line_price", "total_amount", "rounding_amount")
    ]

    assert written(*columns, of=credit()) == [["2", "500.00", "1250.00", "0.00"]]
    assert written(*columns, of=credit(), credit_sign="minus") == [["-2", "500.00", "-1250.00", "0.00"]]
    assert written(*columns, credit_sign="minus") == [["2", "500.00", "1250.00", "0.00"]]


def test_amount_is_rounded_half_away_from_zero() -> None:
    column = {"heading": "Price", "field": "line_price", "digits": 2}

    assert written(column, of=document(lines=[line(price="0.125")])) == [["0.13"]]


@pytest.mark.parametrize("text", ["=1+1", "+1 or so", "-x", "@cmd", "\tx", '="a";b', "'=1"])
def test_text_that_a_spreadsheet_would_run_is_kept_from_it(text: str) -> None:
    name, note = {"heading": "Name", "field": "line_name"}, {"heading": "=1+1", "constant": text}

    first, row = rows_of(CsvFormat({"columns": [name, note]}).render(document(lines=[line(name=text)])).content)

    assert first == ["Name", "'=1+1"]
    assert row == [f"'{text}", f"'{text}"]


def test_numbers_below_zero_stay_numbers() -> None:
    columns = [
        {"heading": "A", "field": "total_amount", "decimal": ","},
        {"heading": "B", "template": "{total_amount}"},
    ]

    assert written(*columns, of=SAMPLES["negative_total"]()) == [["-625,00", "-625.00"]]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\"',;=")))
def test_any_text_comes_back(text: str) -> None:
    column = {"heading": "Note", "field": "note"}

    read = written(column, {"heading": "End", "constant": "|"}, of=replace(document(), note=text))

    assert [[unguard(cell) for cell in row] for row in read] == [[text, "|"]]


def test_character_that_the_encoding_lacks_holds_the_document() -> None:
    of = replace(document(lines=[line(name="Pris i €"), line("2", "漢字")]), note="–")
    columns = [{"heading": "Vare", "field": "line_name"}, {"heading": "Nr.", "field": "line_number"}]

    with pytest.raises(Unsayable) as held:
        CsvFormat({"columns": columns, "encoding": "iso-8859-1"}).render(of)

    assert [str(one) for one in held.value.problems] == [
        "The column “Vare” holds €, which ISO 8859-1 (Western European) has no sign for: “Pris i €”.",
        "The column “Vare” holds 漢字, which ISO 8859-1 (Western European) has no sign for: “漢字”.",
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"delimiter": ";"}, "Delimiter: expected one of comma, semicolon, tab, pipe, found ';'."),
        ({"rows": None}, "Rows: expected one of lines, documents, found 'None'."),
        ({"headings": "yes"}, "Row of headings: expected true or false, found 'yes'."),
        ({"columns": "x"}, "Expected a list of 1 to 200 columns, found “x”."),
        (
            {"rows": "documents", "columns": [{"heading": "Item", "field": "line_name"}]},
            "“Item” holds something of a line, but the file has one row for each document: choose one for each line.",
        ),
    ],
)
def test_options_that_are_wrong_are_refused_with_a_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        CsvFormat(options)

    assert str(refused.value) == sentence
