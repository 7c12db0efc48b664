"""How loads are put before people: chips, bars, sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import Count as CountRows
from django.db.models import Sum
from django.urls import reverse

from arhub.admin.pace import duration
from arhub.amounts import amount_text
from arhub.records import RECORD_TYPES, Kind
from ingestion.models import Count, Ingestion, InvalidRow, State, Task

CHIPS = {
    State.QUEUED: "default",
    State.READING: "info",
    State.RECEIVING: "info",
    State.MAPPING: "warning",
    State.REVIEW: "warning",
    State.COMMITTING: "info",
    State.COMMITTED: "success",
    State.FAILED: "danger",
    State.CANCELLED: "default",
    State.UNDONE: "default",
}
"""State → colour: grey waiting, blue working, green done, amber needs a person, red failed."""

NUMBERS = ("lines", "inserted", "updated", "unchanged", "invalid")
_PAGES = {"account": "account", "contact": "contact", "workflow_status": "workflowstatus", "payment": "payment",
          "outstanding_item": "outstandingitem"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """Invalid rows that share a mistake."""

    text: str
    rows: int
    first: InvalidRow


def chip(ingestion: Ingestion) -> tuple[str, str]:
    """(colour, label) of the run; a committed load with invalid rows says so."""
    undoing = ingestion.processing and ingestion.task == Task.UNDO
    return CHIPS[State(ingestion.state)], "Undoing" if undoing else State(ingestion.state).label


def took(ingestion: Ingestion) -> str:
    """How long the work took, in words."""
    return duration(timedelta(seconds=ingestion.worked_until_now())) if ingestion.started_at else ""


def totals(counts: Sequence[Count]) -> dict[str, int]:
    return {name: sum(getattr(count, name) for count in counts) for name in NUMBERS}


def bars(count: Any) -> list[dict[str, Any]]:
    """The parts of a stacked bar: name, rows, share in percent."""
    lines = count["lines"] if isinstance(count, dict) else count.lines
    parts = []
    for name in ("inserted", "updated", "unchanged", "invalid"):
        rows = count[name] if isinstance(count, dict) else getattr(count, name)
        if rows:
            parts.append({"name": name, "rows": rows, "share": f"{100 * rows / lines:.3f}"})
    return parts


def causes(ingestion: Ingestion, most: int = 8) -> list[Cause]:
    """The commonest mistakes of a load, each with its first row."""
    rows = InvalidRow.objects.filter(ingestion=ingestion)
    grouped: dict[str, int] = {}
    for row in rows.values_list("cause").annotate(n=CountRows("id")).order_by("-n", "cause")[:most]:
        grouped[row[0]] = row[1]
    return [
        Cause(text, n, rows.filter(cause=text).select_related("file").order_by("file_id", "line")[:1][0])
        for text, n in grouped.items()
    ]


def invalid_total(ingestion: Ingestion) -> int:
    return Count.objects.filter(ingestion=ingestion).aggregate(n=Sum("invalid"))["n"] or 0


def record_url(record_type: str, record_id: int, document_type: str = "") -> str:
    """The page of a record, or an empty text for records without one of their own."""
    if RECORD_TYPES[record_type].model == "arhub.Document":
        page = "creditmemo" if document_type == "credit_memo" else "invoice"
    else:
        page = _PAGES.get(record_type, "")
    return reverse(f"admin:arhub_{page}_change", args=[record_id]) if page else ""


def labels(record_type: str, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Id → (type of document or "", what people call the record: its number, else its key)."""
    model = apps.get_model(RECORD_TYPES[record_type].model)
    names = {field.name for field in model._meta.get_fields()}
    number = "number" if "number" in names else "erp_key"
    columns = ("pk", "document_type" if "document_type" in names else "pk", number, "erp_key")
    return {
        pk: (kind if isinstance(kind, str) else "", called or key)
        for pk, kind, called, key in model._default_manager.filter(pk__in=list(ids)).values_list(*columns)
    }


def moved(record_type: str, field: str, old: str | None, new: str | None) -> dict[str, Any]:
    """What a field held and holds, None where it is empty. Amounts have their thousands set apart."""
    known = (item for item in RECORD_TYPES[record_type].fields if field in (item.attribute, item.name))
    if not any(item.kind is Kind.MONEY for item in known):
        return {"old": old, "new": new, "is_number": False}
    return {"old": old and amount_text(Decimal(old)), "new": new and amount_text(Decimal(new)), "is_number": True}


def with_header(rows: Iterable[InvalidRow]) -> list[dict[str, Any]]:
    """Invalid rows with their cells under the file's header, those at fault marked."""
    shown = []
    for row in rows:
        at_fault = {problem["column"] for problem in row.problems}
        header = [*row.file.header, *(f"column {n}" for n in range(len(row.file.header) + 1, len(row.cells or []) + 1))]
        cells = [
            {"header": name, "text": text, "bad": name in at_fault}
            for name, text in zip(header, row.cells or [], strict=False)
        ]
        shown.append({"row": row, "cells": cells})
    return shown
