"""The rules every reader applies to the line that names the columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from ingestion.base import Cell
from ingestion.errors import Unreadable

MAX_COLUMNS = 2_000
MAX_NAME = 1_000
MAX_NAMES = 100_000
"""Characters of one name, and of all of them: a page offers every name beside every field."""


def name_columns(cells: Sequence[Cell], used_width: int) -> list[str]:
    """The column names. `used_width` is how many leading columns hold values below the header, as far as is known.

    Columns at the end that have neither a name nor values are left out; any other column without a name gets one.
    """
    names = [_as_text(cell) for cell in cells]
    while len(names) > used_width and not names[-1]:
        names.pop()
    names += [""] * (used_width - len(names))
    if not any(names):
        raise Unreadable("The file has no header line that names its columns.")
    if len(names) > MAX_COLUMNS:
        raise Unreadable(f"The file has {len(names)} columns; up to {MAX_COLUMNS} can be read.")
    refuse_long(names)
    names = [name or f"column {number}" for number, name in enumerate(names, start=1)]
    _refuse_duplicates(names)
    return names


def refuse_long(names: Sequence[str]) -> None:
    """Raise `Unreadable` for names that are no names but text."""
    longest = max(map(len, names))
    if longest > MAX_NAME:
        raise Unreadable(
            f"The name of a column has {longest:,} characters; up to {MAX_NAME:,} can be read. "
            "The file needs a header line that names its columns."
        )
    total = sum(map(len, names))
    if total > MAX_NAMES:
        raise Unreadable(f"The names of the columns have {total:,} characters; up to {MAX_NAMES:,} can be read.")


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return str(cell).replace("\x00", "\ufffd").strip()


def _refuse_duplicates(names: list[str]) -> None:
    positions: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        first = positions.setdefault(name.casefold(), position)
        if first != position:
            raise Unreadable(
                f'The header "{name}" names two columns, {first} and {position}. Rename one of them and upload again.'
            )
