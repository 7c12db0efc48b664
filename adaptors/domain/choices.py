"""What an adaptor can be connected to: the connections and sources of the tenant at hand that fit its entry."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from adaptors.catalogue import Adaptor, Work
from arhub.models import Document, Source
from connectors.models import Connection

LOOKED_AT, MOST_WORDS = 5_000, 50


def connections_for(entry: Adaptor) -> QuerySet[Connection]:
    """Those that may bring its records; none for what no connection brings."""
    return Connection.objects.filter(kind=entry.source, is_enabled=True).exclude(source=None).order_by("name")


def destinations_for(entry: Adaptor) -> QuerySet[Connection]:
    """Those that its records or documents may go to."""
    return Connection.objects.filter(kind__in=entry.destinations, is_enabled=True).order_by("name")


def sources_for(entry: Adaptor) -> QuerySet[Source]:
    """Those whose records it may take without a connection of its own: of an export, what no connection feeds, since
    that has an entry of its own; of any other work, all but what comes from where it goes to."""
    if entry.source:
        return Source.objects.none()
    fed = Q() if entry.work is Work.EXPORT else Q(kind__in=entry.destinations)
    connected = Connection.objects.filter(fed).exclude(source=None).values("source")
    return Source.objects.exclude(pk__in=connected).order_by("name")


def status_words(source: Source | None) -> list[str]:
    """The statuses that occur in the documents of a source, in some thousands of them."""
    if source is None:
        return []
    some = Document.objects.filter(ledger=source.ledger_id).order_by("-erp_key").values("pk")[:LOOKED_AT]
    found = Document.objects.filter(pk__in=some).exclude(status=None).exclude(status="")
    return sorted(found.order_by().values_list("status", flat=True).distinct()[:MOST_WORDS])
