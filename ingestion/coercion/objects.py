"""JSON in a cell: checked against what jsonb can hold, written one way, every number with the digits it came with."""

from __future__ import annotations

import json
from typing import Any

from arhub.records.base import Field
from ingestion.base import Cell
from ingestion.coercion.reading import Reading, Refused, show

_EXPECTED = "a JSON object or list"
_DEEPEST = 50
_LONGEST_NUMBER = 100
_GREATEST_EXPONENT = 300


class _Digits(str):
    """A number as written."""

    __slots__ = ()


def read_json(_field: Field, cell: Cell, _reading: Reading) -> str | None:
    if cell is None or (isinstance(cell, str) and (not cell or cell.isspace())):
        return None
    value = _parse(cell) if isinstance(cell, str) else None
    if not isinstance(value, (dict, list)):
        raise Refused(_EXPECTED, show(cell))
    return _write(value, 1)


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_no_constant)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        at = f", {error.msg.lower()} at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        raise Refused(_EXPECTED, show(text) + at) from None


def _number(text: str) -> _Digits:
    """jsonb stores numbers as numeric, and a file of 1e99999 must not fill the database."""
    exponent = text.lower().partition("e")[2]
    if len(text) > _LONGEST_NUMBER or (exponent and abs(int(exponent)) > _GREATEST_EXPONENT):
        raise Refused(f"JSON numbers of at most {_LONGEST_NUMBER} digits", show(text))
    return _Digits(text)


def _no_constant(text: str) -> None:
    raise Refused("JSON numbers", text)


def _too_deep() -> Refused:
    return Refused(f"JSON nested at most {_DEEPEST} levels", "more levels")


def _write(value: Any, level: int) -> str:
    if level > _DEEPEST:
        raise _too_deep()
    if isinstance(value, dict):
        pairs = (f"{_quote(key)}:{_write(value[key], level + 1)}" for key in sorted(value))
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_write(item, level + 1) for item in value) + "]"
    return value if isinstance(value, _Digits) else _quote(value)


def _quote(value: str | bool | None) -> str:
    """JSON can write NUL and half a surrogate pair; jsonb takes neither."""
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise Refused("JSON without NUL and half characters", show(value))
    return json.dumps(value, ensure_ascii=False)
