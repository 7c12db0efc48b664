"""What Ctrl-K finds among connections: themselves, pushes by their id, and records by what other systems call them."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from arhub.admin.search import LONGEST
from connectors.admin.records import named
from connectors.domain.pushes import CHANNEL
from connectors.models import Connection, OutboundPush, WriteBack

MOST = 5


def connections(request: HttpRequest, term: str) -> list[SearchResult]:
    """At most five of each."""
    term = term.replace("\x00", "").strip()[:LONGEST]
    return [*_connections(term), *_pushes(term), *_records(term)] if term else []


def _connections(term: str) -> list[SearchResult]:
    found = Connection.objects.filter(name__istartswith=term).order_by("name")[:MOST]
    return [
        SearchResult(
            title=connection.name, description=f"{connection.kind_label}, {connection.state.lower()}",
            link=reverse("admin:connectors_connection_change", args=[connection.pk]), icon="cable",
        )
        for connection in found
    ]  # fmt: skip


def _pushes(term: str) -> list[SearchResult]:
    """By the destinations as well, since that is how the index begins."""
    destinations = [str(pk) for pk in Connection.objects.values_list("pk", flat=True)]
    found = OutboundPush.objects.filter(channel=CHANNEL, destination__in=destinations, identity=term.lower())
    return [
        SearchResult(
            title=push.subject, description=f"Push, {push.get_state_display().lower()}",
            link=reverse("admin:connectors_outboundpush_change", args=[push.pk]), icon="send",
        )
        for push in found.defer("content")[:MOST]
    ]  # fmt: skip


def _records(term: str) -> list[SearchResult]:
    found = list(WriteBack.objects.filter(value=term).select_related("connection").order_by("-id")[:MOST])
    names = named((row.record_type, row.record_id) for row in found)
    return [
        SearchResult(
            title=record.label, description=f"{row.name} {row.value} in {row.connection}", link=record.url, icon="link"
        )
        for row in found
        if (record := names[row.record_type, row.record_id]).url
    ]  # fmt: skip
