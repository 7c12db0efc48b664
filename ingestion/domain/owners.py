"""Which source a field belongs to: the one whose load set it last, else the one that made the record."""

from __future__ import annotations

from arhub.models import Source
from arhub.records import RECORD_TYPES
from ingestion.domain.staging import model_of
from ingestion.models import Change, Ingestion, IngestionFile


def foreign_changes(ingestion: Ingestion, source: Source) -> dict[str, list[str]]:
    """What a load changed that another source than its own owned: field → sentences."""
    found: dict[str, list[str]] = {}
    for change in Change.objects.filter(ingestion=ingestion, old__isnull=False):
        owner = _owner_before(change)
        if owner is not None and owner.pk != source.pk:
            record_type = RECORD_TYPES[change.record_type]
            name = next((item.name for item in record_type.fields if item.attribute == change.field), change.field)
            found[name] = [f"It belongs to the source {owner}: change it there."]
    return found


def _owner_before(change: Change) -> Source | None:
    earlier = Change.objects.filter(record_type=change.record_type, record=change.record, field=change.field)
    last = earlier.filter(pk__lt=change.pk).select_related("ingestion__source").order_by("-pk").first()
    if last is not None:
        return last.ingestion.source
    model = model_of(RECORD_TYPES[change.record_type])
    made = model._default_manager.filter(pk=change.record).values("created_file")
    file = IngestionFile.objects.filter(pk__in=made).select_related("ingestion__source").first()
    return file.ingestion.source if file else None
