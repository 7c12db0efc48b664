"""Repairs as a load meets them: they are read in place of their lines, and what came of them is told apart.

A load that is read as a whole has them in place of the lines they repair. A run that only takes in repairs reads the
stored files again, too, and leaves every other line out: so a row is read in the same way, however often it is tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count as CountRows
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from arhub.tenancy.scope import scope
from ingestion.base import Cell, Chunk, Table
from ingestion.domain.merge import PerType
from ingestion.domain.rows import as_text
from ingestion.models import Count, Ingestion, IngestionFile, InvalidRow, Repair, Task


def files_of(ingestion: Ingestion) -> list[IngestionFile]:
    """The files that a run has to read."""
    files = ingestion.files.all()
    if ingestion.task == Task.REPAIR:
        files = files.filter(pk__in=_open(ingestion).values("file"))
    return list(files)


def repaired(table: Table, file: IngestionFile) -> Table:
    """The table of a file with its repairs in place of their lines; just these when the run is to take in repairs."""
    with scope(file.tenant_id):
        only = Ingestion.objects.filter(pk=file.ingestion_id, task=Task.REPAIR).exists()
        lines = frozenset(Repair.objects.filter(file=file, taken_in_at=None).values_list("line", flat=True))
    return RepairedTable(table, file, lines, only=only) if lines or only else table


class RepairedTable(Table):
    """A table with other cells on some lines. What it does not say itself, the table it stands for does."""

    def __init__(self, table: Table, file: IngestionFile, lines: frozenset[int], *, only: bool) -> None:
        self._table = table
        self._file = file
        self._lines = lines
        self._only = only

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def chunks(self, size: int = 5_000) -> Iterator[Chunk]:
        return map(self._repair, self._table.chunks(size))

    def progress(self) -> float:
        return self._table.progress()

    def offsets(self) -> bytes | None:
        return self._table.offsets()

    def _repair(self, chunk: Chunk) -> Chunk:
        wanted = self._lines.intersection(chunk.lines) | self._lines.intersection(line for line, *_ in chunk.problems)
        if not wanted:
            return Chunk([], []) if self._only else chunk
        rows = dict(zip(chunk.lines, chunk.rows, strict=True))
        cells = {line: self._fitted(rows.get(line, []), texts) for line, texts in self._cells(wanted)}
        rows = dict(sorted((cells if self._only else rows | cells).items()))
        problems = [] if self._only else [item for item in chunk.problems if item[0] not in cells]
        return Chunk(list(rows), list(rows.values()), problems)

    def _cells(self, lines: frozenset[int]) -> list[tuple[int, list[str]]]:
        with scope(self._file.tenant_id):
            repairs = Repair.objects.filter(file=self._file, line__in=lines, taken_in_at=None)
            return list(repairs.values_list("line", "cells"))

    def _fitted(self, row: Sequence[Cell], texts: list[str]) -> list[Cell]:
        """As wide as the header. A cell that was left as it is keeps the type it has in a sheet."""
        width = len(self._table.layout.header)
        was = as_text(row) + [""] * (width - len(row))
        cells = [*row, *[""] * (width - len(row))]
        return [cell if text == old else text for cell, old, text in zip(cells, was, fit(texts, width), strict=True)]


def fit(texts: Sequence[str], width: int) -> list[str]:
    """A row cut or filled up to a width."""
    return [*texts[:width], *[""] * (width - len(texts))]


def superseded(ingestion: Ingestion) -> QuerySet[InvalidRow]:
    """The invalid rows that the run at work judges anew."""
    rows = InvalidRow.objects.filter(ingestion=ingestion)
    if ingestion.task != Task.REPAIR:
        return rows
    return rows.filter(Exists(Repair.objects.filter(file=OuterRef("file"), line=OuterRef("line"), taken_in_at=None)))


def standing(ingestion: Ingestion) -> dict[str, PerType]:
    """The load's counts of the rows that the run at work leaves alone. Ask before invalid rows are replaced."""
    found: dict[str, PerType] = {name: Counter() for name in ("lines", "inserted", "updated", "invalid")}
    if ingestion.task != Task.REPAIR:
        return found
    for count in Count.objects.filter(ingestion=ingestion):
        for name, counter in found.items():
            counter[count.file_id, count.type] = getattr(count, name)
    for file, code, rows in superseded(ingestion).values_list("file", "type").annotate(rows=CountRows("id")):
        found["lines"][file, code] -= rows
        found["invalid"][file, code] -= rows
    return found


def note_taken_in(ingestion: Ingestion) -> None:
    """After the rows were written: the repairs that are not invalid again went in."""
    again = InvalidRow.objects.filter(ingestion=ingestion, file=OuterRef("file"), line=OuterRef("line"))
    _open(ingestion).exclude(Exists(again)).update(taken_in_at=timezone.now())


def _open(ingestion: Ingestion) -> QuerySet[Repair]:
    return Repair.objects.filter(ingestion=ingestion, taken_in_at=None)
