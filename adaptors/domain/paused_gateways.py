"""The gateways that are paused, for the pages of what waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adaptors.models import Activation, ExportRule
from arhub.models import Pause
from connectors.domain.deliveries import CHANNEL
from connectors.models import Connection


@dataclass(frozen=True, slots=True)
class PausedGateway:
    """Since when it is left alone, why, and when one document is tried before the rest."""

    connection: Connection
    since: datetime
    text: str
    next_at: datetime | None


def paused_gateways(activation: Activation | None = None) -> list[PausedGateway]:
    """Those of the company, or those that an activation sends over. One query where none is paused."""
    pauses = {int(one.destination): one for one in Pause.objects.filter(channel=CHANNEL, paused_at__isnull=False)}
    if not pauses:
        return []
    connections = Connection.objects.filter(pk__in=pauses)
    if activation is not None:
        rules = ExportRule.objects.filter(activation=activation, is_active=True, destination__in=pauses)
        used = {activation.destination_id, *rules.order_by().values_list("destination", flat=True).distinct()}
        connections = connections.filter(pk__in=[pk for pk in used if pk is not None])
    return [_told(one, pauses[one.pk]) for one in connections]


def _told(connection: Connection, pause: Pause) -> PausedGateway:
    assert pause.paused_at is not None
    return PausedGateway(connection, pause.paused_at, pause.text, pause.probe_at)
