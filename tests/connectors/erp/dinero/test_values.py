"""Casing, doubles, VAT that does not come out even, and spellings of a status."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from arhub.network.errors import PermanentError
from connectors.erp.dinero.lines import lines_of
from connectors.erp.dinero.payments import payment_records
from connectors.erp.dinero.sales import number, status_of
from connectors.erp.dinero.values import folded, moment, money


def _read(text: str) -> Any:
    return folded(json.loads(text, parse_float=Decimal))


def _line(net: str, incl: str, **more: Any) -> dict[str, Any]:
    return {
        "description": "Ventil", "quantity": 1, "unit": "parts", "baseamountvalue": Decimal(net),
        "totalamount": Decimal(net), "totalamountinclvat": Decimal(incl), "linetype": "Product", **more,
    }  # fmt: skip


def _lines(one: dict[str, Any], currency: str = "DKK", sign: int = 1) -> list[Any]:
    return lines_of("g", one, currency, sign)


@pytest.mark.parametrize("key", ["TotalInclVat", "totalInclVat", "TOTALINCLVAT"])
def test_keys_are_read_in_any_casing(key: str) -> None:
    row = _read(f'{{"{key}": 10.1, "Lines": [{{"{key}": 1}}]}}')

    assert money(row, "totalinclvat", "DKK") == Decimal("10.10")
    assert money(row["lines"][0], "totalinclvat", "DKK") == Decimal("1.00")


@pytest.mark.parametrize(
    ("given", "currency", "expected"),
    [("1002.0625", "DKK", "1002.06"), ("0.30000000000000004", "DKK", "0.30"), ("2.675", "EUR", "2.68"),
     ("1234.5", "JPY", "1235"), ("1.2345", "KWD", "1.235"), ("1e3", "DKK", "1000.00")],
)  # fmt: skip
def test_doubles_become_money_of_their_currency(given: str, currency: str, expected: str) -> None:
    assert str(money(_read(f'{{"a": {given}}}'), "a", currency)) == expected


@pytest.mark.parametrize("value", ['"12"', "true", "[]"])
def test_amount_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(PermanentError, match="Expected a number as a, found a"):
        money(_read(f'{{"a": {value}}}'), "a", "DKK")


def test_times_without_a_zone_are_utc() -> None:
    assert moment({"at": "2017-05-19T14:15:29.55"}, "at") == datetime(2017, 5, 19, 14, 15, 29, 550000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("OverPaid", "OverPaid"), ("Overpaid", "OverPaid"), ("OverDue", "Overdue"), ("DRAFT", "Draft"), ("Held", "Held")],
)
def test_status_is_known_in_any_spelling(given: str, expected: str) -> None:
    assert status_of({"status": given}) == expected


@pytest.mark.parametrize(
    "row", [{"number": 9223372036854775807, "status": "Booked"}, {"number": 7, "status": "draft"}, {}]
)
def test_draft_has_no_number(row: dict[str, Any]) -> None:
    assert number(row) is None


def test_lines_add_up_to_the_vat_of_the_invoice() -> None:
    """Of 0.3333 and 0.4166 each line has 0.09 of VAT when both are rounded, and all three have 0.25."""
    one = {"productlines": [_line("0.3333", "0.4166")] * 3, "totalvat": Decimal("0.25")}

    lines = _lines(one)

    assert [line["tax_amount"] for line in lines] == [Decimal("0.08"), Decimal("0.08"), Decimal("0.09")]
    assert [line["tax_rate"] for line in lines] == [25, 25, 25]
    assert all(line["total_amount"] == line["net_amount"] + line["tax_amount"] for line in lines)


def test_vat_that_is_wrong_by_more_than_rounding_stays_as_given() -> None:
    one = {"productlines": [_line("100", "125")], "totalvat": Decimal("30")}

    assert [line["tax_amount"] for line in _lines(one)] == [Decimal("25.00")]


@pytest.mark.parametrize(
    ("net", "incl", "rate", "category"),
    [("100", "125", "25", "S"), ("0.02", "0.03", "25", "S"), ("100", "100", "0", None), ("100", "112", "12.00", "S"),
     ("-100", "-125", "25", "S")],
)  # fmt: skip
def test_rate_is_derived(net: str, incl: str, rate: str, category: str | None) -> None:
    (line,) = _lines({"productlines": [_line(net, incl)]})

    assert (line["tax_rate"], line["tax_category"]) == (Decimal(rate), category)


def test_text_line_has_no_amounts() -> None:
    (line,) = _lines({"productlines": [{"linetype": "text", "description": "Uge 12", "totalamount": 0, "quantity": 0}]})

    assert {name for name, value in line.items() if value is not None} == {
        "erp_key", "invoice", "line_number", "description",
    }  # fmt: skip


def test_line_has_discount_and_unit_of_recommendation_20() -> None:
    (line,) = _lines(
        {"productlines": [_line("90", "112.5", baseamountvalue=Decimal("100"), discount=10, unit="hours")]}
    )

    assert (line["discount_amount"], line["unit_code"], line["unit_price"]) == (Decimal("10.00"), "HUR", 100)


def test_lines_of_a_credit_note_written_below_zero_are_turned() -> None:
    (line,) = _lines({"productlines": [_line("-100", "-125")]}, sign=-1)

    assert (line["net_amount"], line["tax_amount"], line["total_amount"]) == (100, 25, 125)


def test_payment_is_one_unless_it_names_a_credit_note() -> None:
    guid = "a1000000-0000-4000-8000-000000000001"
    rows = [
        {"guid": "p1", "amount": 5, "paymentclass": "CreditNote", "relatedvoucherid": guid.upper()},
        {"guid": "p2", "amount": 5, "paymentclass": "CreditNote", "relatedvoucherid": None},
        {"guid": "p3", "amount": 5, "paymentclass": "Payment", "relatedvoucherid": guid},
        {"guid": "p4", "amount": 0, "paymentclass": "Payment"},
    ]

    found = payment_records({"erp_key": "i", "account_id": "c", "currency": "DKK"}, {"payments": rows})

    assert [row["erp_key"] for row in found["payment"]] == ["p2", "p3"]
    assert [(row["erp_key"], row["credit_memo"]) for row in found["credit_memo_applied"]] == [("p1", guid)]
