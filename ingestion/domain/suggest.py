"""Likely columns for fields that no header names exactly: by similar names and by what the cells hold.

A suggestion is shown with its reason and set by a person only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from arhub.records import RECORD_TYPES, Field, Kind, RecordType, normalise
from ingestion.base import Cell
from ingestion.coercion import Reading, coerce
from ingestion.coercion.reading import as_text

_SIMILAR = 74  # of 100: below, two names have little in common
_RELATED = 60  # enough when the cells say the same
_CONTAINED = 90  # one name is a part of the other
_FITS = 0.8
_TELLS = 0.95
_SHORT = 5
_NOUNS = {
    Kind.MONEY: "amounts", Kind.NUMBER: "numbers", Kind.INTEGER: "whole numbers", Kind.DATE: "dates",
    Kind.DATETIME: "dates", Kind.CURRENCY: "currency codes", Kind.BOOL: "yes or no", Kind.CHOICE: "known words",
    Kind.COORDINATE: "degrees", Kind.JSON: "JSON",
}  # fmt: skip
_EXPLAINED = {Kind.CURRENCY, Kind.CHOICE, Kind.BOOL}
_EMAIL = re.compile(r"[^@\s;,]+@[^@\s;,]+\.[^@\s;,]+")
_LONGEST_EMAIL = 320


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A column that may be a field, how sure that is (of 100), and why."""

    field: str
    header: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a column's cells are what a field holds; `share` is None when any text would do."""

    share: float | None
    told: str = ""


def suggest(
    record_type: RecordType, columns: Mapping[str, Sequence[Cell]], filled: set[str], used: set[str]
) -> list[Suggestion]:
    """At most one column for each field that is not filled, the likeliest first. `columns` are samples by header,
    `used` the headers that are mapped or left out."""
    free = {header: _filled(cells) for header, cells in columns.items() if header not in used}
    fields = [item for item in record_type.fields if item.name not in filled]
    found = [*_by_name(record_type, fields, free), *_left_over(record_type, fields, free, filled)]
    taken: set[str] = set()
    chosen = []
    for item in sorted(found, key=lambda item: -item.score):
        if item.field not in taken and f"column {item.header}" not in taken:
            taken |= {item.field, f"column {item.header}"}
            chosen.append(item)
    return chosen


def _filled(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if as_text(cell).strip()]


def _by_name(record_type: RecordType, fields: list[Field], free: dict[str, list[Cell]]) -> Iterator[Suggestion]:
    for header, cells in free.items():
        name = normalise(header)
        for item in fields:
            names = _names(record_type.name, item.name)
            score, alias = _similarity(name, names)
            if _speaks_for_itself(item) and score < _CONTAINED:
                score, alias = _contained(name, names) or (score, alias)
            fit = _fit(record_type, item, cells)
            if _is_likely(item, score, fit, cells):
                similar = [f"similar to “{alias}”"] if score >= _RELATED else []
                total = 0.7 * score + 30 * (0.5 if fit.share is None else fit.share if cells else 0.3)
                yield Suggestion(item.name, header, total, "; ".join([*similar, *filter(None, [fit.told])]))


def _speaks_for_itself(item: Field) -> bool:
    """Whether what stands in the cells says something about the field."""
    return item.kind in _NOUNS or "email" in item.name


def _is_likely(item: Field, score: float, fit: _Fit, cells: list[Cell]) -> bool:
    if fit.share is None or not cells:
        return score >= _SIMILAR
    if item.kind in _EXPLAINED:  # its words can be given a meaning
        return score >= _SIMILAR or (fit.share >= _TELLS and (score >= _RELATED or item.kind is Kind.CURRENCY))
    if fit.share < _FITS:
        return False
    return score >= (_RELATED if _speaks_for_itself(item) else _SIMILAR) or (
        fit.share >= _TELLS and "email" in item.name
    )


@lru_cache(maxsize=1_000)
def _names(type_name: str, field_name: str) -> dict[str, str]:
    """Normalised → as written, of every name a field has."""
    item = RECORD_TYPES[type_name].by_name[field_name]
    written = [item.name.replace("_", " "), *item.synonyms, *filter(None, [item.sage])]
    return {normalise(name): name for name in reversed(written)}


def _similarity(name: str, names: dict[str, str]) -> tuple[float, str]:
    """How alike, of 100, and the name it is alike to."""
    found = process.extractOne(name, list(names), scorer=_alike)
    return (float(found[1]), names[found[0]]) if found else (0.0, "")


def _contained(name: str, names: dict[str, str]) -> tuple[float, str] | None:
    """A name whose words all stand in this one."""
    words = set(name.split())
    alias = next((names[other] for other in names if len(other) >= _SHORT and set(other.split()) <= words), "")
    return (_CONTAINED, alias) if alias else None


def _alike(name: str, other: str, *, score_cutoff: float | None = None) -> float:
    whole = fuzz.token_sort_ratio(name, other)
    if min(len(name), len(other)) < _SHORT:
        return whole
    return max(whole, 0.85 * fuzz.partial_ratio(name, other))


def _fit(record_type: RecordType, item: Field, cells: list[Cell]) -> _Fit:
    if "email" in item.name:
        return _counted(sum(map(_is_email, cells)), cells, "e-mail addresses")
    if item.kind in _NOUNS:
        _, problems = coerce(item, cells, Reading(decimal_sign=".", day_first=True))
        return _counted(len(cells) - len(problems), cells, _NOUNS[item.kind])
    if item.name == "erp_key" or (item.kind is Kind.TEXT and item.name in record_type.key and cells):
        different = len({as_text(cell).strip() for cell in cells})
        return _Fit(different / (len(cells) or 1), "all values differ" if different == len(cells) else "")
    return _Fit(None)


def _is_email(cell: Cell) -> bool:
    text = as_text(cell).strip()
    return len(text) <= _LONGEST_EMAIL and _EMAIL.fullmatch(text) is not None


def _counted(good: int, cells: list[Cell], noun: str) -> _Fit:
    if not cells:
        return _Fit(1.0)
    every = f"all {len(cells)}" if len(cells) > 1 else "the only one"
    told = f"{every if good == len(cells) else f'{good} of {len(cells)}'} values are {noun}"
    return _Fit(good / len(cells), told if len(cells) > 1 else f"its only value is one of {noun}")


def _left_over(
    record_type: RecordType, fields: list[Field], free: dict[str, list[Cell]], filled: set[str]
) -> Iterator[Suggestion]:
    """The only column of dates, when a date is needed and nothing fills it; amounts likewise."""
    needed = [item for item in fields if item.required]
    needed += [record_type.by_name[group[0]] for group in record_type.needs if not filled & set(group)]
    for kind, noun in ((Kind.DATE, "dates"), (Kind.MONEY, "amounts")):
        wanted = [item for item in needed if item.kind is kind]
        fitting = [header for header, cells in free.items() if wanted and _holds(wanted[0], cells)]
        if len(wanted) == len(fitting) == 1:
            yield Suggestion(wanted[0].name, fitting[0], 55, f"the only column of {noun} that is left")


def _holds(item: Field, cells: list[Cell]) -> bool:
    """Whether the cells are dates, or amounts with decimals, and not just digits."""
    texts = [as_text(cell).strip() for cell in cells]
    if not texts or all(text.isdecimal() for text in texts):
        return False
    _, problems = coerce(item, cells, Reading(decimal_sign=".", day_first=True))
    return len(problems) <= (1 - _FITS) * len(cells)
