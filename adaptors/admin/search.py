"""What Ctrl-K finds among adaptors, by the beginning of their names, and among transactions."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from adaptors.domain.transactions.search import numbered
from adaptors.models import Activation
from arhub.admin.search import LONGEST, MOST
from arhub.admin.sharing import visible


def activations(request: HttpRequest, term: str) -> list[SearchResult]:
    if not (term := _wanted(term)):
        return []
    seen = visible(request, Activation.objects.all(), "activation")
    found = seen.filter(name__istartswith=term).order_by("name")[:MOST]
    return [
        SearchResult(
            title=one.name, description=f"Adaptor, {'on' if one.is_on else 'off'}",
            link=reverse("admin:adaptors_activation_change", args=[one.pk]), icon="conversion_path",
        )
        for one in found
    ]  # fmt: skip


def transactions(request: HttpRequest, term: str) -> list[SearchResult]:
    """By the document's number."""
    if not (term := _wanted(term)):
        return []
    seen = visible(request, numbered(term), "activation", "activation").order_by()
    return [
        SearchResult(
            title=f"{row.number} to {row.receiver}", description=f"Transaction, {row.get_state_display().lower()}",
            link=reverse("admin:adaptors_transaction_change", args=[row.pk]), icon="receipt_long",
        )
        for row in sorted(seen[:MOST], key=lambda row: row.number)
    ]  # fmt: skip


def _wanted(term: str) -> str:
    return term.replace("\x00", "").strip()[:LONGEST]
