"""How the gateway writes values, and how it reads them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from arhub.network.errors import PermanentError

DATE = "%m/%d/%Y"
TIME = "%m/%d/%Y %H:%M:%S"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_DIGITS = 30
_CENT = Decimal("0.01")


def text_of(value: object) -> str:
    """Text as XML 1.0 can carry it: control characters, which it cannot, are left out."""
    return _FORBIDDEN.sub("", str(value)).strip()


def amount_of(value: Decimal, what: str) -> str:
    """Two decimals and a point. Intacct rounds what has more without a word, so that is refused."""
    if value != round(value, 2):
        raise PermanentError(f"{what} is {plain(value)}: expected at most two decimals, more would be rounded.")
    return f"{value.quantize(_CENT):f}"


def plain(value: Decimal) -> str:
    """An amount in a sentence: two decimals, or as many as it has; stored ones may end in zeros."""
    exponent = value.normalize().as_tuple().exponent
    return f"{value:.{max(2, -exponent if isinstance(exponent, int) else 2)}f}"


def read_decimal(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise PermanentError(f"Expected a number from Intacct, found {text[:40]!r}.")
    return number


def read_time(text: str) -> datetime | None:
    """A time as the gateway writes it, "03/15/2026 14:05:06", or of ISO 8601. Without a zone it is UTC."""
    if not text:
        return None
    try:
        time = datetime.strptime(text, TIME if " " in text else DATE) if "/" in text else datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise PermanentError(f"Expected a time like 03/15/2026 14:05:06 from Intacct, found {text[:40]!r}.") from None


def read_date(text: str) -> date | None:
    """A date has no zone, and is never moved to another one."""
    try:
        return date.fromisoformat(text[:10]) if "-" in text else _from_time(text)
    except ValueError:
        raise PermanentError(f"Expected a date like 03/15/2026 from Intacct, found {text[:40]!r}.") from None


def _from_time(text: str) -> date | None:
    time = read_time(text)
    return time.date() if time else None


def read_bool(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())
