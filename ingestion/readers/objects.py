"""JSON objects as rows: nested ones become columns named with a dot, numbers keep all their digits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from ingestion.base import Cell
from ingestion.errors import Problem, Unreadable
from ingestion.readers.header import MAX_NAMES, name_columns, refuse_long

MOST_KEYS = 500
_DEPTH = 3
_MOST_NESTED = 100
_MOST_DIGITS = 400
_SHOWN = 1_000
_UNUSABLE = re.compile("[\0\ud800-\udfff]")
_NOUNS = {dict: "an object", list: "a list", str: "text", bool: "true or false", Decimal: "a number"}


class NotAnObject(ValueError):
    """Carries the problem of the row that is none."""

    def __init__(self, found: str, expected: str = "a JSON object") -> None:
        super().__init__(found)
        self.problem = Problem("", expected, found)


def flat(value: Any) -> dict[str, Cell]:
    """An object as column → cell. Lists, and objects below the third level, become JSON text.

    Raises `NotAnObject`.
    """
    if not isinstance(value, dict):
        raise NotAnObject("null" if value is None else _NOUNS.get(type(value), "a value"))
    cells: dict[str, Cell] = {}
    for name, cell in _leaves(value, "", 1):
        if name in cells:
            raise NotAnObject(f"“{name[:60]}” twice", "an object that names everything once")
        if isinstance(cell, str) and (match := _UNUSABLE.search(cell)):
            raise NotAnObject(f"the character U+{ord(match[0]):04X} in “{name[:60]}”", "text")
        cells[name] = cell
    return cells


def _leaves(value: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Cell]]:
    _refuse_repeated(value)
    for key, item in value.items():
        name = prefix + key
        if isinstance(item, dict) and item and depth < _DEPTH:
            yield from _leaves(item, f"{name}.", depth + 1)
        else:
            yield name, as_json(item) if isinstance(item, (dict, list)) else item


def as_json(value: Any, depth: int = 0) -> str:
    """A value as JSON text. Raises `NotAnObject` when it is nested too deeply, or names something twice."""
    # json.dumps knows no Decimal, and a float would lose digits.
    if depth > _MOST_NESTED:
        raise NotAnObject("brackets nested far too deep")
    if isinstance(value, dict):
        _refuse_repeated(value)
        named = (f"{json.dumps(key, ensure_ascii=False)}: {as_json(item, depth + 1)}" for key, item in value.items())
        return "{" + ", ".join(named) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_json(item, depth + 1) for item in value) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def shown(value: Any) -> str:
    """The start of what is no row, as text that can be stored."""
    try:
        text = value if isinstance(value, str) else as_json(value)
    except NotAnObject:
        text = "[...]"
    return text[:_SHOWN].rstrip("\r\n").encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


class _Repeated(dict[str, Any]):
    """An object that names something twice."""


def _refuse_repeated(value: dict[str, Any]) -> None:
    if isinstance(value, _Repeated):
        raise NotAnObject("a name twice", "an object that names everything once")


def _number(text: str) -> Decimal | str:
    """A number; one that no amount can be stays text, since written out it could fill the memory."""
    _, _, exponent = text.lower().partition("e")
    if len(text) > _MOST_DIGITS or len(exponent) > 4 or abs(int(exponent or 0)) > _MOST_DIGITS:
        return text
    return Decimal(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeated(found)


DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=_number, parse_int=_number, parse_constant=str, strict=False
)


class Keys:
    """The columns of a file: every name in the order of its first appearance."""

    def __init__(self) -> None:
        self._found: dict[str, int] = {}
        self._size = 0

    def add(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._found:
                self._found[name] = len(self._found)
                self._size += len(name)
        if len(self._found) > MOST_KEYS:
            raise Unreadable(f"The objects of the file have more than {MOST_KEYS} different names; this is no table.")
        if self._size > MAX_NAMES:
            refuse_long(list(self._found))

    def header(self) -> list[str]:
        """Raises `Unreadable` when there are no names, or two that differ in upper and lower case only."""
        if not self._found:
            raise Unreadable("The file has no objects with names and values.")
        return name_columns([_UNUSABLE.sub("\ufffd", name) for name in self._found], len(self._found))

    def row(self, cells: dict[str, Cell]) -> list[Cell]:
        return list(map(cells.get, self._found))


def row_of(cells: dict[str, Cell], header: Sequence[str]) -> list[Cell]:
    """The cells under a header that was made from the names."""
    by_name = {name.strip(): cell for name, cell in cells.items()}
    return [by_name.get(name) for name in header]
