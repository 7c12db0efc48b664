"""Dates and moments: every form, and every way to be wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arhub.records.base import Kind
from ingestion.base import Cell
from ingestion.coercion import Reading, coerce
from tests.ingestion.coercion.kinds import DAY_FIRST, MONTH_FIRST, UNDECIDED, alone_and_in_company, field, one

FIRST_OF_MARCH: list[Cell] = [
    "2016-03-01", "2016-3-1", "2016/03/01", "2016.03.01", "20160301", " 2016-03-01 ", "2016-03-01T23:59:59",
    "2016-03-01 00:00:00.000", "2016-03-01T10:00:00.1234567Z", "2016-03-01T23:00:00-05:00", "2016-03-01+02:00",
    "2016-03-01Z", "2016-03-01 10:00", "20160301T101112Z", "1.3.2016", "01.03.2016", "01. 03. 2016", "01.03.16",
    "01.03.2016 00:00:00", "1-Mar-2016", "01-MAR-16", "1 Mar 2016", "1/Mar/2016", "1 March 2016", "1. marts 2016",
    "1. März 2016", "1. Mrz. 2016", "01MAR2016", "Mar 1, 2016", "March 1 2016", "Mar-01-2016", "42430", "42430.5",
    Decimal("42430"), Decimal("42430.75"), Decimal("20160301"), date(2016, 3, 1), datetime(2016, 3, 1, 23, 59),
    datetime(2016, 3, 1, 23, tzinfo=timezone(timedelta(hours=-5))),
]  # fmt: skip


@pytest.mark.parametrize("cell", FIRST_OF_MARCH, ids=str)
@pytest.mark.parametrize("reading", [UNDECIDED, DAY_FIRST, MONTH_FIRST])
def test_date_that_reads_one_way(cell: Cell, reading: Reading) -> None:
    assert alone_and_in_company(Kind.DATE, cell, "2016-04-01", reading) == "2016-03-01"


@pytest.mark.parametrize(
    ("cell", "day_first", "month_first"),
    [("01-03-2016", "2016-03-01", "2016-01-03"), ("1/3/16", "2016-03-01", "2016-01-03"),
     ("3/1/2016 12:00:00 AM", "2016-01-03", "2016-03-01"), ("01-02-70", "1970-02-01", "1970-01-02")],
)  # fmt: skip
def test_date_that_reads_two_ways_follows_the_column(cell: str, day_first: str, month_first: str) -> None:
    assert one(Kind.DATE, cell, DAY_FIRST) == day_first
    assert one(Kind.DATE, cell, MONTH_FIRST) == month_first
    assert str(one(Kind.DATE, cell)).startswith("!a date that can be read one way only, such as 2016-03-01|")


def test_date_undecided_names_both_readings() -> None:
    expected = "a date that can be read one way only, such as 2016-03-01"

    assert one(Kind.DATE, "01-03-2016") == f"!{expected}|'01-03-2016', which is 1 March or 3 January"
    assert one(Kind.DATETIME, "1/2/2016 10:00") == f"!{expected}|'1/2/2016 10:00', which is 1 February or 2 January"


@pytest.mark.parametrize("reading", [UNDECIDED, DAY_FIRST, MONTH_FIRST])
@pytest.mark.parametrize(
    ("cell", "expected"),
    [("13/01/2016", "2016-01-13"), ("01/13/2016", "2016-01-13"), ("01-01-2016", "2016-01-01"),
     ("31-12-69", "2069-12-31"), ("31-12-70", "1970-12-31"), ("29-02-2024", "2024-02-29")],
)  # fmt: skip
def test_date_of_two_numbers_with_one_meaning(cell: str, expected: str, reading: Reading) -> None:
    assert one(Kind.DATE, cell, reading) == expected


@pytest.mark.parametrize("cell", ["0000-00-00", "0000-00-00 00:00:00", "00000000", "00.00.0000", "00/00/0000"])
def test_date_of_zeros_is_empty(cell: str) -> None:
    assert one(Kind.DATE, cell) is None
    assert one(Kind.DATETIME, cell) is None


NOT_1900_TO_2200 = "the year is not between 1900 and 2200"


@pytest.mark.parametrize(
    ("cell", "found"),
    [("31-02-2026", "'31-02-2026', February has no day 31"),
     ("29.02.2023", "'29.02.2023', February 2023 has no day 29"),
     ("2016-04-31", "'2016-04-31', April has no day 31"), ("2016-13-01", "'2016-13-01', there is no month 13"),
     ("13/13/2016", "'13/13/2016', there is no month 13"), ("0/5/2016", "'0/5/2016', May has no day 0"),
     ("2016-00-10", "'2016-00-10', there is no month 0"), ("1816-01-01", f"'1816-01-01', {NOT_1900_TO_2200}"),
     ("2201-01-01", f"'2201-01-01', {NOT_1900_TO_2200}"), ("0001-01-01", f"'0001-01-01', {NOT_1900_TO_2200}"),
     (date(1899, 12, 31), f"'1899-12-31', {NOT_1900_TO_2200}"),
     ("2016-02-30T10:00:00", "'2016-02-30T10:00:00', February has no day 30")],
)  # fmt: skip
def test_day_that_does_not_exist_says_why(cell: Cell, found: str) -> None:
    assert alone_and_in_company(Kind.DATE, cell, "2016-04-01") == f"!a date|{found}"
    assert alone_and_in_company(Kind.DATETIME, cell, "2016-04-01T00:00:00") == f"!a date|{found}"


@pytest.mark.parametrize(
    "cell",
    ["-", "hello", "1 Foo 2016", "March 2016", "2016-W09-2", "2016-060", "2016-03/01", "01-03/2016", "1.3", "010316",
     "19999", "80001", "1234", "01-03-201", "01-03-20166", "٠١-٠٣-٢٠١٦", "2016-03-01 foo", "2016-03-01T", "x" * 9_999,
     "2016-03-01\n2016-03-02", "1\x00", "\ud800", Decimal("5"), Decimal("NaN"), Decimal("1E+9999"), True, False],
)  # fmt: skip
def test_what_is_no_date_is_a_problem(cell: Cell) -> None:
    for kind in (Kind.DATE, Kind.DATETIME):
        answer = str(alone_and_in_company(kind, cell, "2016-04-01"))

        assert answer.startswith("!a date like 2016-03-01|'")
        assert answer.isprintable()
        assert len(answer) < 100


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2016-03-01", "2016-03-01T00:00:00+00"), ("2016-03-01T10:00:00", "2016-03-01T10:00:00+00"),
        ("2016-03-01 10:00", "2016-03-01T10:00:00+00"), ("2016-03-01T10:00:00Z", "2016-03-01T10:00:00+00"),
        ("2016-03-01T10:00:00.5", "2016-03-01T10:00:00.500000+00"),
        ("2016-03-01T10:00:00.1234567Z", "2016-03-01T10:00:00.123456+00"),
        ("2016-03-01T10:00:00.9999999", "2016-03-01T10:00:00.999999+00"),
        ("2016-03-01T10:00:00+02:00", "2016-03-01T08:00:00+00"), ("2016-03-01T00:30:00+0200", "2016-02-29T22:30:00+00"),
        ("2016-03-01 10:00:00 UTC", "2016-03-01T10:00:00+00"), ("2016-03-01+02:00", "2016-02-29T22:00:00+00"),
        ("20160301T101112Z", "2016-03-01T10:11:12+00"), ("13/1/2016 2:05 PM", "2016-01-13T14:05:00+00"),
        ("13/1/2016 12:00:00 AM", "2016-01-13T00:00:00+00"), ("13/1/2016, 12:30 p.m.", "2016-01-13T12:30:00+00"),
        (Decimal("42430.5208333333"), "2016-03-01T12:30:00+00"), (date(2016, 3, 1), "2016-03-01T00:00:00+00"),
        (datetime(2016, 3, 1, 5, 0, 0, 7), "2016-03-01T05:00:00.000007+00"),
        (datetime(2016, 3, 1, 5, tzinfo=timezone(timedelta(hours=2))), "2016-03-01T03:00:00+00"),
    ],
)  # fmt: skip
def test_moment(cell: Cell, expected: str) -> None:
    given, problems = coerce(field(Kind.DATETIME), ["2016-04-01T00:00:00", cell, ""], UNDECIDED)

    assert problems == {}
    assert datetime.fromisoformat(str(given[1])) == datetime.fromisoformat(expected)
    assert datetime.fromisoformat(str(one(Kind.DATETIME, cell))) == datetime.fromisoformat(expected)


@pytest.mark.parametrize("time", ["24:00:00", "10:60", "10:00:60", "13:00 PM", "0:30 am", "10:00:00+99:00"])
def test_time_that_does_not_exist_is_a_problem(time: str) -> None:
    assert one(Kind.DATETIME, f"2016-03-01 {time}") == f"!a time of day like 14:30:00|'2016-03-01 {time}'"


FORMS = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y", "%Y-%m-%dT00:00:00Z"]


@given(st.lists(st.dates(date(1900, 1, 1), date(2200, 12, 31)), min_size=1), st.sampled_from(FORMS))
def test_any_date_in_a_sure_form_comes_back(values: list[date], form: str) -> None:
    texts, problems = coerce(field(Kind.DATE), [value.strftime(form) for value in values], UNDECIDED)

    assert problems == {}
    assert texts == [value.isoformat() for value in values]


@given(st.lists(st.dates(date(1900, 1, 1), date(2200, 12, 31)), min_size=1), st.booleans(), st.sampled_from("-/"))
def test_any_date_comes_back_when_the_order_is_decided(values: list[date], day_first: bool, sign: str) -> None:
    form = sign.join(["%d", "%m", "%Y"] if day_first else ["%m", "%d", "%Y"])

    texts, problems = coerce(field(Kind.DATE), [value.strftime(form) for value in values], Reading(None, day_first))

    assert problems == {}
    assert texts == [value.isoformat() for value in values]


@given(st.lists(st.datetimes(datetime(1900, 1, 2), datetime(2200, 12, 30)), min_size=1), st.integers(-14 * 60, 14 * 60))
def test_any_moment_comes_back_in_utc(values: list[datetime], minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    aware = [value.replace(tzinfo=zone) for value in values]

    texts, problems = coerce(field(Kind.DATETIME), [value.isoformat() for value in aware], UNDECIDED)

    assert problems == {}
    assert [datetime.fromisoformat(str(text)) for text in texts] == [value.astimezone(UTC) for value in aware]
