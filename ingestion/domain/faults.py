"""The invalid rows of a load by what is wrong with them, and inside that by what the cell at fault holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Min, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from ingestion.errors import Problem
from ingestion.models import Ingestion, IngestionFile, InvalidRow


@dataclass(frozen=True, slots=True)
class Fault:
    """Rows of one file that share their first problem.

    `position` is the column at fault in the file's header, None when the problem is not one cell's. `regular` is how
    many of the `rows` are as wide as the header: the others are repaired one by one.
    """

    file: IngestionFile
    cause: str
    rows: int
    regular: int
    column: str
    expected: str
    position: int | None

    @property
    def where(self) -> QuerySet[InvalidRow]:
        return rows_with(self.file, self.cause)


@dataclass(frozen=True, slots=True)
class Held:
    """How many rows of a fault hold a text in the cell at fault."""

    text: str
    rows: int


def faults_of(ingestion: Ingestion) -> list[Fault]:
    """Every fault of a load, the one with most rows first."""
    files = {file.pk: file for file in ingestion.files.all()}
    regular = Q()
    for file in files.values():
        regular |= Q(file=file, width=len(file.header))
    grouped = (
        _measured(InvalidRow.objects.filter(ingestion=ingestion))
        .values("file_id", "cause")
        .annotate(rows=Count("id"), regular=Count("id", filter=regular), first=Min("id"))
        .order_by("-rows", "first")
    )
    found = list(grouped)
    examples = InvalidRow.objects.in_bulk([group["first"] for group in found])
    return [_fault(files[group["file_id"]], group, examples[group["first"]].problems) for group in found]


def _fault(file: IngestionFile, group: Any, problems: Sequence[dict[str, str]]) -> Fault:
    found = [Problem(**stored) for stored in problems]
    problem = next((item for item in found if item.cause == group["cause"]), found[0])
    position = file.header.index(problem.column) if problem.column in file.header else None
    return Fault(file, group["cause"], group["rows"], group["regular"], problem.column, problem.expected, position)


def held_by(fault: Fault, most: int) -> list[Held]:
    """What the cell at fault holds, the commonest first."""
    if fault.position is None:
        return []
    rows = _regular(fault.where, fault.file).annotate(text=cell(fault.position))
    grouped = rows.values_list("text").annotate(rows=Count("id")).order_by("-rows", "text")[:most]
    return [Held(text, number) for text, number in grouped]


def rows_with(file: IngestionFile, cause: str) -> QuerySet[InvalidRow]:
    return InvalidRow.objects.filter(ingestion=file.ingestion_id, file=file, cause=cause)


def regular_rows(file: IngestionFile, cause: str) -> QuerySet[InvalidRow]:
    """The rows of a fault that are as wide as the header."""
    return _regular(rows_with(file, cause), file)


def cell(position: int) -> Coalesce:
    """The text of a cell, in a query over invalid rows."""
    return Coalesce(KeyTextTransform(position, "cells"), Value(""), output_field=TextField())


def _measured(rows: QuerySet[InvalidRow]) -> QuerySet[Any]:
    return rows.annotate(width=Func(F("cells"), function="jsonb_array_length", output_field=IntegerField()))


def _regular(rows: QuerySet[InvalidRow], file: IngestionFile) -> QuerySet[InvalidRow]:
    return _measured(rows).filter(width=len(file.header))
