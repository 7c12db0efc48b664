"""What came of a source last, and whether that was in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count as CountRows
from django.db.models import Sum

from arhub.models import Incident, Source
from ingestion.domain.arrival_incidents import key_of
from ingestion.domain.arrived_files import LOST
from ingestion.models import Count, Ingestion, IngestionFile

MOST, MOST_INCIDENTS = 10, 100


@dataclass(frozen=True, slots=True)
class Arrival:
    """A load of a source. It is late when it came while an incident said that something had not come."""

    load: Ingestion
    files: int
    rows: int
    is_late: bool

    @property
    def counts(self) -> bool:
        return self.load.state not in LOST


def last_arrivals(source: Source) -> list[Arrival]:
    """The newest loads of a source first."""
    loads = list(Ingestion.objects.filter(source=source).order_by("-id")[:MOST])
    ids = [load.pk for load in loads]
    files = IngestionFile.objects.filter(ingestion__in=ids).values_list("ingestion").annotate(n=CountRows("id"))
    rows = Count.objects.filter(ingestion__in=ids).values_list("ingestion").annotate(n=Sum("lines"))
    of_files, of_rows, spans = dict(files), dict(rows), _lateness(source)
    return [
        Arrival(load, of_files.get(load.pk, 0), of_rows.get(load.pk, 0), _is_within(load.created_at, spans))
        for load in loads
    ]


def _lateness(source: Source) -> list[tuple[datetime, datetime | None]]:
    """From when until when something had not come."""
    about = Incident.objects.filter(key=key_of(source.pk)).order_by("-id")
    return list(about.values_list("opened_at", "closed_at")[:MOST_INCIDENTS])


def _is_within(moment: datetime, spans: list[tuple[datetime, datetime | None]]) -> bool:
    return any(begin < moment and (end is None or moment <= end) for begin, end in spans)
