"""The values of a filter, as what the field holds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

from ingestion.sage_network.searchlight.columns import Column, Holds, Value
from ingestion.sage_network.searchlight.errors import FieldTypeMismatch, said
from ingestion.sage_network.searchlight.syntax import DATE_WORDS, Literal

_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_MOMENT = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2})"
    r"(?:[T ](?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_WORDS_IN_DAYS = {"TODAY": 0, "TOMORROW": 1, "YESTERDAY": -1}


def value_of(column: Column, literal: Literal, now: datetime) -> Value:
    """The literal as the column's kind. A date is given as the moment it stands for, without a zone.

    `now` is the time with the zone in which TODAY begins. Raises FieldTypeMismatch.
    """
    try:
        return _read(column.holds, literal, now)
    except (ValueError, OverflowError):
        raise FieldTypeMismatch(
            f"Expected {column.holds} for {column.name} at character {literal.at + 1} of the filter, "
            f"found {said(literal.text)}."
        ) from None


def _read(holds: Holds, literal: Literal, now: datetime) -> Value:
    text = literal.text
    match holds:
        case Holds.DATE:
            return _moment(literal, now).replace(tzinfo=None)
        case Holds.DATETIME:
            moment = _moment(literal, now)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        case _ if literal.days:
            raise ValueError
        case Holds.TEXT:
            return text
        case Holds.DECIMAL if _NUMBER.fullmatch(text):
            return Decimal(text)
        case Holds.INTEGER if _WHOLE.fullmatch(text):
            return int(text)
        case Holds.BOOL if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case Holds.UUID:
            return UUID(text)
    raise ValueError


def _moment(literal: Literal, now: datetime) -> datetime:
    """A year or a month alone stands for its first day, as "2022" does in `invoiceDate < 2022`."""
    word = literal.text.upper()
    if word in DATE_WORDS:
        days = timedelta(days=literal.days + _WORDS_IN_DAYS.get(word, 0))
        day = now if word == "NOW" else datetime.combine(now.date(), time(), now.tzinfo)
        return day + days
    match = _MOMENT.fullmatch(literal.text)
    if match is None:
        raise ValueError
    parts = match.groupdict()
    day = datetime(int(parts["year"]), int(parts["month"] or 1), int(parts["day"] or 1), tzinfo=_zone(parts["zone"]))
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    return day.replace(hour=hour, minute=minute, second=second, microsecond=_microseconds(parts["fraction"]))


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "0").ljust(6, "0")[:6])


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if text in "Zz":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
