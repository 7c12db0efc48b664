"""What Ctrl-K finds among connections: themselves, inboxes, pushes and deliveries by their id, deliveries by the
beginning of their file name, participants, and records by what other systems call them."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from arhub.admin.search import LONGEST
from arhub.domain.askers import asker_of
from arhub.domain.sharing import Actor, visible
from arhub.models import Outbound
from connectors.admin.records import named
from connectors.admin.start import PAGES
from connectors.domain import participants
from connectors.domain.sight import visible_sent
from connectors.models import Connection, Delivery, Inbox, Participant, WriteBack

MOST = 5


def connections(request: HttpRequest, term: str) -> list[SearchResult]:
    """At most five of each."""
    term = term.replace("\x00", "").strip()[:LONGEST]
    if not term:
        return []
    asker = asker_of(request)
    by_name = [*_connections(asker, term), *_inboxes(asker, term), *_participants(term)]
    return [*by_name, *_sent(asker, term), *_deliveries(asker, term), *_records(asker, term)]


def _connections(asker: Actor, term: str) -> list[SearchResult]:
    seen = visible(asker, Connection.objects.all(), "connection")
    found = seen.filter(name__istartswith=term).order_by("name")[:MOST]
    return [
        SearchResult(
            title=connection.name, description=f"{connection.kind_label}, {connection.state.lower()}",
            link=reverse("admin:connectors_connection_change", args=[connection.pk]), icon="cable",
        )
        for connection in found
    ]  # fmt: skip


def _inboxes(asker: Actor, term: str) -> list[SearchResult]:
    seen = visible(asker, Inbox.objects.select_related("connection"), "connection", "connection")
    found = seen.filter(name__istartswith=term).order_by("name")[:MOST]
    return [
        SearchResult(
            title=inbox.name, description=f"Inbox of {inbox.connection}",
            link=reverse("admin:connectors_inbox_change", args=[inbox.pk]), icon="move_to_inbox",
        )
        for inbox in found
    ]  # fmt: skip


def _sent(asker: Actor, term: str) -> list[SearchResult]:
    """By the destinations as well, since that is how the index begins."""
    destinations = {str(pk): name for pk, name in Connection.objects.values_list("pk", "name")}
    rows = Outbound.objects.filter(channel__in=PAGES, destination__in=[*destinations], identity=term.lower())
    found = visible_sent(asker, rows)
    return [_result(sent, destinations[sent.destination]) for sent in found.defer("content")[:MOST]]


def _deliveries(asker: Actor, term: str) -> list[SearchResult]:
    seen = visible(asker, Delivery.objects.select_related("outbound", "connection"), "connection", "connection")
    if asker.is_narrowed:
        seen = seen.filter(outbound__in=visible_sent(asker, Outbound.objects.all()))
    found = seen.filter(name__startswith=term).order_by("-id")
    return [_result(delivery.outbound, str(delivery.connection)) for delivery in found[:MOST]]


def _result(sent: Outbound, connection: str) -> SearchResult:
    kind = "Push" if sent.channel == "push" else "Delivery"
    return SearchResult(
        title=sent.subject, description=f"{kind} by {connection}, {sent.get_state_display().lower()}",
        link=reverse(f"admin:connectors_{PAGES[sent.channel]}_change", args=[sent.pk]), icon="send",
    )  # fmt: skip


def _participants(term: str) -> list[SearchResult]:
    found = Participant.objects.filter(participants.begins(term)).order_by("name_lower", "pk")[:MOST]
    return [
        SearchResult(
            title=participant.name, description=f"Participant {participant.endpoint}",
            link=reverse("admin:connectors_participant_change", args=[participant.pk]), icon="contact_mail",
        )
        for participant in found
    ]  # fmt: skip


def _records(asker: Actor, term: str) -> list[SearchResult]:
    seen = visible(asker, WriteBack.objects.select_related("connection"), "connection", "connection")
    found = list(seen.filter(value=term).order_by("-id")[:MOST])
    names = named((row.record_type, row.record_id) for row in found)
    return [
        SearchResult(
            title=record.label, description=f"{row.name} {row.value} in {row.connection}", link=record.url, icon="link"
        )
        for row in found
        if (record := names[row.record_type, row.record_id]).url
    ]  # fmt: skip
