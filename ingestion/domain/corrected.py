"""The file of failed rows as it comes back: each row is known by its token and becomes a repair.

Nothing of it is taken unless all of it can be: a token that is wrong, twice or of a row that went in already is told
with its line, and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from arhub.formulas import guard_formula, unguard
from arhub.models import User
from ingestion.base import Cell, Chunk, Content, Options, Table
from ingestion.coercion.reading import as_text
from ingestion.content import stored
from ingestion.domain.reading import CHUNK_ROWS, MOST_INVALID
from ingestion.domain.repair import Refused, begun, store_repairs
from ingestion.domain.repaired import fit
from ingestion.domain.row_tokens import HEADER, is_token_header, row_of
from ingestion.errors import Unreadable
from ingestion.models import Ingestion, IngestionFile, InvalidRow
from ingestion.registry import reader_for

LONGEST_CELL = 32_767
"""What a cell of a workbook holds; a longer text comes back cut."""
MOST_TOLD = 20


@dataclass(slots=True)
class Upload:
    """A corrected file on its way in: the `header` at hand, `seen` rows by (file, line), `refused` how many rows
    keep it out, `wrong` what is told of the first of them."""

    ingestion: Ingestion
    files: dict[int, IngestionFile]
    header: list[str] = field(default_factory=list)
    seen: dict[tuple[int, int], int] = field(default_factory=dict)
    refused: int = 0
    wrong: list[str] = field(default_factory=list)

    def refuse(self, line: int, phrase: str) -> None:
        self.refused += 1
        if self.refused <= MOST_TOLD:
            self.wrong.append(f"Line {line}: {phrase}.")

    @property
    def has_tokens(self) -> bool:
        return any(map(is_token_header, self.header))

    @property
    def token_at(self) -> int:
        return next(place for place, name in enumerate(self.header) if is_token_header(name))


def take(ingestion: Ingestion, path: Path, name: str, *, user: User | None) -> int:
    """Make the rows of a corrected file repairs of their load; returns how many. Raises `Refused`.

    Rows that are left out stay invalid; rows that are as they were are tried again.
    """
    try:
        with begun(ingestion, user) as at:
            upload = Upload(ingestion, {file.pk: file for file in ingestion.files.all()})
            for table in _tables(stored(path, name)):
                upload.header = [unguard(title) for title in table.layout.header]
                if upload.has_tokens:
                    for chunk in table.chunks(CHUNK_ROWS):
                        _take_chunk(upload, chunk, user, at)
                    _take_chunk(upload, _like_totals(table), user, at)
            _refuse_wrong(upload)
    except Unreadable as problem:
        raise Refused(f"{name}: {problem}") from problem
    return len(upload.seen)


def _tables(content: Content) -> Iterator[Table]:
    """The sheets of a workbook, one after the other; of any other file, its table."""
    reader = reader_for(content)
    with reader.open(content, Options(header_line=1)) as first:
        yield first
        others = [name for name in first.layout.sheets if name != first.layout.sheet]
    for name in others:
        with reader.open(content, Options(sheet=name, header_line=1)) as table:
            yield table


def _like_totals(table: Table) -> Chunk:
    """Rows at the end that a reader took for totals. A failed row may well look like one."""
    return Chunk([line for line, _ in table.totals], [cells for _, cells in table.totals])


def _take_chunk(upload: Upload, chunk: Chunk, user: User | None, at: datetime) -> None:
    for line, _, problem in chunk.problems:
        upload.refuse(line, str(problem))
    wanted: dict[int, dict[int, tuple[int, list[Cell]]]] = {}
    for number, row in zip(chunk.lines, chunk.rows, strict=True):
        known = _known(upload, number, row)
        if known:
            wanted.setdefault(known[0], {})[known[1]] = (number, row)
    if len(upload.seen) > MOST_INVALID:
        raise Refused(f"The file has more than {MOST_INVALID:,} rows, which is more than any load's failed rows.")
    for file_id, rows in wanted.items():
        _take_rows(upload, upload.files[file_id], rows, user, at)


def _known(upload: Upload, number: int, row: Sequence[Cell]) -> tuple[int, int] | None:
    """(file id, line) of the failed row that a row of the corrected file is; None when it is refused."""
    token = as_text(row[upload.token_at])
    if not token.strip():
        upload.refuse(number, f"it has no {HEADER}")
        return None
    try:
        known = row_of(token, upload.ingestion)
    except ValueError as problem:
        upload.refuse(number, str(problem))
        return None
    if known in upload.seen:
        upload.refuse(number, f"it has the {HEADER} of line {upload.seen[known]} once more")
        return None
    upload.seen[known] = number
    return known


def _take_rows(
    upload: Upload, file: IngestionFile, rows: dict[int, tuple[int, list[Cell]]], user: User | None, at: datetime
) -> None:
    places = _places(upload, file)
    before = {row.line: row.cells or [] for row in InvalidRow.objects.filter(file=file, line__in=rows)}
    repairs = []
    for line, (number, row) in rows.items():
        if line not in before:
            upload.refuse(number, f"line {line:,} of {file.name} is no longer invalid: it was repaired already")
            continue
        old = before[line]
        cells = [_given(row[place], text) for place, text in zip(places, fit(old, len(places)), strict=True)]
        if any(text.strip() for text in old[len(places) :]) and cells == old[: len(places)]:
            upload.refuse(number, f"line {line:,} of {file.name} has more cells than columns; repair it on the page")
            continue
        repairs.append((line, cells))
    store_repairs(file, repairs, user, at)


def _places(upload: Upload, file: IngestionFile) -> list[int]:
    """Where the corrected file has the columns of the file its rows came from."""
    missing = [name for name in file.header if name not in upload.header]
    if missing:
        names = ", ".join(name[:40] for name in missing[:8])
        raise Refused(
            f"The file lacks columns that {file.name} has: {names}. Correct the cells and leave the header as it was."
        )
    return [upload.header.index(name) for name in file.header]


def _given(cell: Cell, old: str) -> str:
    """A cell as text. What the download changed about it, for the sake of a spreadsheet, is changed back."""
    if not isinstance(cell, str):
        return _with_sure_sign(as_text(cell)) if isinstance(cell, Decimal) else as_text(cell)
    text = cell.replace("\x00", "\ufffd")
    return old if text == guard_formula(old)[:LONGEST_CELL] else unguard(text)


def _with_sure_sign(number: str) -> str:
    """A number that a person typed into a sheet has a decimal point, also where 1.234 would be read as 1234."""
    _, point, decimals = number.partition(".")
    return f"{number}0" if point and len(decimals) == 3 else number


def _refuse_wrong(upload: Upload) -> None:
    if not upload.seen and not upload.wrong:
        raise Refused(
            f"The file has no rows with a {HEADER}, which tells which row is which. Download the failed rows here, "
            "correct them in that file and leave its other columns as they are."
        )
    if not upload.wrong:
        return
    more = [f"And {upload.refused - MOST_TOLD:,} more lines."] if upload.refused > MOST_TOLD else []
    raise Refused("Nothing of the file was taken, because of these lines:", *upload.wrong, *more)
