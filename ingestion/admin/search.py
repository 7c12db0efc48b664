"""What Ctrl-K finds among loads."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from arhub.requests import number_of
from ingestion.models import Ingestion, IngestionFile

MOST = 5


def ingestions(request: HttpRequest, term: str) -> list[SearchResult]:
    """Loads by their id or by the beginning of a file's name."""
    term = term.replace("\x00", "").strip()
    if not term:
        return []
    found = list(Ingestion.objects.filter(pk=number_of(term)))
    files = IngestionFile.objects.filter(name__istartswith=term).select_related("ingestion").order_by("-id")[:MOST]
    results = [(load, f"{load.get_state_display()}, {load.source}") for load in found]
    results += [(file.ingestion, file.name) for file in files]
    return [
        SearchResult(
            title=f"Ingestion {load.pk}",
            description=description,
            link=reverse("admin:ingestion_ingestion_change", args=[load.pk]),
            icon="move_to_inbox",
        )
        for load, description in results
    ]
