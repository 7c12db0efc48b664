"""Files that can be read in two ways, or not be understood: nothing may be stored that the file does not say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.corpus import formats
from tests.corpus.case import Case, Columns, Record, day, mapped, money, text_case
from tests.corpus.countries import BRITONS, ENGLISH, invoices

_BRIEF: Columns = (
    ("Invoice no", "invoice_number"), ("Customer no", "account_id"), ("Invoice date", "invoice_date"),
    ("Amount", "total_amount"),
)  # fmt: skip
_EARLY = invoices(["A", "B", "C", "D"], "EUR", month_days=False)
_THOUSANDS: list[Record] = [
    {"invoice_number": f"N{place}", "account_id": "C1", "invoice_date": date(2026, 3, 20), "total_amount": amount}
    for place, amount in enumerate((Decimal(1234), Decimal(5600), Decimal("7.5")))
]
_UNKNOWN: Columns = (("Inv. ref. code", None), ("Cust. acc. ref", None), ("Issued when", None), ("Sum gross", None))
_LIKELY: Columns = (
    ("Invoice no", "invoice_number"), ("Customer no", "account_id"), ("Amount", "total_amount"), ("Due dt.", None),
    ("Currncy", None),
)  # fmt: skip


def cases() -> list[Case]:
    every = (2, 3, 4, 5)
    return [
        text_case("days or months", _BRIEF, _EARLY, day=day("%d/%m/%Y"), stored=(), rejected=every),
        text_case("days or months with dashes", _BRIEF, _EARLY, day=day("%m-%d-%Y"), stored=(), rejected=every),
        text_case("both orders in one column", _BRIEF, [
            {**_EARLY[0], "invoice_date": "01/31/2026"}, {**_EARLY[1], "invoice_date": "31/01/2026"},
            {**_EARLY[2], "invoice_date": "01/02/2026"},
        ], stored=mapped(_BRIEF, [{**_EARLY[0], "invoice_date": date(2026, 1, 31)},
                                  {**_EARLY[1], "invoice_date": date(2026, 1, 31)}]), rejected=(4,)),
        text_case("thousands or decimals", _BRIEF, _THOUSANDS[:2], money=money(".", ",", places=0), stored=(),
                  rejected=(2, 3), delimiter=";"),
        text_case("thousands decided by another row", _BRIEF, _THOUSANDS, delimiter=";",
                  money=lambda amount: "7,5" if amount == Decimal("7.5") else f"{amount:,}".replace(",", ".")),
        text_case("price without cents", _BRIEF, [{**_EARLY[0], "total_amount": "100,-"}], stored=(), rejected=(2,),
                  delimiter=";"),
        text_case("other currency sign", _BRIEF, [{**_EARLY[0], "total_amount": "100 points"}], stored=(), rejected=(2,)),
        text_case("headers that nobody knows", _UNKNOWN, [dict.fromkeys((), None)] * 2, stored=(),
                  refused="No column of this file is known for invoices"),
        text_case("headers that are only likely", _LIKELY, BRITONS),
        Case("no header", "invoice", "headerless.csv",
             formats.text([["F-1", "C1", "2026-03-20", "10.00"], ["F-2", "C1", "2026-03-21", "20.00"]]),
             (("F-1", None),), refused="No column of this file is known for invoices"),
        text_case("accounts in place of invoices", (("Customer no", "account_id"), ("Customer name", "account_name"),
                  ("City", None)), BRITONS, stored=(), refused="It looks like a file of accounts"),
        text_case("ageing summary", (("Customer", "account_name"), ("Current", None), ("1-30", None), ("31-60", None)),
                  BRITONS, stored=(), refused="has no column for"),
        text_case("days that do not exist", ENGLISH, [{**BRITONS[0], "invoice_date": "30/02/2026"}], stored=(),
                  rejected=(2,)),
    ]  # fmt: skip
