"""Failed rows as a person corrects them: checked, stored, and their load put back in line to take them in.

A load that has not landed is read again with the repairs in place of their lines. One that was committed takes in
just the repaired rows. Everything here is one transaction that begins by taking the run, so that two people, or one
person twice, cannot repair the same row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from psycopg2.extras import execute_values

from arhub.models import User
from ingestion.domain.faults import cell, regular_rows
from ingestion.domain.progress import released
from ingestion.domain.repaired import fit
from ingestion.domain.row_check import Cells, problems_in
from ingestion.domain.runs import LEASE_SECONDS
from ingestion.errors import Problem
from ingestion.models import Ingestion, IngestionFile, InvalidRow, LogEntry, Repair, State, Task

REPAIRABLE = frozenset({State.REVIEW, State.COMMITTED, State.FAILED})


class Refused(Exception):
    """Nothing was repaired. `sentences` say why; `cells` (invalid row, position) → what is wrong with that cell."""

    def __init__(self, *sentences: str, cells: Mapping[tuple[int, int], str] | None = None) -> None:
        super().__init__(*sentences)
        self.sentences = sentences
        self.cells = dict(cells or {})


@dataclass(frozen=True, slots=True)
class Replacement:
    """In all rows of a fault whose cell holds `old`, `new` is to stand; without a position the rows are tried again
    as they are. `rows` is how many the person was told that is."""

    file: int
    cause: str
    rows: int
    position: int | None = None
    old: str = ""
    new: str = ""


Edits = Mapping[int, Mapping[int, str]]
"""Invalid row → position → the text that is to stand there."""


def repair(ingestion: Ingestion, *, user: User | None, replacements: Sequence[Replacement], edits: Edits) -> int:
    """Store repairs and put the load in line; returns how many rows that is. Raises `Refused`.

    A row that is in both is edited after the replacement. The caller rings for a worker.
    """
    with begun(ingestion, user) as at:
        files = {file.pk: file for file in ingestion.files.all()}
        for replacement in sorted(replacements, key=lambda item: item.position is not None):
            if replacement.file not in files:
                raise Refused(_CHANGED)
            _replace(files[replacement.file], replacement, user, at)
        _edit(ingestion, files, edits, user, at)
    return Repair.objects.filter(ingestion=ingestion, made_at=at).count()


@contextmanager
def begun(ingestion: Ingestion, user: User | None) -> Iterator[datetime]:
    """Take the run, let repairs be stored with the time given, and put the run in line. Raises `Refused`."""
    at = timezone.now()
    with transaction.atomic():
        _take(ingestion, at)
        yield at
        made = Repair.objects.filter(ingestion=ingestion, made_at=at)
        rows = made.count()
        if not rows:
            raise Refused("Nothing was changed: correct a cell, or replace a value in a whole group.")
        _show(ingestion, at)
        text = f"{rows:,} row{'' if rows == 1 else 's'} repaired by {user or 'the hub'}."
        LogEntry.objects.create(ingestion=ingestion, text=text)


def _take(ingestion: Ingestion, at: datetime) -> None:
    """Put the run in line, before anything of it is looked at. A load that landed has only the new repairs to do."""
    dead = Q(claimed_at__isnull=True) | Q(heartbeat_at__lt=at - timedelta(seconds=LEASE_SECONDS))
    run = Ingestion.objects.filter(dead, pk=ingestion.pk)
    line = {"attempts": 0, "next_attempt_at": at, "rows_done": 0, "stage": "Waiting", "reason": ""}
    line |= released(F("heartbeat_at"))
    if run.filter(state=State.COMMITTED).update(state=State.COMMITTING, task=Task.REPAIR, **line):
        Repair.objects.filter(ingestion=ingestion, taken_in_at=None).delete()
        return
    waiting = run.filter(state__in=[State.REVIEW, State.FAILED], task=Task.LOAD)
    if not waiting.update(state=State.QUEUED, finished_at=None, rows_total=None, **line):
        raise Refused(f"Ingestion {ingestion.pk} is at work or has been put aside. Look at it again, then repair.")


def _show(ingestion: Ingestion, at: datetime) -> None:
    """Let the invalid rows show their new cells, whatever becomes of the run."""
    with connection.cursor() as cursor:
        cursor.execute("set local enable_nestloop = off")  # nothing is counted yet of the rows just stored
        cursor.execute(
            f"update {InvalidRow._meta.db_table} r set cells = p.cells from {Repair._meta.db_table} p "
            "where p.tenant_id = %(tenant)s and p.ingestion_id = %(load)s and p.made_at = %(at)s "
            "and r.tenant_id = p.tenant_id and r.ingestion_id = p.ingestion_id and r.file_id = p.file_id "
            "and r.line = p.line",
            {"tenant": ingestion.tenant_id, "load": ingestion.pk, "at": at},
        )
        cursor.execute("set local enable_nestloop = on")


_CHANGED = "These rows have changed since the page was opened: somebody repaired or read them again. Look at them anew."


def _replace(file: IngestionFile, wanted: Replacement, user: User | None, at: datetime) -> None:
    """Store the rows of a replacement as repairs, all at once: there may be a hundred thousand."""
    cells, where = "cells", ""
    if wanted.position is not None:
        _check_replacement(file, wanted)
        cells = "jsonb_set(cells, array[%(place)s], to_jsonb(%(new)s::text))"
        where = "and cells ->> %(position)s = %(old)s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {Repair._meta.db_table} "
            "(tenant_id, ingestion_id, file_id, line, cells, made_by_id, made_at) "
            f"select tenant_id, ingestion_id, file_id, line, {cells}, %(user)s, %(at)s "
            f"from {InvalidRow._meta.db_table} where tenant_id = %(tenant)s and ingestion_id = %(load)s "
            "and file_id = %(file)s and cause = %(cause)s and jsonb_array_length(cells) = %(width)s "
            f"{where} {_INSTEAD}",
            {
                "user": user.pk if user else None, "at": at, "tenant": file.tenant_id, "load": file.ingestion_id,
                "file": file.pk, "cause": wanted.cause, "width": len(file.header), "position": wanted.position,
                "place": str(wanted.position), "old": wanted.old, "new": wanted.new.replace("\x00", "\ufffd"),
            },
        )  # fmt: skip
        if cursor.rowcount != wanted.rows:
            raise Refused(_CHANGED)


def _check_replacement(file: IngestionFile, wanted: Replacement) -> None:
    """Judge the new value by one of its rows, so that nobody sends 412 rows round for nothing."""
    place = wanted.position or 0
    rows = regular_rows(file, wanted.cause).annotate(text=cell(place)).filter(text=wanted.old)
    example = rows.order_by("line").first() if 0 <= place < len(file.header) else None
    if example is None:
        raise Refused(_CHANGED)
    cells = [*(example.cells or [])]
    cells[place] = wanted.new
    for problem in problems_in(file, {example.line: cells}).get(example.line, []):
        if problem.column == file.header[place]:
            raise Refused(f"{problem}. Nothing was repaired.")


def _edit(ingestion: Ingestion, files: dict[int, IngestionFile], edits: Edits, user: User | None, at: datetime) -> None:
    rows = {row.pk: row for row in InvalidRow.objects.filter(ingestion=ingestion, pk__in=edits).order_by("pk")}
    if len(rows) != len(edits):
        raise Refused(_CHANGED)
    refused: dict[tuple[int, int], str] = {}
    sentences: list[str] = []
    for file in files.values():
        own = {row.pk: row for row in rows.values() if row.file_id == file.pk}
        cells = _edited(file, own, edits, at)
        for pk, problem in _faults(file, own, cells, edits):
            position = file.header.index(problem.column) if problem.column in file.header else None
            if position is None:
                sentences.append(f"Line {own[pk].line}: {problem}.")
            else:
                refused[pk, position] = str(problem)
        store_repairs(file, [(own[pk].line, texts) for pk, texts in cells.items()], user, at)
    if refused or sentences:
        raise Refused("Nothing was repaired: some cells are still wrong.", *sentences, cells=refused)


def _edited(file: IngestionFile, rows: Mapping[int, InvalidRow], edits: Edits, at: datetime) -> Cells:
    """Invalid row → its cells with the edits, on top of what a replacement made of them just now."""
    width = len(file.header)
    replaced = dict(
        Repair.objects.filter(file=file, made_at=at, line__in=[row.line for row in rows.values()]).values_list(
            "line", "cells"
        )
    )
    found: Cells = {}
    for pk, row in rows.items():
        cells = list(replaced.get(row.line) or row.cells or [])
        cells += [""] * (width - len(cells))
        for position, text in edits[pk].items():
            if position < len(cells):
                cells[position] = text.replace("\x00", "\ufffd")
        beyond = [text for text in cells[width:] if text.strip()]
        if beyond:
            raise Refused(
                f"Line {row.line} has {len(cells)} cells for {width} columns. Put what stands in "
                f"“{beyond[0][:40]}” where it belongs and empty the cells beyond the last column."
            )
        found[pk] = fit(cells, width)
    return found


def _faults(
    file: IngestionFile, rows: Mapping[int, InvalidRow], cells: Cells, edits: Edits
) -> Iterator[tuple[int, Problem]]:
    """What can be told to be wrong already: of the cells a person touched, those at fault before, and the rows."""
    found = problems_in(file, {rows[pk].line: texts for pk, texts in cells.items()})
    for pk, row in rows.items():
        touched = {file.header[place] for place in edits[pk] if place < len(file.header)}
        touched |= {problem["column"] for problem in row.problems}
        for problem in found.get(row.line, []):
            if problem.column in touched or problem.column not in file.header:
                yield pk, problem


def store_repairs(file: IngestionFile, rows: Iterable[tuple[int, list[str]]], user: User | None, at: datetime) -> None:
    """Store (line, cells) as open repairs, in place of those the lines have."""
    own = [file.tenant_id, file.ingestion_id, file.pk, user.pk if user else None, at]
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            f"insert into {Repair._meta.db_table} "
            "(tenant_id, ingestion_id, file_id, made_by_id, made_at, line, cells) values %s " + _INSTEAD,
            [(*own, line, json.dumps(cells)) for line, cells in rows],
            template="(%s, %s, %s, %s, %s, %s, %s::jsonb)",
            page_size=1_000,
        )


_INSTEAD = (
    "on conflict (tenant_id, file_id, line) do update "
    "set cells = excluded.cells, made_by_id = excluded.made_by_id, made_at = excluded.made_at"
)
