"""Short ways for the tests of this folder to read one cell."""

from __future__ import annotations

from arhub.records.base import Field, Kind
from ingestion.base import Cell
from ingestion.coercion import Reading, coerce

UNDECIDED = Reading()
DOT = Reading(decimal_sign=".")
COMMA = Reading(decimal_sign=",")
DAY_FIRST = Reading(day_first=True)
MONTH_FIRST = Reading(day_first=False)


def field(kind: Kind, **settings: object) -> Field:
    return Field("value", kind, **settings)  # type: ignore[arg-type]


def one(kind: Kind | Field, cell: Cell, reading: Reading = UNDECIDED) -> str | None:
    """What a cell is read as; a problem comes back as "!expected|found"."""
    values, problems = coerce(field(kind) if isinstance(kind, Kind) else kind, [cell], reading)
    if 0 in problems:
        assert values == [None]
        return f"!{problems[0].expected}|{problems[0].found}"
    assert problems == {}
    return values[0]


def alone_and_in_company(kind: Kind | Field, cell: Cell, company: Cell, reading: Reading = UNDECIDED) -> str | None:
    """The same, and the same again between cells that go the quick way."""
    column = field(kind) if isinstance(kind, Kind) else kind
    values, problems = coerce(column, [company, cell, None, company], reading)
    expected, wrong = coerce(column, [cell], reading)
    assert values[1:3] == [expected[0], None]
    assert [problem for place, problem in problems.items() if place == 1] == list(wrong.values())
    return one(column, cell, reading)
