"""What became of each row of a load: the engine keeps what it did, so a row that it says nothing of is unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection

from arhub.records import RECORD_TYPES
from ingestion.domain.loading import staged_tables
from ingestion.domain.opening import opened
from ingestion.domain.repaired import repaired
from ingestion.domain.staging import Staged, exists, model_of
from ingestion.models import Change, Ingestion, IngestionFile, InvalidRow, State

MOST = 1_000


@dataclass(slots=True)
class Result:
    """`row` is the row's line in its file, `record` the id of what it made or changed."""

    file: int
    row: int
    result: str
    record: int | None = None
    problems: list[dict[str, str]] = field(default_factory=list)


def of_file(ingestion: Ingestion, file: IngestionFile, *, after: int = 0, most: int = MOST) -> list[Result]:
    """The rows of a file after that line, in its order. Of a load that waits for its commit: what would become of
    them. Raises ValueError for a load that has come to neither."""
    if ingestion.state not in (State.COMMITTED, State.REVIEW):
        raise ValueError(f"Rows have results when a load is committed or in review; this one is {ingestion.state}.")
    rows = list(islice(_lines(file, after), most))
    if not rows:
        return []
    found = {row: Result(file.pk, row, "unchanged") for row in rows}
    between = (rows[0], rows[-1])
    written = _reviewed if ingestion.state == State.REVIEW else _committed
    for name, row, record in written(ingestion, file, between):
        if row in found:
            found[row].result, found[row].record = name, record
    invalid = InvalidRow.objects.filter(ingestion=ingestion, file=file, line__range=between)
    for row, problems in invalid.values_list("line", "problems"):
        if row in found:
            found[row].result, found[row].problems = "invalid", problems
    return list(found.values())


def walk(ingestion: Ingestion, after: tuple[int, int], most: int) -> list[Result]:
    """The rows after a place (file id, row), file by file. Raises ValueError as `of_file` does."""
    found: list[Result] = []
    files = list(ingestion.files.defer("offsets").order_by("position"))
    begin = next((place for place, file in enumerate(files) if file.pk == after[0]), 0)
    for file in files[begin:]:
        last = after[1] if file.pk == after[0] else 0
        found += of_file(ingestion, file, after=last, most=most - len(found))
        if len(found) == most:
            break
    return found


def _lines(file: IngestionFile, after: int) -> Iterator[int]:
    """The lines of the file's rows after that one. Without gaps they need not be looked for."""
    rows = sum(count.lines for count in file.counts.all())
    if file.first_line is None or file.last_line is None:
        return
    if file.last_line - file.first_line + 1 == rows:
        yield from range(max(file.first_line, after + 1), file.last_line + 1)
        return
    with opened(file) as found:
        for chunk in repaired(found.table, file).chunks():
            lines = sorted([*chunk.lines, *(line for line, _, _ in chunk.problems)])
            yield from (line for line in lines if line > after)


def _committed(ingestion: Ingestion, file: IngestionFile, between: tuple[int, int]) -> Iterator[tuple[str, int, int]]:
    changes = Change.objects.filter(ingestion=ingestion, file=file.pk, line__range=between)
    made = model_of(RECORD_TYPES[file.record_type])._default_manager.filter(
        created_file=file.pk, created_line__range=between
    )
    yield from (("updated", *row) for row in changes.values_list("line", "record").distinct())
    yield from (("inserted", *row) for row in made.values_list("created_line", "pk"))


def _reviewed(ingestion: Ingestion, file: IngestionFile, between: tuple[int, int]) -> Iterator[tuple[str, int, Any]]:
    for staged in staged_tables(ingestion, [file]):
        yield from (("updated", row, record) for row, record in _staged(file, between, staged.beside("changes")))
        yield from (("inserted", row, None) for row in _new(file, between, staged))


def _staged(file: IngestionFile, between: tuple[int, int], table: str) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        if not exists(cursor, table):
            return []
        cursor.execute(
            f"select distinct line, record from {table} where file = %s and line between %s and %s", [file.pk, *between]
        )
        return cursor.fetchall()


def _new(file: IngestionFile, between: tuple[int, int], staged: Staged) -> list[int]:
    with connection.cursor() as cursor:
        if not exists(cursor, staged.table):
            return []
        plan = staged.beside("plan")
        join = f"join {plan} p on p.sid = s.ctid and p.tid is null" if exists(cursor, plan) else ""
        cursor.execute(
            f"select s.line from {staged.table} s {join} where s.file = %s and s.line between %s and %s",
            [file.pk, *between],
        )
        return [row for (row,) in cursor.fetchall()]
