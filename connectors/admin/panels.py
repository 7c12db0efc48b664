"""What the page of a record says of other systems: what they call it, and what was sent to them."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from arhub.admin import cells
from arhub.admin.base import allows
from arhub.contributions import Panel
from arhub.domain.askers import asker_of
from arhub.domain.sharing import visible
from arhub.models import Account, Document, Payment, Role, SourceRecord
from connectors.admin.sending import takers
from connectors.domain import pushes, write_backs
from connectors.domain.subjects import sendable


def other_systems(request: HttpRequest, record: SourceRecord) -> Panel | None:
    """None for records that are never sent."""
    if not isinstance(record, Account | Document | Payment):
        return None
    record_type = write_backs.type_of(record)
    asker = asker_of(request)
    own = visible(asker, pushes.of_record(record_type, record.pk), "connection", "connection")
    sent = [(push, cells.chip(_state(push))) for push in own]
    shown = {
        "write_backs": visible(asker, write_backs.of_record(record), "connection", "connection"),
        "pushes": sent,
        "send_url": _send_url(request, record_type, record.pk),
    }
    return Panel("Other systems", "connectors/other_systems.html", shown)


def _state(push: pushes.Push) -> str:
    """A push that arrived with others may have been refused alone."""
    return "Refused for good" if push.refusal else push.outbound.get_state_display()


def _send_url(request: HttpRequest, record_type: str, pk: int) -> str:
    """Where it can be sent from here; empty when it cannot, or not by this person."""
    may_send = allows(request, Role.MANAGER) and sendable(record_type).filter(pk=pk).exists()
    if not may_send or not takers(request, record_type):
        return ""
    return f"{reverse('admin:connectors_send')}?{urlencode({'record_type': record_type, 'ids': pk})}"
