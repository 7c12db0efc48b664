"""Who and what set a record's fields: the change rows of loads, for the record's own page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from arhub.models import SourceRecord
from arhub.records import RECORD_TYPES
from ingestion.models import Change, IngestionFile

MOST = 200


def of_record(record_type: str, record: SourceRecord) -> list[dict[str, Any]]:
    """Newest first, and last the load that made the record: field, old, new, at, who, file, line, url."""
    model = RECORD_TYPES[record_type].model
    kinds = [item.name for item in RECORD_TYPES.values() if item.model == model]
    changes = Change.objects.filter(record_type__in=kinds, record=record.pk).select_related(
        "ingestion", "ingestion__created_by"
    )
    rows = list(changes.order_by("-id")[:MOST])
    wanted = {change.file for change in rows} | {record.created_file}
    files = {
        file.pk: file for file in IngestionFile.objects.filter(pk__in=wanted).select_related("ingestion__created_by")
    }
    found = [
        _row(files.get(change.file), change.line, change.changed_at, change.field, change.old, change.new)
        for change in rows
    ]
    made = files.get(record.created_file or 0)
    if made:
        found.append(_row(made, record.created_line, record.created_at, "", None, "created"))
    return found


def _row(
    file: IngestionFile | None, line: int | None, at: Any, field: str, old: str | None, new: str | None
) -> dict[str, Any]:
    load = file.ingestion if file else None
    return {
        "field": field,
        "old": old,
        "new": new,
        "at": at,
        "who": str(load.created_by or load.get_origin_display()) if load else "",
        "file": file.name if file else "",
        "line": line,
        "url": reverse("admin:ingestion_ingestion_change", args=[load.pk]) if load else "",
    }
