"""Dates and moments: a cell becomes YYYY-MM-DD, or an ISO moment in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache

from arhub.records.base import Field
from ingestion.base import Cell
from ingestion.coercion import days
from ingestion.coercion.reading import Reading, Refused, WholeColumn, as_text, joined, show, without_empty

_EXPECTED = "a date like 2016-03-01"
_LONGEST = 50
_TIME = re.compile(
    r"""(?P<day>.*?[^\s,T])(?:T|,?\ +)
        (?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?
        (?:\ *(?P<half>[AaPp])\.?[Mm]\.?)?
        (?:\ *(?P<zone>Z|z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))?""",
    re.VERBOSE,
)
_COMPACT_TIME = re.compile(
    r"(?P<day>[0-9]{8})T(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?"
    r"(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_ZONED_DAY = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})")  # xs:date
_SERIAL = re.compile(r"[2-8][0-9]{4}(?:\.[0-9]{1,15})?")

# A whole column in one ISO form; fromisoformat then says whether each day and time of it exists.
_ISO_DAY = r"(?:19|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}"
_ISO = rf"{_ISO_DAY}[T ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]{{1,6}}+)?+"
_DAYS = re.compile(rf"(?:(?:{_ISO_DAY})?(?:\n|\Z))*+")
_NAIVE = re.compile(rf"(?:(?:{_ISO})?(?:\n|\Z))*+")
_ZULU = re.compile(rf"(?:(?:{_ISO}Z)?(?:\n|\Z))*+")
_MOMENT = re.compile(rf"{_ISO}(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})?")


def read_days(_field: Field, cells: Sequence[str], _reading: Reading) -> WholeColumn | None:
    """The column when it is ISO throughout, else None."""
    text = joined(cells)
    if text is None or not _DAYS.fullmatch(text) or not _exist(date.fromisoformat, cells):
        return None
    return without_empty(cells), []


def read_moments(_field: Field, cells: Sequence[str], _reading: Reading) -> WholeColumn | None:
    """The column when it is ISO, all in UTC or all without zone, else None."""
    text = joined(cells)
    if text is None or not (_NAIVE.fullmatch(text) or _ZULU.fullmatch(text)):
        return None
    if not _exist(datetime.fromisoformat, cells):
        return None
    return [f"{cell[:10]}T{cell[11:].rstrip('Z')}+00" if cell else None for cell in cells], []


def _exist(read: Callable[[str], date], cells: Sequence[str]) -> bool:
    try:
        list(map(read, filter(None, cells)))
    except ValueError:
        return False
    return True


def read_date(_field: Field, cell: Cell, reading: Reading) -> str | None:
    moment = _read(cell, reading)
    return None if moment is None else moment.date().isoformat()


def read_datetime(_field: Field, cell: Cell, reading: Reading) -> str | None:
    moment = _read(cell, reading)
    if moment is None:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat() + "+00"


def _read(cell: Cell, reading: Reading) -> datetime | None:
    """The moment as written, with its zone if it has one."""
    if isinstance(cell, str):
        return _from_text(cell.strip(), reading.day_first)
    if cell is None:
        return None
    if isinstance(cell, date):
        return _from_date(cell)
    moment = _from_number(cell) if isinstance(cell, Decimal) else None
    if moment is None:
        raise Refused(_EXPECTED, show(cell))
    return moment


def _from_date(cell: date) -> datetime:
    if cell.year not in days.YEARS:
        raise Refused("a date", f"{show(cell)}, the year is not between {days.YEARS.start} and {days.YEARS.stop - 1}")
    return cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)


def _from_number(cell: Decimal) -> datetime | None:
    """A day number of a sheet, or 20160301 kept as a number."""
    if moment := days.read_serial(cell):
        return moment
    text = as_text(cell)
    return _from_text(text, None) if len(text) == 8 and text.isdecimal() else None


def _from_text(text: str, day_first: bool | None) -> datetime | None:
    if len(text) > _LONGEST:  # such a text must not stay in the cache either
        raise Refused(_EXPECTED, show(text))
    answer = _known(text, day_first)
    if isinstance(answer, Refused):
        raise Refused(*answer.args)
    return answer


@lru_cache(maxsize=20_000)
def _known(text: str, day_first: bool | None) -> datetime | Refused | None:
    try:
        return _parse(text, day_first)
    except Refused as refused:
        return Refused(*refused.args)  # a fresh one: the raised one holds on to its frames


def _parse(text: str, day_first: bool | None) -> datetime | None:
    if not text:
        return None
    if _SERIAL.fullmatch(text) and (serial := days.read_serial(Decimal(text))):
        return serial
    if _MOMENT.fullmatch(text) and (moment := _from_iso(text)):
        return moment
    found = _ZONED_DAY.fullmatch(text) or _TIME.fullmatch(text) or _COMPACT_TIME.fullmatch(text)
    written = found["day"] if found else text
    if days.is_nothing(written):
        return None
    day = days.read_day(written, day_first, text)
    if day is None:
        raise Refused(_EXPECTED, show(text))
    return _at(day, found, text) if found else datetime(day.year, day.month, day.day)


def _from_iso(text: str) -> datetime | None:
    """The quick way; what it does not take is looked at again, for a reason to give."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _at(day: date, found: re.Match[str], text: str) -> datetime:
    parts = found.groupdict()
    try:
        hour = _hour(int(parts.get("hour") or 0), (parts.get("half") or "").lower())
        minute, second = int(parts.get("minute") or 0), int(parts.get("second") or 0)
        microsecond = int((parts.get("fraction") or "")[:6].ljust(6, "0"))
        return datetime(day.year, day.month, day.day, hour, minute, second, microsecond, _zone(parts["zone"]))
    except ValueError:
        raise Refused("a time of day like 14:30:00", show(text)) from None


def _hour(hour: int, half: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half == "p" else 0)


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:].strip(":") or 0))
    return timezone(-offset if text[0] == "-" else offset)
