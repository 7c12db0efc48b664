"""What every kind of cell shares: how a column is to be read, and how a refusal is worded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ingestion.base import Cell

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """How the ambiguous forms of one column are read. None is not decided: such a cell is then refused."""

    decimal_sign: str | None = None  # "." or ","
    day_first: bool | None = None  # 01-03-2016: True is 1 March


WholeColumn = tuple[list[str | None], list[int]]
"""The texts of a column read at once, and the places of those cells that must still be read singly."""


class Refused(Exception):
    """A cell that does not hold what its field wants. Both parts are phrases for a person."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(expected, found)
        self.expected = expected
        self.found = found


def show(cell: Cell) -> str:
    """A cell in quotes, short enough for a list of problems, with nothing in it a database or a terminal chokes on."""
    text = cell[: _SHOWN + 1].strip() if isinstance(cell, str) else as_text(cell)
    if len(text) > _SHOWN:
        text = text[: _SHOWN - 1] + "…"
    return "'" + "".join(map(_visible, text)) + "'"


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


def as_text(cell: Cell) -> str:
    """A cell as a person sees it in the sheet: 80919 and not 80919.0."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, date):
        return cell.isoformat()
    return _digits(cell)


def _digits(number: Decimal) -> str:
    if not number.is_finite() or abs(number.adjusted()) > 100 or number.as_tuple().exponent < -200:  # type: ignore[operator]
        return str(number)  # 1E+999999 would be a megabyte of zeros
    text = format(number, "f")
    whole, _, decimals = text.partition(".")
    return text if decimals.strip("0") else whole


def joined(cells: Sequence[str]) -> str | None:
    """The cells as lines, so that one regular expression looks at the whole column. None when a cell has two lines."""
    text = "\n".join(cells)
    return None if text.count("\n") != len(cells) - 1 else text


def odd_lines(lines: re.Pattern[str], text: str) -> list[int]:
    """The places of the lines that `lines`, which matches as many good ones as it can, stops at."""
    odd: list[int] = []
    place = start = 0
    while (end := _end(lines, text, start)) < len(text):
        place += text.count("\n", start, end)
        odd.append(place)
        start = text.find("\n", end) + 1 or len(text)
        place += 1
    return odd


def _end(lines: re.Pattern[str], text: str, start: int) -> int:
    found = lines.match(text, start)
    return found.end() if found else start


def without_empty(texts: Sequence[str]) -> list[str | None]:
    """The column as it goes to the database: an empty text is NULL."""
    return [text or None for text in texts] if "" in texts else list(texts)
