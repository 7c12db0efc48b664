"""What connections put on the Start page: those that fail, and what needs a person of all that goes out or comes in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from arhub.admin.sharing import visible
from arhub.contributions import functions
from arhub.domain.askers import asker_of
from arhub.models import Outbound
from connectors.domain.sight import visible_sent
from connectors.models import Connection, Delivery, InboxFile, OutboundDelivery

DAYS = 30
MOST = 8
MOST_LOOKED_AT = 1_000
"""Of each channel, to find those."""
PAGES = {"push": "outboundpush", "delivery": "outbounddelivery"}
"""Channel → the model whose pages show what goes out by it."""
State = Outbound.State


def panels(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """Failing connections, what failed to reach them and what was set aside in the last 30 days; what is uncertain,
    however old."""
    failing = Q(last_success_at=None, last_error_at__isnull=False) | Q(last_error_at__gt=F("last_success_at"))
    seen = visible(request, Connection.objects.all(), "connection")
    connections = seen.filter(failing, is_enabled=True).order_by("-last_error_at")[:MOST]
    recent = timezone.now() - timedelta(days=DAYS)
    sent = visible_sent(asker_of(request), Outbound.objects.all())
    failed = sent.filter(state=State.FAILED, settled_at__gt=recent)
    refused = visible_sent(asker_of(request), OutboundDelivery.objects.all()).filter(
        delivery__verdict=Delivery.Verdict.REFUSED, state=State.DELIVERED, settled_at__gt=recent
    )
    uncertain = sent.filter(state=State.UNCERTAIN)
    files = visible(request, InboxFile.objects.select_related("inbox"), "connection", "inbox__connection")
    aside = files.filter(state=InboxFile.State.ASIDE, taken_at__gt=recent)
    return {
        "failed": [
            *(_of_connection(connection) for connection in connections),
            *(_of_sent(one, "not sent", "Open", one.settled_at) for one in _first(failed, "-settled_at")),
            *(
                _of_sent(one, "refused after it arrived", "Open", one.settled_at)
                for one in _first(refused, "-settled_at", ["delivery"])
            ),
            *(_of_file(file) for file in aside.order_by("-id")[:MOST]),
        ],
        "waiting": [
            _of_sent(one, "may have arrived", "Settle", one.uncertain_at) for one in _first(uncertain, "uncertain_at")
        ],
    }


def _first(rows: QuerySet[Any], order: str, channels: Collection[str] = PAGES) -> list[Any]:
    """The first of each channel that no other panel tells of, of the first `MOST_LOOKED_AT`: a gateway that was down
    for a day leaves ten thousands of which another one tells, and each would be looked at whenever somebody starts.
    Those are named one by one: with a subquery the planner begins at the other end, and walks all of them."""
    found: list[Any] = []
    for channel in channels:
        looked_at = rows.filter(channel=channel).order_by(order).values_list("pk", flat=True)[:MOST_LOOKED_AT]
        own = rows.model._default_manager.filter(pk__in=list(looked_at))
        for told_elsewhere in functions(settings.TOLD_ELSEWHERE):
            own = own.exclude(told_elsewhere())
        found += own.order_by(order).defer("content")[:MOST]
    return found


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


def _of_sent(sent: Outbound, how: str, button: str, at: Any) -> dict[str, Any]:
    url = reverse(f"admin:connectors_{PAGES[sent.channel]}_change", args=[sent.pk])
    detail = sent.answer or "Nobody said whether it was taken."
    return {"title": f"{sent.subject}, {how}", "detail": detail, "url": url, "button": button,
            "at": at or sent.created_at}  # fmt: skip


def _of_file(file: InboxFile) -> dict[str, Any]:
    url = reverse("admin:connectors_inbox_change", args=[file.inbox_id])
    title = f"{file.name} in {file.inbox}, set aside"
    return {"title": title, "detail": file.text, "url": f"{url}?files=aside", "button": "Open", "at": file.taken_at}
