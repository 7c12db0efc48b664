"""What a column as a whole says about its ambiguous forms: 01-03-2016 is settled by a 31-03-2016 anywhere in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from arhub.records.base import Field, Kind
from ingestion.base import Cell
from ingestion.coercion import days
from ingestion.coercion.amounts import likely_sign, signs
from ingestion.coercion.numerals import LONGEST, split
from ingestion.coercion.reading import Reading

_NUMERIC = {Kind.MONEY, Kind.NUMBER, Kind.INTEGER}
_DATED = {Kind.DATE, Kind.DATETIME}
_OPEN_NUMBER = re.compile(r"(?<![0-9.,'])[1-9][0-9]{0,2}[.,][0-9]{3}(?![0-9.,'])")
_OPEN_DATE = re.compile(r"^[^\S\n]*[0-9]{1,2}([-/])[0-9]{1,2}\1[0-9]{2}", re.MULTILINE)
_SURE = signs(28, 28, sure=True)
_ANY = signs(28, 28, sure=False)
_SURE_LINE = re.compile(r"^(?!-?[1-9][0-9]{0,2}[.,][0-9]{3}$)[^\n.,]*[.,]", re.MULTILINE)

Sign = bool | str
Look = Callable[[str], tuple[Sign | None, bool]]
"""A text → what it shows (day first? which decimal sign?), and whether it needs to know."""


def needs_survey(field: Field, cells: Sequence[Cell]) -> bool:
    """Whether the column has a cell whose reading depends on the other cells."""
    if field.kind in _NUMERIC:
        texts = _texts(cells)
        text = "\n".join(texts)
        plain = any(lines.fullmatch(text) for lines in _SURE.values())
        return not plain and _any_open(texts, _OPEN_NUMBER, _look_at_number)
    return field.kind in _DATED and _any_open(_texts(cells), _OPEN_DATE, _look_at_date)


def _any_open(texts: Sequence[str], pattern: re.Pattern[str], look: Look) -> bool:
    if not pattern.search("\n".join(texts)):
        return False
    return any(look(text)[1] for text in texts if pattern.search(text))


class Survey:
    """Collects the evidence of a whole file, chunk by chunk. Evidence for both readings leaves a column undecided."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = list(fields)
        self._places = {field.name: index for index, field in enumerate(fields)}
        self._seen: list[set[Sign]] = [set() for _ in fields]

    def add(self, i_field: int, cells: Sequence[Cell]) -> None:
        """The next cells of the field at that place in `fields`."""
        kind, seen = self._fields[i_field].kind, self._seen[i_field]
        if len(seen) == 2:
            return
        if kind in _NUMERIC:
            _add_numbers(seen, _texts(cells))
        elif kind in _DATED:
            _add_dates(seen, _texts(cells))

    def reading(self, field: Field) -> Reading:
        seen = self._seen[self._places[field.name]]
        shown = next(iter(seen)) if len(seen) == 1 else None
        if isinstance(shown, str):
            return Reading(decimal_sign=shown)
        return Reading(day_first=shown)


def evidence(field: Field, text: str) -> tuple[Sign | None, bool]:
    """What one cell shows about its column (day first? which decimal sign?), and whether its reading depends on it."""
    return _look_at_date(text) if field.kind in _DATED else _look_at_number(text)


def _texts(cells: Sequence[Cell]) -> list[str]:
    return [cell for cell in cells if isinstance(cell, str)]


def _add_numbers(seen: set[Sign], texts: list[str]) -> None:
    text = "\n".join(texts)
    lines = text.split("\n")
    sign, odd = likely_sign(_ANY if "," not in seen else dict(reversed(_ANY.items())), text)
    _add_shown(seen, [lines[place] for place in odd], _look_at_number)
    if sign not in seen and _SURE_LINE.search("\n".join(_others(lines, odd))):
        seen.add(sign)


def _others(lines: list[str], places: list[int]) -> list[str]:
    left_out = set(places)
    return [line for place, line in enumerate(lines) if place not in left_out] if places else lines


def _add_dates(seen: set[Sign], texts: list[str]) -> None:
    if _OPEN_DATE.search("\n".join(texts)):
        _add_shown(seen, texts, _look_at_date)


def _add_shown(seen: set[Sign], texts: Sequence[str], look: Look) -> None:
    for text in set(texts):
        shown, is_open = look(text)
        if shown is not None and not is_open:
            seen.add(shown)
            if len(seen) == 2:
                return


def _look_at_number(text: str) -> tuple[Sign | None, bool]:
    numeral = split(text, percent=True) if len(text) <= LONGEST else None
    return (None, False) if numeral is None else (numeral.sign or None, numeral.is_open)


@lru_cache(maxsize=20_000)
def _order(text: str) -> tuple[bool | None, bool]:
    return days.order(text)


def _look_at_date(text: str) -> tuple[Sign | None, bool]:
    return _order(text.strip()) if len(text) <= LONGEST else (None, False)
