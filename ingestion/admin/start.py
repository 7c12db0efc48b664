"""What loads put on the Start page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count as CountRows
from django.db.models import Max, Q
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from arhub.models import Source
from ingestion.admin import arrivals
from ingestion.models import Ingestion, State

DAYS = 30
MOST = 8


def panels(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """Failed loads of the last 30 days, reviews that wait, the last load of each source, loads per day."""
    recent = Ingestion.objects.filter(created_at__gt=timezone.now() - timedelta(days=DAYS))
    failed = recent.filter(state=State.FAILED).order_by("-id")[:MOST]
    rejected = recent.filter(state=State.COMMITTED, counts__invalid__gt=0).distinct().order_by("-id")[:MOST]
    waiting = Ingestion.objects.filter(state=State.REVIEW).order_by("id")[:MOST]
    unmapped = Ingestion.objects.filter(state=State.MAPPING).order_by("id")[:MOST]
    return {
        "failed": [_entry(load, load.reason, "Open") for load in failed],
        "waiting": [
            *(_entry(load, "Some of its columns are not known yet.", "Map") for load in unmapped),
            *(_entry(load, "Read and checked; nothing is written yet.", "Review") for load in waiting),
            *(
                _entry(load, "Some of its rows are invalid and did not go in.", "See rows", "invalid")
                for load in rejected
            ),
        ],
        "sources": _sources(),
        "loads_per_day": _per_day(),
    }


def _entry(load: Ingestion, detail: str, button: str, tab: str = "") -> dict[str, Any]:
    url = reverse("admin:ingestion_ingestion_change", args=[load.pk]) + (f"?tab={tab}" if tab else "")
    title = f"Ingestion {load.pk}, {load.get_state_display().lower()}"
    return {"title": title, "detail": detail, "url": url, "button": button, "at": load.created_at}


def _sources() -> list[dict[str, Any]]:
    last = dict(
        Ingestion.objects.filter(state=State.COMMITTED).values_list("source_id").annotate(at=Max("finished_at"))
    )
    kept = arrivals.states()
    return [
        {"name": source.name, "last_load": last.get(source.pk), "state": kept.get(source.pk, "")}
        for source in Source.objects.order_by("name")[:20]
    ]


def _per_day() -> list[dict[str, Any]]:
    """The last 30 days, days without loads included."""
    today = timezone.localdate()
    first = today - timedelta(days=DAYS - 1)
    counted = {
        row["day"]: row
        for row in Ingestion.objects.filter(created_at__date__gte=first)
        .annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(loads=CountRows("id"), failed=CountRows("id", filter=Q(state=State.FAILED)))
    }
    empty = {"loads": 0, "failed": 0}
    return [{"day": day, **counted.get(day, empty)} for day in (first + timedelta(days=n) for n in range(DAYS))]
