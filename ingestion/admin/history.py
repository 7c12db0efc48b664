"""Who and what set a record's fields, for the record's own page: the last change that stands, else its creation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import formats

from arhub.admin.facts import label_of
from arhub.contributions import Changed, History, Origin
from arhub.models import SourceRecord
from arhub.records import RECORD_TYPES
from ingestion.models import Change, Ingestion, IngestionFile, Kept, Repair, State

MOST = 200


def of_record(record_type: str, record: SourceRecord) -> History:
    """Nothing is stored per unchanged field: one without a change that stands comes from the record's creation."""
    kinds = [item.name for item in RECORD_TYPES.values() if item.model == RECORD_TYPES[record_type].model]
    changes = _with_standing(Change.objects.filter(record_type__in=kinds, record=record.pk), kinds)
    newest = list(changes.select_related("ingestion__created_by", "ingestion__undone_by").order_by("-id")[:MOST])
    last = changes.filter(stands=True).order_by("field", "-id").distinct("field")
    last_of_fields = list(last.select_related("ingestion__created_by"))
    files = _files({change.file for change in (*newest, *last_of_fields)} | {record.created_file or 0})
    repairers = _repairers(files, {change.line for change in (*newest, *last_of_fields)} | {record.created_line or 0})

    def origin(change: Any) -> Origin:
        file = files.get(change.file)
        return _origin(change.ingestion, file, change.line, repairers, change.changed_at)

    made = files.get(record.created_file or 0)
    return History(
        _origin(made.ingestion, made, record.created_line, repairers, record.created_at) if made else None,
        {change.field: origin(change) for change in last_of_fields},
        [
            Changed(_label(record_type, change.field), change.old, change.new, origin(change), _undone(change))
            for change in newest
        ],
    )


def origins(records: Sequence[SourceRecord]) -> dict[int, Origin]:
    """By id, the line that made each record; as many queries for a hundred records as for one."""
    files = _files({record.created_file or 0 for record in records})
    repairers = _repairers(files, {record.created_line or 0 for record in records})
    return {
        record.pk: _origin(made.ingestion, made, record.created_line, repairers, record.created_at)
        for record in records
        if (made := files.get(record.created_file or 0))
    }


def _label(record_type: str, attribute: str) -> str:
    """What the record's page calls the field."""
    fields = RECORD_TYPES[record_type].fields
    return label_of(next((item.name for item in fields if item.attribute == attribute), attribute))


def _with_standing(changes: QuerySet[Change], kinds: list[str]) -> QuerySet[Any]:
    """A change stands unless its load was undone, and even then when that undo kept the record."""
    kept = Kept.objects.filter(ingestion=OuterRef("ingestion"), record=OuterRef("record"), record_type__in=kinds)
    return changes.annotate(stands=Exists(kept) | ~Q(ingestion__state=State.UNDONE))


def _files(wanted: Iterable[int]) -> dict[int, IngestionFile]:
    found = IngestionFile.objects.filter(pk__in=wanted).defer("offsets")
    return {file.pk: file for file in found.select_related("ingestion__created_by", "profile")}


def _repairers(files: Iterable[int], lines: Iterable[int]) -> dict[tuple[int, int], str]:
    """(file, line) → who corrected that line."""
    repairs = Repair.objects.filter(file__in=list(files), line__in=list(lines), made_by__isnull=False)
    return {(repair.file_id, repair.line): str(repair.made_by) for repair in repairs.select_related("made_by")}


def _origin(
    load: Ingestion, file: IngestionFile | None, line: int | None, repairers: dict[tuple[int, int], str], at: Any
) -> Origin:
    uploader = str(load.created_by or load.get_origin_display())
    return Origin(
        load=str(load),
        load_url=reverse("admin:ingestion_ingestion_change", args=[load.pk]),
        file=file.name if file else "",
        line=line or None,
        line_url=reverse("admin:ingestion_line", args=[file.pk, line]) if file and line else "",
        mapping=(str(file.profile) if file.profile else "by its headers") if file else "",
        who=repairers.get((file.pk, line or 0), uploader) if file else uploader,
        at=at,
    )


def _undone(change: Any) -> str:
    load = change.ingestion
    if change.stands or load.undone_at is None:
        return ""
    return f"undone by {load.undone_by or 'the hub'} on {formats.date_format(load.undone_at, 'DATE_FORMAT')}"
