"""Money, numbers, whole numbers, degrees: one table of real and hostile forms for each."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arhub.records.base import Kind
from ingestion.base import Cell
from ingestion.coercion import Reading, coerce
from tests.ingestion.coercion.kinds import COMMA, DOT, UNDECIDED, alone_and_in_company, field, one

NO_AMOUNT = "an amount like 1234.50"
ONE_WAY = "a number that can be read one way only, such as 1234.00"

SURE = {
    "1234.50": "1234.50", "-1": "-1", "+1.5": "1.5", "0": "0", "-0.00": "-0.00", "1234567.891234": "1234567.891234",
    "1,234.50": "1234.50", "1.234,50": "1234.50", "1,234,567": "1234567", "1.234.567": "1234567",
    "1.234.567,8": "1234567.8", "1,23": "1.23", "1234.567": "1234.567", "1234,567": "1234.567", "0.123": "0.123",
    "0,123": "0.123", "12,34,567.89": "1234567.89", "1,00,000.00": "100000.00", "1,00,000": "100000",
    "1 234,50": "1234.50", "1 234 567": "1234567", "1\u00a0234,50": "1234.50", "1\u202f234.50": "1234.50",
    "1\u2009234\u2009567,1": "1234567.1", "1'234.50": "1234.50", "1’234’567.50": "1234567.50",
    "(1.00)": "-1.00", "( 1,234.50 )": "-1234.50", "1.00-": "-1.00", "1.00 -": "-1.00", "1.00+": "1.00",
    "- 1.00": "-1.00", "−5": "-5", "–5,5": "-5.5", "1.00 CR": "-1.00", "1.00cr": "-1.00", "1.00 DR": "1.00",
    "€ 1.00": "1.00", "€1.00": "1.00", "1.00€": "1.00", "$1,234.50": "1234.50", "US$ 5": "5", "-€5": "-5", "€-5": "-5",
    "€ (5.10)": "-5.10", "(€5.10)": "-5.10", "kr. 100": "100", "kr.100": "100", "Kr 1.234,50": "1234.50",
    "1.234,50 kr.": "1234.50", "1.234,50 kr": "1234.50", "DKK 1,00": "1.00", "1.00 usd": "1.00", "R$ 5,50": "5.50",
    "1.00 DKK CR": "-1.00", "Fr. 1'000.00": "1000.00", ".5": "0.5", "-,5": "-0.5", "5.": "5", "007.50": "007.50",
    " 12.50 ": "12.50", "'-5": "-5", "1.0000000000": "1.000000", "9" * 22 + ".123456": "9" * 22 + ".123456",
    "000" + "9" * 22: "000" + "9" * 22,
}  # fmt: skip

NO_NUMBERS = [
    "NaN", "inf", "-inf", "Infinity", "1e5", "1E5", "1.234,5x", "0x1F", "١٢٣", "１２", "1²", "½", "100,-", "100.-",
    "25 %", "1/2", "1-2", "2016-03-01", "12:30", "1 23", "1  234", "1_000", "1\n2", "()", "(1", "1)", "-", "--1",
    "-1-", "-(1)", "-1.00 CR", "(1.00) CR", "1.00 CR DR", "USD 1 USD", "€ 1 kr", "USD", "#REF!", "#N/A", "abc",
    "1,234,56", "1.234,567.8", "1.2.3", "1,2,3", "1 234.567.8", "01.234,50", "0.123.456", "kr,100", "1\x002",
    "\ud8001", "=1+1", "5 apples", "1" * 5_000, "a." * 5_000 + "1",
]  # fmt: skip


@pytest.mark.parametrize(("cell", "expected"), SURE.items())
@pytest.mark.parametrize("reading", [UNDECIDED, DOT, COMMA])
@pytest.mark.parametrize("company", ["1.50", "1,50"])
def test_money_that_reads_one_way_is_read_whatever_the_column_is(
    cell: str, expected: str, reading: Reading, company: str
) -> None:
    assert alone_and_in_company(Kind.MONEY, cell, company, reading) == expected


@pytest.mark.parametrize("cell", NO_NUMBERS)
def test_money_that_is_no_number_is_a_problem(cell: str) -> None:
    answer = alone_and_in_company(Kind.MONEY, cell, "1.50")

    assert answer is not None
    assert answer.startswith(f"!{NO_AMOUNT}|'")
    assert len(answer) < 150
    assert answer.isprintable()
    answer.encode()


@pytest.mark.parametrize("cell", ["", " ", "\u00a0", "\t", None])
@pytest.mark.parametrize("kind", list(Kind))
def test_empty_cell_of_any_kind_is_null(kind: Kind, cell: str | None) -> None:
    assert one(kind, cell) is None


@pytest.mark.parametrize(
    ("cell", "dot", "comma"),
    [("1.234", "1.234", "1234"), ("1,234", "1234", "1.234"), ("-12.345", "-12.345", "-12345"),
     ("(999,000)", "-999000", "-999.000"), ("€ 1.234", "1.234", "1234"), ("1,234 kr.", "1234", "1.234")],
)  # fmt: skip
def test_money_that_reads_two_ways_follows_the_column(cell: str, dot: str, comma: str) -> None:
    assert alone_and_in_company(Kind.MONEY, cell, "1.50", DOT) == dot
    assert alone_and_in_company(Kind.MONEY, cell, "1,50", COMMA) == comma
    assert str(alone_and_in_company(Kind.MONEY, cell, "1.50")).startswith(f"!{ONE_WAY}|")


def test_money_undecided_names_both_readings() -> None:
    assert one(Kind.MONEY, "-1.234") == f"!{ONE_WAY}|'-1.234', which is -1234 or -1.234"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (Decimal("1.234"), "1.234"), (Decimal("-0.50"), "-0.50"), (Decimal("1E+2"), "100"),
        (Decimal("1E-5"), "0.00001"),
        (Decimal("1E-7"), "!an amount with at most 6 decimals|'0.0000001'"), (Decimal("NaN"), f"!{NO_AMOUNT}|'NaN'"),
        (Decimal("sNaN"), f"!{NO_AMOUNT}|'sNaN'"), (Decimal("-Infinity"), f"!{NO_AMOUNT}|'-Infinity'"),
        (Decimal("1E+999999"), f"!{NO_AMOUNT}|'1E+999999'"), (True, f"!{NO_AMOUNT}|'true'"),
        (date(2020, 1, 1), f"!{NO_AMOUNT}|'2020-01-01'"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("reading", [UNDECIDED, DOT, COMMA])
def test_money_of_a_sheet_has_one_reading(cell: Cell, expected: str, reading: Reading) -> None:
    assert alone_and_in_company(Kind.MONEY, cell, Decimal("1.5"), reading) == expected
    assert alone_and_in_company(Kind.MONEY, cell, "1.5", reading) == expected


def test_money_beyond_its_digits_is_a_problem() -> None:
    too_many = "an amount of at most 28 digits"

    assert one(Kind.MONEY, "9" * 40) == f"!{too_many}|'{'9' * 40}'"
    assert one(Kind.MONEY, "9" * 29) == f"!{too_many}|'{'9' * 29}'"
    assert one(Kind.MONEY, "9" * 23 + ".123456") == f"!{too_many}|'{'9' * 23}.123456'"
    assert one(Kind.MONEY, "9" * 28) == "9" * 28
    assert one(Kind.MONEY, "1.1234567") == "!an amount with at most 6 decimals|'1.1234567'"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("25 %", "25"), ("25%", "25"), ("-2,5%", "-2.5"), ("0.0000000001", "0.0000000001"), ("1" * 28, "1" * 28),
     ("12345678.12345678901234567890", "12345678.12345678901234567890"),
     ("1" * 29, f"!a number of at most 28 digits|'{'1' * 29}'"), ("%", "!a number like 1234.50|'%'")],
)  # fmt: skip
def test_number_keeps_all_its_digits(cell: str, expected: str) -> None:
    assert alone_and_in_company(Kind.NUMBER, cell, "1.50") == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("5", "5"), ("-5", "-5"), ("5.0", "5"), ("5,00", "5"), ("1 000", "1000"), (Decimal("5.0"), "5"),
     (Decimal("5.5"), "!a whole number like 12|'5.5'"), ("5.5", "!a whole number like 12|'5.5'"),
     (Decimal("1E+3"), "1000"), (str(2**63 - 1), str(2**63 - 1)), (str(-(2**63)), str(-(2**63))),
     (str(2**63), f"!a whole number up to {2**63 - 1}|'{2**63}'"), (True, "!a whole number like 12|'true'")],
)  # fmt: skip
def test_integer(cell: Cell, expected: str) -> None:
    assert alone_and_in_company(Kind.INTEGER, cell, "12") == expected


DEGREES = "!degrees between -180 and 180, like 55.676098"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("55.676", "55.676"), ("55,676098", "55.676098"), ("180", "180"), ("-180.000000", "-180.000000"),
     ("12.34567891", "12.345679"), (Decimal("12.5683371"), "12.568337"), ("181", f"{DEGREES}|'181'"),
     ("180.0000001", f"{DEGREES}|'180.0000001'"), ("55.676.098", f"{DEGREES}|'55.676.098'"),
     ("north", f"{DEGREES}|'north'")],
)  # fmt: skip
def test_coordinate(cell: Cell, expected: str) -> None:
    assert alone_and_in_company(Kind.COORDINATE, cell, "12.5") == expected


amounts = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places), st.integers(-(10**22), 10**22), st.integers(0, 6)
)


@given(st.lists(amounts, min_size=1), st.sampled_from([DOT, COMMA]), st.booleans())
def test_any_amount_written_in_a_decided_style_comes_back(
    values: list[Decimal], reading: Reading, grouped: bool
) -> None:
    cells = [format(value, ",f" if grouped else "f") for value in values]
    if reading is COMMA:
        cells = [cell.translate(str.maketrans(".,", ",.")) for cell in cells]

    texts, problems = coerce(field(Kind.MONEY), cells, reading)

    assert problems == {}
    assert texts == [format(value, "f") for value in values]


near_amounts = st.text("0123456789.,-+ ()'€krCRDR%x\n")


@given(st.lists(st.one_of(near_amounts, st.text(), st.decimals(), st.booleans(), st.none())))
def test_money_is_always_a_plain_number_or_nothing(cells: list[Cell]) -> None:
    for reading in (UNDECIDED, DOT, COMMA):
        texts, problems = coerce(field(Kind.MONEY), cells, reading)

        assert len(texts) == len(cells)
        assert all(text is None or re.fullmatch(r"-?[0-9]{1,80}(\.[0-9]{1,6})?", text) for text in texts)
        assert all(texts[place] is None for place in problems)


@given(st.lists(st.text("0123456789.,-\n", max_size=9), max_size=30), st.sampled_from(list(Kind)[1:5]))
def test_column_is_read_like_its_cells_one_by_one(cells: list[str], kind: Kind) -> None:
    for reading in (UNDECIDED, DOT, COMMA):
        texts, problems = coerce(field(kind), cells, reading)
        alone = [coerce(field(kind), [cell, "no number"], reading) for cell in cells]

        assert texts == [values[0] for values, _ in alone]
        assert problems == {place: found[0] for place, (_, found) in enumerate(alone) if 0 in found}
