"""What connections put on the Start page: those that fail, and the pushes that need a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from arhub.models import Outbound
from connectors.models import Connection, OutboundPush

DAYS = 30
MOST = 8
State = Outbound.State


def panels(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """Failing connections and what failed to reach them in the last 30 days; uncertain pushes, however old."""
    failing = Q(last_success_at=None, last_error_at__isnull=False) | Q(last_error_at__gt=F("last_success_at"))
    connections = Connection.objects.filter(failing, is_enabled=True).order_by("-last_error_at")[:MOST]
    recent = timezone.now() - timedelta(days=DAYS)
    failed = OutboundPush.objects.filter(state=State.FAILED, settled_at__gt=recent).order_by("-settled_at")
    uncertain = OutboundPush.objects.filter(state=State.UNCERTAIN).order_by("uncertain_at")
    return {
        "failed": [
            *(_of_connection(connection) for connection in connections),
            *(_of_push(push, "not sent", "Open", push.settled_at) for push in failed.defer("content")[:MOST]),
        ],
        "waiting": [
            _of_push(push, "may have arrived", "Settle", push.uncertain_at)
            for push in uncertain.defer("content")[:MOST]
        ],
    }


def _of_connection(connection: Connection) -> dict[str, Any]:
    url = reverse("admin:connectors_connection_change", args=[connection.pk])
    title = f"Connection {connection}, failing"
    return {
        "title": title,
        "detail": connection.last_error,
        "url": url,
        "button": "Open",
        "at": connection.last_error_at,
    }


def _of_push(push: Outbound, how: str, button: str, at: Any) -> dict[str, Any]:
    url = reverse("admin:connectors_outboundpush_change", args=[push.pk])
    detail = push.answer or "Nobody said whether it was taken."
    return {"title": f"{push.subject}, {how}", "detail": detail, "url": url, "button": button,
            "at": at or push.created_at}  # fmt: skip
