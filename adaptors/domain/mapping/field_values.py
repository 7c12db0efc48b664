"""Values in the form that a target takes them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from arhub.domain.sentences import printable
from connectors.base import Target

_SHOWN = 60
_MOST_DIGITS = 20
"""Of an amount, before the point: more than any money, and less than arithmetic takes."""


class Unfit(Exception):
    """A value that a target does not take. The text goes on after its name: "expected …, found …"."""


def text_of(value: Any) -> str:
    """A value of ours as text: the key of a lookup table, or what a text target gets."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            plain = f"{value:f}"
            return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(value).strip()


def fit(target: Target, value: Any) -> Any:
    """The value as the target takes it; None for nothing. Raises `Unfit`."""
    if text_of(value) == "":
        return None
    match target.kind:
        case "date":
            return _date(value)
        case "amount":
            return _amount(value)
        case "number":
            return _number(value)
        case "choice":
            return _choice(target, text_of(value))
    return text_of(value)


def _date(value: Any) -> date:
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    try:
        return date.fromisoformat(text_of(value))
    except ValueError:
        raise _unfit("a date such as 2026-03-15", value) from None


def _number(value: Any) -> Decimal:
    try:
        number = value if isinstance(value, Decimal) else Decimal(text_of(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise _unfit("a number such as 1250.00", value)
    return number


def _amount(value: Any) -> Decimal:
    number = _number(value)
    if number.adjusted() >= _MOST_DIGITS:
        raise _unfit(f"at most {_MOST_DIGITS} digits before the point", value)
    if number != round(number, 2):
        raise _unfit("at most two decimals", value)
    return number


def _choice(target: Target, text: str) -> str:
    for choice in target.choices:
        if choice.lower() == text.lower():
            return choice
    raise _unfit(f"one of {', '.join(target.choices)}", text)


def _unfit(expected: str, value: Any) -> Unfit:
    return Unfit(f"expected {expected}, found “{printable(text_of(value), _SHOWN)}”")
