"""Incidents about what sources bring."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from arhub.domain import incidents
from arhub.models import Incident, Source
from ingestion.models import ArrivalWatch

Kind = Incident.Kind


def key_of(source_id: int, what: str = "expected") -> str:
    """The key of an incident about a source: about what is expected, or about what is wrong with what came."""
    return f"arrival:{source_id}:{what}"


def settle(watch: ArrivalWatch, text: str, what: str = "expected") -> bool:
    return incidents.settle(key_of(watch.source_id, what), text)


def report(
    watch: ArrivalWatch, kind: str, what: str, text: str, *, url: str = "", at: datetime | None = None
) -> Incident:
    return incidents.report(
        key_of(watch.source_id, what), kind=kind, subject=watch.source.name, text=text, owner=watch.owner,
        source=watch.source, url=url or page_of(watch.source), at=at,
    )  # fmt: skip


def page_of(source: Source) -> str:
    return reverse("admin:arhub_source_change", args=[source.pk])
