"""JSON as it goes over the wire: amounts are numbers with all their digits, and no float is made on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID


def encode(value: Any) -> bytes:
    """Dates as YYYY-MM-DD, times in UTC with Z, uuids as text. Raises TypeError for what JSON has no word for."""
    return "".join(_pieces(value)).encode(errors="replace")  # a query said back may have half a character


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _object(value)
    elif isinstance(value, (list, tuple)):
        yield from _array(value)
    else:
        yield _scalar(value)


def _object(value: Mapping[str, Any]) -> Iterator[str]:
    before = "{"
    for name, item in value.items():
        yield f"{before}{encode_basestring(name)}:"
        yield from _pieces(item)
        before = ","
    yield "}" if value else "{}"


def _array(value: list[Any] | tuple[Any, ...]) -> Iterator[str]:
    before = "["
    for item in value:
        yield before
        yield from _pieces(item)
        before = ","
    yield "]" if value else "[]"


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, datetime):
        return f'"{value.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"'
    if isinstance(value, (date, UUID)):
        return f'"{value}"'
    raise TypeError(f"JSON has no word for {value!r}.")
