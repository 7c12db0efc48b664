"""Text, yes and no, currencies, countries, choices, JSON."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arhub.records.base import Kind
from ingestion.base import Cell
from ingestion.coercion import coerce, guard_formula
from tests.ingestion.coercion.kinds import UNDECIDED, alone_and_in_company, field, one

TYPE = field(
    Kind.CHOICE,
    choices=(
        ("invoice", ("INV", "Faktura", "Credit memo")),
        ("credit_memo", ("CM", "AR Credit Memo")),
        ("on_hold", ("-",)),
    ),
)


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.REFERENCE])
@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("  a  b ", "a  b"), ("\u00a0a\u00a0", "a"), ("a\tb\r\nc", "a\tb\r\nc"), ("007", "007"), ("O'Brien", "O'Brien"),
        ("'abc", "'abc"), ("'=1+1", "=1+1"), ("''=1", "'=1"), ("'-5", "-5"), ("'@x", "@x"), ("'+45 33", "+45 33"),
        ("-5", "-5"), ("'", "'"), ("Søn & Møller 😀", "Søn & Møller 😀"), (Decimal("80919"), "80919"),
        (Decimal("80919.0"), "80919"), (Decimal("1E+3"), "1000"), (Decimal("1.50"), "1.50"), (True, "true"),
        (False, "false"), (date(2020, 1, 2), "2020-01-02"), (datetime(2020, 1, 2, 3, 4), "2020-01-02T03:04:00"),
        ("x" * 255, "x" * 255), (" " + "x" * 255 + " ", "x" * 255), ("'=" + "x" * 254, "=" + "x" * 254),
        ("x" * 256, "!at most 255 characters|256 characters"),
        ("a\x00b", "!text without control characters|the character U+0000 in 'a\\x00b'"),
        ("a\x1f", "!text without control characters|the character U+001F in 'a'"),
        ("\x1b[31m", "!text without control characters|the character U+001B in '\\x1b[31m'"),
        ("a\ud800b", "!text in one encoding|half a character in 'a\\ud800b'"),
    ],
)  # fmt: skip
def test_text(kind: Kind, cell: Cell, expected: str) -> None:
    assert alone_and_in_company(kind, cell, "company") == expected
    assert alone_and_in_company(kind, cell, Decimal(7)) == expected


def test_text_of_numbers_keeps_what_a_person_sees() -> None:
    cells: list[Cell] = [Decimal("10"), None, Decimal("80919")]

    assert coerce(field(Kind.REFERENCE), cells, UNDECIDED) == (["10", None, "80919"], {})
    assert coerce(field(Kind.TEXT, max_length=4), cells, UNDECIDED)[0] == ["10", None, None]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("true", "t"), ("YES", "t"), ("y", "t"), ("1", "t"), ("T", "t"), ("Ja", "t"), ("x", "t"), ("on", "t"),
        ("Active", "t"), ("open", "t"), ("WAHR", "t"), (True, "t"), (Decimal("1.0"), "t"), (" False ", "f"),
        ("No", "f"), ("n", "f"), ("0", "f"), ("f", "f"), ("NEJ", "f"), ("nein", "f"), ("off", "f"), ("inactive", "f"),
        ("Closed", "f"), (False, "f"), (Decimal(0), "f"), ("maybe", "!yes or no|'maybe'"), ("2", "!yes or no|'2'"),
        (Decimal(2), "!yes or no|'2'"), (date(2020, 1, 1), "!yes or no|'2020-01-01'"), ("-", "!yes or no|'-'"),
    ],
)  # fmt: skip
def test_bool(cell: Cell, expected: str) -> None:
    assert alone_and_in_company(Kind.BOOL, cell, "no") == expected


def test_bool_true_and_one_stay_apart_from_other_numbers() -> None:
    assert coerce(field(Kind.BOOL), [True, Decimal(1), "1", False, Decimal(0)], UNDECIDED) == (list("tttff"), {})
    assert coerce(field(Kind.TEXT), [True, Decimal(1), Decimal("1.50")], UNDECIDED)[0] == ["true", "1", "1.50"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("EUR", "EUR"), ("dkk", "DKK"), (" Usd ", "USD"), ("€", "EUR"), ("£", "GBP"), ("zł", "PLN"), ("HRK", "HRK")],
)
def test_currency(cell: str, expected: str) -> None:
    assert alone_and_in_company(Kind.CURRENCY, cell, "SEK") == expected


@pytest.mark.parametrize("cell", ["$", "kr", "¥", "EURO", "XXX", "ABC", "E", "978", "ＥＵＲ", Decimal(5), True, "ß"])
def test_currency_that_is_none_or_several(cell: Cell) -> None:
    assert str(alone_and_in_company(Kind.CURRENCY, cell, "SEK")).startswith("!a currency code such as EUR|'")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("dk", "DK"), ("De", "DE"), ("Denmark", "Denmark"), ("D1", "D1"), ("USA", "USA"), ("ßß", "ßß"),
     ("a\x00", "!text without control characters|the character U+0000 in 'a\\x00'")],
)  # fmt: skip
def test_country(cell: str, expected: str) -> None:
    assert alone_and_in_company(Kind.COUNTRY, cell, "se") == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("invoice", "invoice"), ("INV", "invoice"), (" faktura ", "invoice"), ("Credit-Memo", "credit_memo"),
     ("CREDIT  MEMO", "credit_memo"), ("ar_credit_memo", "credit_memo"), ("CreditMemo", "credit_memo"),
     ("On hold", "on_hold"), ("-", "on_hold"), ("", None),
     ("Quote", "!one of invoice, credit_memo, on_hold|'Quote'"),
     (Decimal(1), "!one of invoice, credit_memo, on_hold|'1'"),
     ("a\x00", "!text without control characters|the character U+0000 in 'a\\x00'")],
)  # fmt: skip
def test_choice(cell: Cell, expected: str | None) -> None:
    assert alone_and_in_company(TYPE, cell, "inv") == expected


NO_JSON = "a JSON object or list"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('{"b": 1.50, "a": [1e5, -0, true, null, "æ"]}', '{"a":[1e5,-0,true,null,"æ"],"b":1.50}'), (" [] ", "[]"),
        ("[0.1000000000000000055511151231257827]", "[0.1000000000000000055511151231257827]"),
        (r'["\ud83d\ude00", "\\u0000", "\u0001"]', r'["😀","\\u0000","\u0001"]'), ("5", f"!{NO_JSON}|'5'"),
        ('"x"', f"!{NO_JSON}|'\"x\"'"), ("null", f"!{NO_JSON}|'null'"), (Decimal(5), f"!{NO_JSON}|'5'"),
        (True, f"!{NO_JSON}|'true'"), ("[NaN]", "!JSON numbers|NaN"), ("[-Infinity]", "!JSON numbers|-Infinity"),
        ("{", f"!{NO_JSON}|'{{', expecting property name enclosed in double quotes at character 2"),
        ("[" * 60 + "]" * 60, "!JSON nested at most 50 levels|more levels"),
        ("[" * 100_000 + "]" * 100_000, "!JSON nested at most 50 levels|more levels"),
        ('{"a":' * 100_000, "!JSON nested at most 50 levels|more levels"),
        ("[1e999999]", "!JSON numbers of at most 100 digits|'1e999999'"),
        (r'["\u0000"]', r"!JSON without NUL and half characters|'\x00'"),
        (r'{"\ud800": 1}', r"!JSON without NUL and half characters|'\ud800'"),
    ],
)  # fmt: skip
def test_json(cell: Cell, expected: str) -> None:
    assert alone_and_in_company(Kind.JSON, cell, "{}") == expected


def test_json_number_of_any_length_is_refused_before_it_is_read() -> None:
    assert str(one(Kind.JSON, '{"a":' + "9" * 100_000 + "}")).startswith("!JSON numbers of at most 100 digits|'999")


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**50), 10**50) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc\\\"'æ", max_size=3), inner, max_size=4),
)


@given(st.lists(values) | st.dictionaries(st.text("xyz"), values))
def test_any_json_comes_back(value: object) -> None:
    text = json.dumps(value)

    answer = str(one(Kind.JSON, text))

    assert answer.startswith("!JSON without NUL") if "\\u0000" in text else json.loads(answer) == value


starts = st.text("'=+-@\t\r", max_size=4)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(st.builds(lambda start, rest: (start + rest).strip(), starts, texts))
def test_guarded_text_comes_back(text: str) -> None:
    assert (one(Kind.TEXT, guard_formula(text)) or "") == text


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "'=1", "''-1"])
def test_guard_adds_one_apostrophe(text: str) -> None:
    assert guard_formula(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a=1", "'abc", " =1", "'", "1-2"])
def test_guard_leaves_other_texts_alone(text: str) -> None:
    assert guard_formula(text) == text


cells = st.one_of(
    st.text(st.characters(), max_size=30),
    st.text("0123456789.,-/: TZ+eE%$€krJanCRDR'()[]{}\"\\\n", max_size=30),
    st.decimals(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.none(),
)


@given(st.sampled_from(list(Kind)), st.lists(cells, max_size=8))
def test_no_cell_raises(kind: Kind, given_cells: list[Cell]) -> None:
    column = TYPE if kind is Kind.CHOICE else field(kind)

    answers, problems = coerce(column, given_cells, UNDECIDED)

    assert len(answers) == len(given_cells)
    for place, problem in problems.items():
        assert answers[place] is None
        assert problem.column == "value"
        str(problem).encode()
        assert str(problem).isprintable()
    for answer in filter(None, answers):
        answer.encode()
        assert "\x00" not in answer
