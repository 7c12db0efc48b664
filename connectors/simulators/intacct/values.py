"""How the gateway writes and reads dates, times, amounts and flags."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from connectors.simulators.intacct.errors import Refusal, wrong

CENT = Decimal("0.01")
DATE, TIME = "%m/%d/%Y", "%m/%d/%Y %H:%M:%S"


def write(value: Any) -> str:
    """As it stands in a reply; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime(TIME)
    return value.strftime(DATE) if isinstance(value, date) else str(value)


def money(text: str, field: str) -> Decimal:
    """An amount in cents; more digits are rounded."""
    return number(text, field).quantize(CENT, ROUND_HALF_UP)


def number(text: str, field: str) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise _format(field, text, "a number") from None
    if not value.is_finite() or abs(value) >= Decimal("1e14"):
        raise _format(field, text, "a number")
    return value


def day(text: str, field: str) -> date:
    try:
        return datetime.strptime(text.strip(), DATE).date()
    except ValueError:
        raise _format(field, text, "a date as mm/dd/yyyy") from None


def moment(text: str, field: str) -> datetime:
    """A time of UTC, or the start of a day."""
    for pattern in (TIME, DATE):
        try:
            return datetime.strptime(text.strip(), pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise _format(field, text, "a time as mm/dd/yyyy hh:mm:ss")


def flag(text: str, field: str) -> bool:
    if text.strip().lower() not in {"true", "false", "t", "f"}:
        raise _format(field, text, "true or false")
    return text.strip().lower().startswith("t")


def whole(text: str, field: str) -> int:
    try:
        return int(text.strip())
    except ValueError:
        raise _format(field, text, "a whole number") from None


READERS = {str: lambda text, field: text, int: whole, Decimal: number, date: day, datetime: moment, bool: flag}


def read(kind: type, text: str, field: str) -> Any:
    """The value of a field of this type; None for an empty text. Raises Refusal."""
    return READERS[kind](text, field) if text.strip() else None  # type: ignore[no-untyped-call]


def _format(field: str, text: str, expected: str) -> Refusal:
    return wrong(f"The value '{text}' of field {field} is not {expected}.", f"Provide {expected}.", "BL03000018")
