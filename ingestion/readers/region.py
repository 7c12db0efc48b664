"""Where in a grid the table begins: the row that names the columns, and the title rows above it.

Pure: it looks at the first rows of any format. Where two rows would do equally well it says that it is not sure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from arhub.records.base import normalise
from ingestion.base import Cell
from ingestion.readers.header import MAX_COLUMNS

Row = tuple[int, Sequence[Cell]]

HEAD_ROWS = 50
"""How many rows with cells a reader shows to `find_header`, as far as the file has them."""
_SEARCHED = 20
_FEW = 2
# Words that say nothing without the group they stand under: the "No" of a customer or of an invoice?
_GENERAL_WORDS = """
    no id name code date due amount total balance reference type status account contact nr dato beløb datum betrag
"""
_GENERAL = frozenset(_GENERAL_WORDS.split())


@dataclass(frozen=True, slots=True)
class Region:
    """`first` is the place of the first header row in the rows looked at, `height` how many rows the header takes.

    `header` holds the cells that name the columns; `is_sure` is false when the choice is a convention, not a finding:
    nothing tells the first row from the data below it, or another row could be the header as well.
    """

    first: int
    header: list[Cell]
    height: int = 1
    is_sure: bool = True


def find_header(rows: Sequence[Row], names: frozenset[str] = frozenset(), header_line: int = 0) -> Region:
    """The header among `rows`, which have at least one cell each. `names` are normalised headers somebody knows;
    `header_line` is the line a person says it stands on.
    """
    if header_line:
        place = next((place for place, (line, _) in enumerate(rows) if line >= header_line), len(rows) - 1)
        return _with_group(rows, place, names, is_sure=True)
    some = [(line, cells[:MAX_COLUMNS]) for line, cells in rows]
    place, is_sure = _by_names(some, names) or _by_structure(some)
    return _with_group(rows, place, names, is_sure=is_sure)


def notes(region: Region, line: int) -> tuple[str, ...]:
    """What whoever sent the file should know about its header, which stands on `line`."""
    if region.is_sure:
        return ()
    if any(map(is_value, region.header)):
        return (f"Line {line} was taken for the header, but it looks like data: the file may have no header.",)
    return (f"Line {line} was taken for the header; the file does not show for certain which line names its columns.",)


def title(cells: Sequence[Cell]) -> str:
    """A row that is no data, as one text."""
    return " ".join(str(cell).strip() for cell in cells if not is_blank(cell))


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_value(cell: Cell) -> bool:
    """Whether a cell is a number, a date, or a key made of digits rather than a word."""
    if not isinstance(cell, str):
        return cell is not None
    digits = sum(map(str.isdigit, cell))
    letters = sum(map(str.isalpha, cell))
    return digits > 0 and (letters <= 3 or digits * 2 >= letters)


def _filled(cells: Sequence[Cell]) -> list[int]:
    return [place for place, cell in enumerate(cells) if not is_blank(cell)]


def _by_names(rows: Sequence[Row], names: frozenset[str]) -> tuple[int, bool] | None:
    """The row with the most known names, at least two; of several the fullest, of these the first."""
    scores = [(_known(rows, place, names), len(_filled(cells))) for place, (_, cells) in enumerate(rows[:_SEARCHED])]
    best = max(scores, default=(0, 0))
    if best[0] < _FEW:
        return None
    place = scores.index(best)
    full = [other for other, (_, width) in enumerate(scores[:place]) if width >= best[1] and _is_header(rows[other][1])]
    if full and best[0] * 2 < best[1]:
        return full[0], False  # a few known words in a row below one that could be the header are values
    rival = any(known == best[0] and width == best[1] for known, width in scores[place + 1 :])
    return place, not full and not rival


def _known(rows: Sequence[Row], place: int, names: frozenset[str]) -> int:
    """How many columns the row names. A word that stands in the same column again is a value, not a name."""
    cells = rows[place][1]
    found = set()
    for column, cell in enumerate(cells):
        if isinstance(cell, str) and (name := normalise(cell)) in names and not _recurs(rows, place, column):
            found.add(name)
    return len(found) - sum(not isinstance(cell, str) and cell is not None for cell in cells)


def _recurs(rows: Sequence[Row], place: int, column: int) -> bool:
    cell = rows[place][1][column]
    return any(column < len(cells) and cells[column] == cell for other, (_, cells) in enumerate(rows) if other != place)


def _by_structure(rows: Sequence[Row]) -> tuple[int, bool]:
    """The first row, unless only titles stand above a row of words over rows of values, all equally wide."""
    if _heads(rows, 0):
        return 0, True
    for place in range(1, min(len(rows) - 1, _SEARCHED)):
        if _heads(rows, place) and len(rows) > place + 2:
            width = len(_filled(rows[place][1]))
            if all(len(_filled(cells)) <= max(1, width // 3) for _, cells in rows[:place]):
                return place, True
    return 0, False


def _heads(rows: Sequence[Row], place: int) -> bool:
    """Whether the row holds distinct words, the rows below are as wide, and some columns below hold values."""
    cells, below = rows[place][1], rows[place + 1 :]
    columns = set(_filled(cells))
    if not below or not _is_header(cells) or not all(columns.issuperset(_filled(row)) for _, row in below):
        return False
    return any(values and all(map(is_value, values)) for values in (_values(below, column) for column in columns))


def _values(rows: Sequence[Row], column: int) -> list[Cell]:
    return [cells[column] for _, cells in rows if column < len(cells) and not is_blank(cells[column])]


def _is_header(cells: Sequence[Cell]) -> bool:
    words = [cells[column] for column in _filled(cells)]
    names = {normalise(cell) for cell in words if isinstance(cell, str) and not is_value(cell)}
    return len(names) == len(words)


def _with_group(rows: Sequence[Row], place: int, names: frozenset[str], *, is_sure: bool) -> Region:
    """The header row together with a row of group titles above it, if there is one."""
    for upper in (place - 1, place):
        if upper >= 0 and upper + 1 < len(rows) and rows[upper + 1][0] == rows[upper][0] + 1:
            combined = _combined(rows, upper, names)
            if combined:
                return Region(upper, combined, 2, is_sure)
    return Region(place, list(rows[place][1]), 1, is_sure)


def _combined(rows: Sequence[Row], upper: int, names: frozenset[str]) -> list[Cell]:
    """The names of two header rows read as one, or nothing when the upper row holds no group titles."""
    width = max(len(rows[upper][1]), len(rows[upper + 1][1]))
    if width > MAX_COLUMNS:
        return []
    groups, lower = _texts(rows[upper][1]), _texts(rows[upper + 1][1])
    groups, lower = groups + [""] * (width - len(groups)), lower + [""] * (width - len(lower))
    if not _are_groups(groups, lower) or any(is_value(cell) for cell in (*groups, *lower)):
        return []
    reach = _reach(groups)
    repeated = {name for name, times in Counter(map(normalise, lower)).items() if name and times > 1}
    together = [f"{group} {name}".strip() if name else group for group, name in zip(reach, lower, strict=True)]
    if not repeated and not any(normalise(text) in names for text in set(together).difference(groups)):
        return []
    return [
        both if not name or _needs_group(normalise(name), normalise(both), repeated, names) else name
        for name, both in zip(lower, together, strict=True)
    ]


def _texts(cells: Sequence[Cell]) -> list[str]:
    return ["" if cell is None else re.sub(r"\s+", " ", str(cell)).strip() for cell in cells]


def _are_groups(groups: list[str], lower: list[str]) -> bool:
    """At least two titles, at least one of them over several columns, and a name below every gap."""
    titles = [place for place, text in enumerate(groups) if text]
    if len(titles) < _FEW or len(set(map(normalise, filter(None, groups)))) != len(titles):
        return False
    gaps = [place for place in range(titles[0], len(lower)) if not groups[place] and lower[place]]
    alone = {place for place in titles if not lower[place]}
    spans = [place for place in titles if place + 1 < len(groups) and not groups[place + 1] and lower[place]]
    return bool(gaps and spans) and alone.isdisjoint(place - 1 for place in gaps)


def _reach(groups: list[str]) -> list[str]:
    """Each group title over the empty cells to its right."""
    reach, current = [], ""
    for text in groups:
        current = text or current
        reach.append(current)
    return reach


def _needs_group(name: str, both: str, repeated: set[str], names: frozenset[str]) -> bool:
    return name in repeated or name not in names or name in _GENERAL or both in names
