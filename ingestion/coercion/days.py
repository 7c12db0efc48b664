"""The day as people and systems write it: every form a date may have, and which of them are open to doubt."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import Decimal

from ingestion.coercion.reading import Refused, show

YEARS = range(1900, 2201)
SERIALS = range(20_000, 80_001)
_SERIAL_ZERO = datetime(1899, 12, 30)  # the 1900 system; right from March 1900 on

ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SPELLINGS = (  # English, Danish, German; long and short
    "jan january januar jän jänner jaenner", "feb febr february februar", "mar march marts mär märz mrz maerz",
    "apr april", "may maj mai", "jun june juni", "jul july juli", "aug august", "sep sept september",
    "oct october okt oktober", "nov november", "dec december dez dezember",
)  # fmt: skip
_MONTHS = {name: month for month, names in enumerate(_SPELLINGS, 1) for name in names.split()}

_NAME = r"(?P<month>[^\W\d_]{3,9})\.?"
_SHORT_OR_LONG = r"(?P<year>[0-9]{4}|[0-9]{2})"
_SURE = tuple(
    map(
        re.compile,
        (
            r"(?P<year>[0-9]{4})([-/.])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})",  # 2016-03-01
            r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",  # 20160301
            rf"(?P<day>[0-9]{{1,2}})\. ?(?P<month>[0-9]{{1,2}})\. ?{_SHORT_OR_LONG}",  # 1.3.2016
            rf"(?P<day>[0-9]{{1,2}})(?:\. ?|[-/ ])?{_NAME}(?:, ?|[-/ ])?{_SHORT_OR_LONG}",  # 1-Mar-16, 1. marts 2016
            rf"{_NAME}[-/ ]?(?P<day>[0-9]{{1,2}})(?:, ?|[-/ ])(?P<year>[0-9]{{4}})",  # March 1, 2016
        ),
    )
)
_EITHER = re.compile(
    rf"(?P<first>[0-9]{{1,2}})(?P<sign>[-/])(?P<second>[0-9]{{1,2}})(?P=sign){_SHORT_OR_LONG}(?![0-9])"
)
_NOTHING = re.compile(r"0000([-/.]?)00\1(?:00)|00([-/.])00\2(?:0000)")


def is_nothing(text: str) -> bool:
    """0000-00-00, 00000000, 00.00.0000: how some systems write that there is no date."""
    return _NOTHING.fullmatch(text) is not None


def read_day(text: str, day_first: bool | None, cell: str) -> date | None:
    """The date this is, or None when it has the form of none. Raises `Refused`, showing the cell, for one that is open
    or does not exist.
    """
    for form in _SURE:
        if found := form.fullmatch(text):
            month = _MONTHS.get(found["month"].casefold()) or _whole(found["month"])
            return None if month is None else _date(found["year"], month, int(found["day"]), cell)
    if found := _EITHER.fullmatch(text):
        first, second = int(found["first"]), int(found["second"])
        if _comes_first(first, second, day_first, cell):
            return _date(found["year"], second, first, cell)
        return _date(found["year"], first, second, cell)
    return None


def read_serial(number: Decimal) -> datetime | None:
    """The moment a sheet's day number means; None when the number is none."""
    if not number.is_finite() or not SERIALS.start <= number < SERIALS.stop:
        return None
    days = int(number)
    # A sheet keeps 15 digits: half past twelve comes as .5208333333, so to the millisecond.
    return _SERIAL_ZERO + timedelta(days=days, milliseconds=round((number - days) * 86_400_000))


def order(text: str) -> tuple[bool | None, bool]:
    """What one text says about its column: whether the day stands first, if it shows that; and whether it is open."""
    found = _EITHER.match(text)
    if found is None:
        return None, False
    first, second = int(found["first"]), int(found["second"])
    return _order(first, second), first != second and _both_months(first, second)


def _both_months(first: int, second: int) -> bool:
    return 1 <= first <= 12 and 1 <= second <= 12


def _order(first: int, second: int) -> bool | None:
    return None if (first > 12) == (second > 12) else first > 12


def _comes_first(first: int, second: int, day_first: bool | None, cell: str) -> bool:
    shown = _order(first, second)
    if shown is not None:
        return shown
    if day_first is None and first != second and _both_months(first, second):
        both = f"{first} {ENGLISH[second - 1]} or {second} {ENGLISH[first - 1]}"
        raise Refused("a date that can be read one way only, such as 2016-03-01", f"{show(cell)}, which is {both}")
    return day_first is not False


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _date(year_text: str, month: int, day: int, cell: str) -> date:
    year = int(year_text)
    if len(year_text) == 2:
        year += 2000 if year < 70 else 1900
    if year not in YEARS:
        raise Refused("a date", f"{show(cell)}, the year is not between {YEARS.start} and {YEARS.stop - 1}")
    if not 1 <= month <= 12:
        raise Refused("a date", f"{show(cell)}, there is no month {month}")
    if not 1 <= day <= monthrange(year, month)[1]:
        raise Refused("a date", f"{show(cell)}, {_missing_day(year, month, day)}")
    return date(year, month, day)


def _missing_day(year: int, month: int, day: int) -> str:
    name = f"February {year}" if (month, day) == (2, 29) else ENGLISH[month - 1]
    return f"{name} has no day {day}"
