"""Small files that people fill in: a few named columns, read from any table the hub can read, row by row with what is
wrong with each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from arhub.formulas import unguard
from arhub.records.base import normalise
from ingestion.base import Cell, Options, Table
from ingestion.coercion.reading import Refused, as_text
from ingestion.coercion.words import clean
from ingestion.content import stored
from ingestion.errors import Unreadable
from ingestion.registry import reader_for

MOST_ROWS = 10_000
LONGEST_CELL = 500
_CHUNK_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the file has it, by column; `problem` says why it cannot be taken, else it is empty."""

    line: int
    cells: Mapping[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A file: its rows, and the headers that nobody knows."""

    rows: list[Row]
    unknown: list[str]


def read(
    path: Path, name: str, columns: Sequence[str] | Mapping[str, str], needed: Mapping[str, str],
    longest_cell: int = LONGEST_CELL,
) -> Read:  # fmt: skip
    """The columns that are asked for, by their names in any writing, or by their titles where those are given. `needed`
    says of those that must be there what stands in them. Raises `Unreadable` with a sentence for the person who sent
    the file."""
    titled = columns if isinstance(columns, Mapping) else {column: column for column in columns}
    content, by_header = stored(path, name), {normalise(title): column for column, title in titled.items()}
    with reader_for(content).open(content, Options(names=frozenset(by_header))) as table:
        titles = [unguard(as_text(title)).strip() for title in table.layout.header]
        found = [by_header.get(normalise(title)) for title in titles]
        _check_header(found, titles, needed)
        rows: list[Row] = []
        for row in _rows(table, found, _Cells(titled, longest_cell)):
            rows.append(row)
            if len(rows) > MOST_ROWS:
                raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Split it, and import the parts.")
    if not rows:
        raise Unreadable("The file has a header and no rows.")
    return Read(rows, [title[:60] for title, column in zip(titles, found, strict=True) if title and column is None])


def _check_header(columns: Sequence[str | None], titles: Sequence[str], needed: Mapping[str, str]) -> None:
    known = [column for column in columns if column]
    for column, holds in needed.items():
        if column not in known:
            found = ", ".join(title[:40] for title in titles[:10])
            raise Unreadable(f"Expected a column {column}, with {holds}; found {found}.")
    if twice := next((column for column in known if known.count(column) > 1), None):
        raise Unreadable(f"The file has the column {twice} twice.")


@dataclass(frozen=True, slots=True)
class _Cells:
    """What the cells' columns are called, and how long they may be."""

    titles: Mapping[str, str]
    longest: int


def _rows(table: Table, columns: Sequence[str | None], known: _Cells) -> Iterator[Row]:
    """With what the reader took for totals below the data: somebody may be called Total."""
    for chunk in table.chunks(_CHUNK_ROWS):
        broken = [Row(line, {}, f"{problem}.") for line, _, problem in chunk.problems]
        whole = [_row(line, cells, columns, known) for line, cells in zip(chunk.lines, chunk.rows, strict=True)]
        yield from sorted([*whole, *broken], key=lambda row: row.line)
    for line, cells in table.totals:
        yield _row(line, cells, columns, known)


def _row(line: int, cells: Sequence[Cell], columns: Sequence[str | None], known: _Cells) -> Row:
    found: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        if column is None:
            continue
        try:
            found[column] = unguard(clean(as_text(cell)))
        except Refused as problem:
            return Row(line, {}, f"{known.titles[column]}: expected {problem.expected}, found {problem.found}.")
        if len(found[column]) > known.longest:
            most = f"at most {known.longest:,} characters"
            return Row(line, {}, f"{known.titles[column]}: expected {most}, found {len(found[column]):,}.")
    return Row(line, found)
