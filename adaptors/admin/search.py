"""What Ctrl-K finds among adaptors, by the beginning of their names."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from adaptors.models import Activation
from arhub.admin.search import LONGEST, MOST


def activations(request: HttpRequest, term: str) -> list[SearchResult]:
    term = term.replace("\x00", "").strip()[:LONGEST]
    if not term:
        return []
    found = Activation.objects.filter(name__istartswith=term).order_by("name")[:MOST]
    return [
        SearchResult(
            title=one.name, description=f"Adaptor, {'on' if one.is_on else 'off'}",
            link=reverse("admin:adaptors_activation_change", args=[one.pk]), icon="conversion_path",
        )
        for one in found
    ]  # fmt: skip
