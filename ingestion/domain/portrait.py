"""What the columns of a file hold: of which kind, from where to where, and how their open forms may be read.

A profile keeps it in short as its fingerprint, and the mapping page shows it. Nothing here knows fields: a column is
looked at by what stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from arhub.records import Field, Kind
from ingestion.base import Cell, Table
from ingestion.coercion import Reading, Survey, coerce, evidence, needs_survey
from ingestion.coercion.reading import as_text

SAMPLE_ROWS = 5_000
MOST_VALUES = 50
LONGEST_VALUE = 60
_SHOWN = 3
_ENOUGH = 0.9
_AMOUNT, _DAY, _TEXT = Field("amount", Kind.MONEY), Field("day", Kind.DATE), Field("text")


@dataclass(slots=True)
class Evidence:
    """Cells that leave their column open, and cells that show one reading or the other, as (line, text)."""

    open: list[tuple[int, str]] = field(default_factory=list)
    shown: dict[bool | str, list[tuple[int, str]]] = field(default_factory=dict)


@dataclass(slots=True)
class ColumnPortrait:
    """`kind` is text, number, date or empty; `read_as` is number or date where its cells were looked at as such.
    `reading` is what the column says about itself, `is_open` whether a cell of it can be read in two ways. `values` are
    its different texts, unless there are more than 50."""

    kind: str
    read_as: str = ""
    reading: Reading = field(default_factory=Reading)
    is_open: bool = False
    low: str = ""
    high: str = ""
    values: list[str] | None = None
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def is_undecided(self) -> bool:
        return self.is_open and self.reading == Reading()

    def to_store(self) -> dict[str, Any]:
        shown = [[value, rows] for value, rows in self.evidence.shown.items()]
        return {
            "kind": self.kind,
            "read_as": self.read_as,
            "reading": [self.reading.decimal_sign, self.reading.day_first],
            "is_open": self.is_open,
            "low": self.low,
            "high": self.high,
            "values": self.values,
            "evidence": [self.evidence.open, shown],
        }

    @classmethod
    def stored(cls, kept: dict[str, Any]) -> ColumnPortrait:
        open_rows, shown = kept["evidence"]
        rows = {value: [(line, text) for line, text in found] for value, found in shown}
        found = Evidence([(line, text) for line, text in open_rows], rows)
        return cls(**kept | {"reading": Reading(*kept["reading"]), "evidence": found})


@dataclass(slots=True)
class Portrait:
    """`columns` header → what it holds; `rows` how many there are, or about how many when only a part was read.
    `is_plain` when its first rows have no letters beyond ASCII, so that they say nothing about the code page."""

    columns: dict[str, ColumnPortrait]
    rows: int
    is_plain: bool = True

    def to_store(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "is_plain": self.is_plain,
            "columns": {name: column.to_store() for name, column in self.columns.items()},
        }

    @classmethod
    def stored(cls, kept: dict[str, Any]) -> Portrait:
        return cls(
            {name: ColumnPortrait.stored(column) for name, column in kept["columns"].items()},
            kept["rows"],
            kept["is_plain"],
        )


def portray(table: Table, *, whole: bool, mapped: dict[str, str] | None = None) -> Portrait:
    """Look at the first 5,000 rows for kinds and ranges; with `whole` at all of them for readings and values, too.

    `mapped` says header → number or date of columns that are to be read as such, whatever most of their cells are.
    """
    found: Portrait | None = None
    surveyor: _Surveyor | None = None
    rows = 0
    for lines, columns in _columns(table):
        if surveyor is None:
            kinds = [_kind(cells) for cells in columns]
            names = zip(table.layout.header, kinds)  # noqa: B905  as long as the header
            surveyor = _Surveyor(kinds, [(mapped or {}).get(name, kind) for name, kind in names])
        surveyor.add(columns)
        rows += len(lines)
        if found is None:
            portraits = map(surveyor.portrait, range(len(columns)), columns)
            found = Portrait(dict(zip(table.layout.header, portraits, strict=True)), rows)
            found.is_plain = _is_plain(table.layout.header) and all(map(_is_plain, columns))
            if not whole:
                found.rows = int(rows / (table.progress() or 1.0))
                break
    if found is None or surveyor is None:
        return Portrait({name: ColumnPortrait("empty", values=[]) for name in table.layout.header}, 0)
    found.rows = rows if whole else found.rows
    for at, column in enumerate(found.columns.values()):
        surveyor.finish(at, column)
    _gather(table, found, whole=whole)
    return found


def _columns(table: Table) -> Iterator[tuple[list[int], list[Sequence[Cell]]]]:
    for chunk in table.chunks(SAMPLE_ROWS):
        if chunk.rows:
            yield chunk.lines, list(zip(*chunk.rows, strict=True))


def _is_plain(cells: Sequence[Cell]) -> bool:
    return all(cell.isascii() for cell in cells if isinstance(cell, str))


def _kind(cells: Sequence[Cell]) -> str:
    filled = [cell for cell in cells if cell is not None and cell != ""][:1_000]
    if not filled:
        return "empty"
    days = sum(1 for cell in filled if not isinstance(cell, (str, Decimal)) or not as_text(cell).strip().isdecimal())
    if days >= _ENOUGH * len(filled) and _share(_DAY, filled) >= _ENOUGH:
        return "date"
    return "number" if _share(_AMOUNT, filled) >= _ENOUGH else "text"


def _share(as_field: Field, cells: Sequence[Cell]) -> float:
    """The part of the cells that can be read as such a field."""
    _, problems = coerce(as_field, cells, Reading(decimal_sign=".", day_first=True))
    return 1 - len(problems) / len(cells)


_FIELDS = {"number": _AMOUNT, "date": _DAY}


class _Surveyor:
    """Collects over all chunks how each column is to be read, and its different values."""

    def __init__(self, kinds: list[str], read_as: list[str]) -> None:
        self.kinds, self.read_as = kinds, [kind if kind in _FIELDS else "" for kind in read_as]
        self.fields = [Field(str(at), _FIELDS.get(kind, _TEXT).kind) for at, kind in enumerate(self.read_as)]
        self.survey = Survey(self.fields)
        self.open = [False] * len(kinds)
        self.values: list[set[str] | None] = [set() for _ in kinds]

    def add(self, columns: list[Sequence[Cell]]) -> None:
        for at, cells in enumerate(columns):
            if self.read_as[at]:
                self.survey.add(at, cells)
                self.open[at] = self.open[at] or needs_survey(self.fields[at], cells)
            self._add_values(at, cells)

    def _add_values(self, at: int, cells: Sequence[Cell]) -> None:
        values = self.values[at]
        if values is None:
            return
        different = set(cells)
        if len(different) <= MOST_VALUES + 2:
            values |= {as_text(cell).strip()[:LONGEST_VALUE] for cell in different} - {""}
        if len(values) > MOST_VALUES or len(different) > MOST_VALUES + 2:
            self.values[at] = None

    def portrait(self, at: int, cells: Sequence[Cell]) -> ColumnPortrait:
        """Kind and range, from the first rows."""
        found = ColumnPortrait(self.kinds[at], self.read_as[at])
        if found.kind in _FIELDS:
            shown = self.survey.reading(self.fields[at])
            assumed = Reading(shown.decimal_sign or ".", shown.day_first is not False)
            values = list(filter(None, coerce(_FIELDS[found.kind], cells, assumed)[0]))
            order: Any = Decimal if found.kind == "number" else date.fromisoformat
            found.low, found.high = min(values, key=order, default=""), max(values, key=order, default="")
        return found

    def finish(self, at: int, column: ColumnPortrait) -> None:
        column.is_open = self.open[at]
        values = self.values[at]
        column.values = None if values is None else sorted(values, key=str.casefold)
        if column.read_as:
            column.reading = self.survey.reading(self.fields[at])


def _gather(table: Table, portrait: Portrait, *, whole: bool) -> None:
    """Find the rows that leave a column open, and those that show how it is read."""
    wanted = [(at, column) for at, column in enumerate(portrait.columns.values()) if column.is_open]
    if not wanted:
        return
    for lines, columns in _columns(table):
        for at, column in wanted:
            _look(column, lines, columns[at])
        if not whole:
            return


def _look(column: ColumnPortrait, lines: list[int], cells: Sequence[Cell]) -> None:
    found = column.evidence
    if len(found.open) >= _SHOWN and sum(map(len, found.shown.values())) >= 2 * _SHOWN:
        return
    for line, cell in zip(lines, cells, strict=True):
        if isinstance(cell, str):
            shown, is_open = evidence(_FIELDS[column.read_as], cell)
            rows = found.open if is_open else found.shown.setdefault(shown, []) if shown is not None else None
            if rows is not None and len(rows) < _SHOWN:
                rows.append((line, cell.strip()[:LONGEST_VALUE]))
