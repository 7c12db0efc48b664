"""Title rows, total rows, merged header cells, sheets: files made for people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.corpus import formats
from tests.corpus.case import Case, Columns, Record, day, grid, mapped, money, sheet_case, text_case
from tests.corpus.countries import AMERICANS, BRITONS, COMMA, DANES, DANISH, ENGLISH, GERMAN, GERMANS

_COMPACT: Columns = ENGLISH
_SHORT: Columns = (("Invoice no", "invoice_number"), ("Customer no", "account_id"), ("Amount", "total_amount"))
_GROUPED: Columns = (
    ("Customer No", "account_id"), ("Customer Name", "account_name"), ("Invoice No", "invoice_number"),
    ("Invoice Date", "invoice_date"), ("Due date", "due_date"), ("Outstanding amount", "balance_due"),
)  # fmt: skip
_GROUPS = [["Customer", "", "Invoice", "", "", ""], ["No", "Name", "No", "Date", "Due date", "Outstanding amount"]]
TOTAL_ENERGIES: list[Record] = [
    {"invoice_number": "T-1", "account_id": "100", "account_name": "Alpha Ltd", "invoice_date": date(2026, 3, 20),
     "due_date": date(2026, 4, 20), "currency": "EUR", "total_amount": Decimal("10.50"), "balance_due": Decimal("10.50")},
    {"invoice_number": "T-2", "account_id": "101", "account_name": "Total Energies", "invoice_date": date(2026, 3, 21),
     "due_date": date(2026, 4, 21), "currency": "EUR", "total_amount": Decimal("20.50"), "balance_due": Decimal("0")},
    {"invoice_number": "T-3", "account_id": "102", "account_name": "Total", "invoice_date": date(2026, 3, 22),
     "due_date": date(2026, 4, 22), "currency": "EUR", "total_amount": Decimal("30.50"), "balance_due": Decimal("30.50")},
]  # fmt: skip


def cases() -> list[Case]:
    return [*_texts(), *_sheets()]


def _texts() -> list[Case]:
    return [
        text_case(
            "us aged report", _COMPACT, AMERICANS, day=day("%m/%d/%Y"), money=money(",", ".", negative="({})"),
            titles=[["Acme Holdings, Inc."], ["Accounts receivable aging, all customers"], ["As of 04/30/2026"], []],
            totals=[["Total", "", "", "", "", "", "1,235,652.34", "1,235,552.39"], ["Printed 04/30/2026, page 1"]],
            left_out=((1, "Acme Holdings, Inc."), (2, "Accounts receivable aging, all customers"), (3, "As of 04/30/2026"),
                      (10, "Total 1,235,652.34 1,235,552.39"), (11, "Printed 04/30/2026, page 1")),
        ),
        text_case(
            "dk report", DANISH, DANES, day=day("%d-%m-%Y"), money=COMMA, delimiter=";", encoding="cp1252",
            titles=[["Åbne poster", "", "", "", "", "", "", "", ""], ["Firma:", "Acme A/S", "Dato:", "30-04-2026"]],
            totals=[["I alt", "", "", "", "", "DKK", "1.235.652,34", "1.235.552,39", ""]],
            left_out=((1, "Åbne poster"), (2, "Firma: Acme A/S Dato: 30-04-2026"),
                      (8, "I alt DKK 1.235.652,34 1.235.552,39")),
        ),
        text_case(
            "de report with rule", GERMAN, GERMANS, day=day("%d.%m.%Y"), money=COMMA, delimiter=";",
            totals=[["", "", "", "", "", "", "------", "------", ""],
                    ["Summe:", "", "", "", "", "", "1.235.652,34", "1.235.552,39", ""], ["Seite 1 von 1"]],
            left_out=((6, "------ ------"), (7, "Summe: 1.235.652,34 1.235.552,39"), (8, "Seite 1 von 1")),
        ),
        text_case("total energies", _COMPACT, TOTAL_ENERGIES),
        text_case("customer called total first", (_COMPACT[2], *_COMPACT[:2], *_COMPACT[3:]), TOTAL_ENERGIES),
        text_case("three columns and a total", _SHORT, BRITONS, totals=[["Total", "", "1235652.34"]],
                  left_out=((6, "Total 1235652.34"),)),
        Case(
            "header of two rows", "invoice", "grouped.csv",
            formats.text([*_GROUPS, *grid(_GROUPED, BRITONS, day("%d/%m/%Y"))[1:]]), _GROUPED, mapped(_GROUPED, BRITONS),
        ),
        text_case(
            "line breaks in cells", (*_COMPACT, ("Notes", "description")),
            [{**record, "description": "first\nsecond, and \"third\""} for record in BRITONS],
        ),
    ]  # fmt: skip


def _sheets() -> list[Case]:
    titles = [["Open items"], ["As of", date(2026, 4, 30)], []]
    total = ["Total", None, None, None, None, None, Decimal("1235652.34"), Decimal("1235552.39")]
    left_out = ((1, "Open items"), (2, "As of 2026-04-30"), (9, "Total 1235652.34 1235552.39"))
    padded = [{**record, "account_id": f"{42 + place:06}"} for place, record in enumerate(BRITONS)]
    numbers = [{**record, "account_id": 42 + place} for place, record in enumerate(BRITONS)]
    wrong = [{**record, "balance_due": ValueError("#N/A") if place == 1 else record["balance_due"]}
             for place, record in enumerate(BRITONS)]  # fmt: skip
    good = [record for place, record in enumerate(BRITONS) if place != 1]
    grouped = [*_GROUPS, *grid(_GROUPED, BRITONS, lambda value: value, lambda amount: amount)[1:]]
    return [
        sheet_case("xlsx typed", formats.xlsx, _COMPACT, DANES, file="typed.xlsx"),
        sheet_case("xlsx texts", formats.xlsx, DANISH, DANES, file="texts.xlsx", day=day("%d-%m-%Y"), money=COMMA),
        sheet_case("xlsx report", formats.xlsx, _COMPACT, BRITONS, file="report.xlsx", titles=titles, totals=[total],
                   left_out=left_out),
        sheet_case("xlsx behind hidden and empty sheets", formats.xlsx, _COMPACT, GERMANS, file="sheets.xlsx",
                   hidden=["Old"], before=["Cover"], name="Offene Posten"),
        sheet_case("xlsx leading zeros", formats.xlsx, _COMPACT, numbers, file="zeros.xlsx", formats={1: "000000"},
                   stored=mapped(_COMPACT, padded)),
        Case("xlsx merged header", "invoice", "merged.xlsx",
             formats.xlsx(grouped, merged=[(0, 0, 0, 1), (0, 2, 0, 5)]), _GROUPED, mapped(_GROUPED, BRITONS)),
        sheet_case("xls typed", formats.xls, _COMPACT, DANES, file="typed.xls"),
        sheet_case("xls report", formats.xls, _COMPACT, BRITONS, file="report.xls", titles=titles, totals=[total],
                   left_out=left_out, hidden=["Old"]),
        sheet_case("xls with an error cell", formats.xls, _COMPACT, wrong, file="errors.xls",
                   stored=mapped(_COMPACT, good), rejected=(3,)),
        sheet_case("ods typed", formats.ods, _COMPACT, DANES, file="typed.ods"),
        sheet_case("ods report", formats.ods, _COMPACT, BRITONS, file="report.ods", titles=titles, totals=[total],
                   left_out=left_out, before=["Leer"]),
        sheet_case("ods with an error cell", formats.ods, _COMPACT, wrong, file="errors.ods",
                   stored=mapped(_COMPACT, good), rejected=(3,)),
    ]  # fmt: skip
