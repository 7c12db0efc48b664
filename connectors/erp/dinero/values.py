"""Reading what Dinero writes: keys in any casing, money as JSON doubles, times in UTC that do not say so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from arhub.network.errors import PermanentError

LARGEST = Decimal(10) ** 15
NO_NUMBER = 9223372036854775807  # of a draft, in lists
DECIMALS = {"CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}


def folded(value: Any) -> Any:
    """The same with the keys of every object in small letters: lists give keys back in the casing of the request."""
    if isinstance(value, Mapping):
        return {str(key).lower(): folded(item) for key, item in value.items()}
    return [folded(item) for item in value] if isinstance(value, list) else value


def number_of(row: Mapping[str, Any], name: str) -> Decimal | None:
    """Raises PermanentError."""
    value = row.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise PermanentError(f"Expected a number as {name}, found a {type(value).__name__}.")
    number = Decimal(value)
    if abs(number) >= LARGEST:
        raise PermanentError(f"Expected an amount as {name}, found one beyond {LARGEST:,}.")
    return number


def money(row: Mapping[str, Any], name: str, currency: str) -> Decimal | None:
    """Rounded as its currency is. Raises PermanentError."""
    value = number_of(row, name)
    return None if value is None else rounded(value, currency)


def rounded(value: Decimal, currency: str) -> Decimal:
    return value.quantize(unit_of(currency), ROUND_HALF_UP)


def unit_of(currency: str) -> Decimal:
    """The smallest amount, such as 0.01."""
    return Decimal(1).scaleb(-DECIMALS.get(currency, 2))


def text(row: Mapping[str, Any], *names: str) -> str | None:
    """What is given under the names, a line each; None for nothing."""
    found = [str(value).strip() for name in names if (value := row.get(name)) is not None]
    return "\n".join(filter(None, found)) or None


def key(row: Mapping[str, Any], name: str) -> str | None:
    """A guid, which is the same in any casing."""
    found = text(row, name)
    return found.lower() if found else None


def day(row: Mapping[str, Any], name: str) -> date | None:
    """Raises PermanentError."""
    value = text(row, name)
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        raise PermanentError(f"Expected a date as {name}, found {value!r:.40}.") from None


def moment(row: Mapping[str, Any], name: str) -> datetime | None:
    """Raises PermanentError."""
    value = text(row, name)
    try:
        found = datetime.fromisoformat(value) if value else None
    except ValueError:
        raise PermanentError(f"Expected a time as {name}, found {value!r:.40}.") from None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
