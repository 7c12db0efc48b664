"""The way in: one column of cells → what the database takes, and a problem for every cell it cannot take.

A column is first tried as a whole. When that does not work out, every different text of it is read once;
typed cells of a sheet are read one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from arhub.records.base import Field, Kind
from ingestion.base import Cell
from ingestion.coercion import amounts, dates, objects, words
from ingestion.coercion.reading import Reading, Refused, WholeColumn
from ingestion.errors import Problem

Columns = tuple[list[str | None], dict[int, Problem]]
Read = Callable[[Field, Cell, Reading], str | None]
ReadColumn = Callable[[Field, Sequence[str], Reading], WholeColumn | None]


@dataclass(frozen=True, slots=True)
class Reader:
    """How a kind is read: one cell, and all of a column at once where that pays."""

    cell: Read
    column: ReadColumn | None = None


_NUMBER = Reader(amounts.read, amounts.read_column)
_TEXT = Reader(words.read_text, words.read_texts)
_READERS = {
    Kind.TEXT: _TEXT,
    Kind.REFERENCE: _TEXT,
    Kind.MONEY: _NUMBER,
    Kind.NUMBER: _NUMBER,
    Kind.INTEGER: _NUMBER,
    Kind.COORDINATE: _NUMBER,
    Kind.DATE: Reader(dates.read_date, dates.read_days),
    Kind.DATETIME: Reader(dates.read_datetime, dates.read_moments),
    Kind.BOOL: Reader(words.read_bool),
    Kind.CURRENCY: Reader(words.read_currency),
    Kind.COUNTRY: Reader(words.read_country),
    Kind.CHOICE: Reader(words.read_choice),
    Kind.JSON: Reader(objects.read_json),
}
_TEXTS = {str, type(None)}
_DECIMALS = {Decimal, type(None)}
_AS_TYPED = Reading(decimal_sign=".", day_first=True)  # str(Decimal) has one reading


def coerce(field: Field, cells: Sequence[Cell], reading: Reading) -> Columns:
    """Normalised texts in the order of the cells, None where a cell is empty or wrong; and index → what is wrong.

    The problems name the field. A typed cell is never open: `reading` is for texts.
    """
    reader = _READERS[field.kind]
    types = set(map(type, cells))
    if types <= _TEXTS:
        return _read_texts(reader, field, _without_none(cells, types), reading)
    if types <= _DECIMALS and reader in (_NUMBER, _TEXT):
        texts = ["" if cell is None else str(cell) for cell in cells]
        if reader is _NUMBER or "".join(texts).isdecimal():
            return _read_decimals(reader, field, cells, texts)
    return _sort_out(field, [_answer(reader.cell, field, cell, reading) for cell in cells])


def _without_none(cells: Sequence[Cell], types: set[type]) -> Sequence[str]:
    return cells if types <= {str} else [cell or "" for cell in cells]  # type: ignore[misc,return-value]


def _read_decimals(reader: Reader, field: Field, cells: Sequence[Cell], texts: list[str]) -> Columns:
    whole = reader.column(field, texts, _AS_TYPED) if reader.column else None
    return _read_odd(reader, field, cells, _AS_TYPED, whole or ([None] * len(cells), list(range(len(cells)))))


def _read_texts(reader: Reader, field: Field, cells: Sequence[str], reading: Reading) -> Columns:
    whole = reader.column(field, cells, reading) if reader.column else None
    if whole is not None:
        return _read_odd(reader, field, cells, reading, whole)
    answers = {cell: _answer(reader.cell, field, cell, reading) for cell in set(cells)}
    return _sort_out(field, list(map(answers.__getitem__, cells)))


def _read_odd(reader: Reader, field: Field, cells: Sequence[Cell], reading: Reading, whole: WholeColumn) -> Columns:
    """Reads what the column as a whole left over."""
    values, places = whole
    problems: dict[int, Problem] = {}
    for place in places:
        answer = _answer(reader.cell, field, cells[place], reading)
        if isinstance(answer, Refused):
            problems[place] = _problem(field, answer)
            answer = None
        values[place] = answer
    return values, problems


def _answer(read: Read, field: Field, cell: Cell, reading: Reading) -> str | Refused | None:
    try:
        return read(field, cell, reading)
    except Refused as refused:
        return Refused(*refused.args)  # a fresh one: the raised one holds on to its frames, and so to the whole chunk


def _sort_out(field: Field, answers: list[str | Refused | None]) -> Columns:
    if Refused not in set(map(type, answers)):
        return answers, {}  # type: ignore[return-value]
    refused = {place: answer for place, answer in enumerate(answers) if isinstance(answer, Refused)}
    values = [None if isinstance(answer, Refused) else answer for answer in answers]
    return values, {place: _problem(field, answer) for place, answer in refused.items()}


def _problem(field: Field, refused: Refused) -> Problem:
    return Problem(field.name, refused.expected, refused.found)
