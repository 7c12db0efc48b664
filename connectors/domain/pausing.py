"""Gateways that fail for every document: left alone, and told once, as incident and event. So is their recovery."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from arhub.domain import incidents
from arhub.domain.events import emit
from arhub.models import Incident
from connectors.domain.connections import Level, note
from connectors.models import Connection

KINDS = {
    "gateway.paused": "A gateway failed for several documents in succession: it is left alone, and tried with one "
    "document before the rest.",
    "gateway.resumed": "A gateway that was paused takes documents again.",
}


def paused(connection_id: int, text: str) -> None:
    """In the transaction that pauses it."""
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None:
        return
    said = (
        f"It failed for several documents in succession. The last time: {text} One document is tried before the rest."
    )
    note(connection, f"Paused. {said}", level=Level.ERROR)
    incidents.report(
        _key(connection_id), kind=Incident.Kind.PAUSED, subject=f"Gateway {connection}"[:255], text=said,
        thing=connection, url=_page(connection),
    )  # fmt: skip
    _tell("gateway.paused", connection, text)


def resumed(connection_id: int) -> None:
    """In the transaction that lifts the pause."""
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None:
        return
    note(connection, "It takes documents again: what waited goes out now.")
    incidents.settle(_key(connection_id), f"{connection} takes documents again.")
    _tell("gateway.resumed", connection, "")


def _tell(kind: str, connection: Connection, text: str) -> None:
    data: dict[str, Any] = {"connection": connection.pk, "name": connection.name, "text": text,
                            "page": _page(connection)}  # fmt: skip
    emit(kind, data, subject=str(connection)[:120])


def _page(connection: Connection) -> str:
    return reverse("admin:connectors_connection_change", args=[connection.pk])


def _key(connection_id: int) -> str:
    return f"gateway:{connection_id}:paused"
