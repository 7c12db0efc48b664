"""Events: told once, in the transaction that causes them, to everyone who listens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from arhub.contributions import functions
from arhub.models import Event
from arhub.tenancy.scope import current_tenant_id, scope_all

KEPT_DAYS = 30
KINDS = {"records.changed": "Records were inserted, updated, removed or restored in bulk, with counts per type."}


def kinds() -> dict[str, str]:
    """Every kind of event that can happen, and what it means; from settings.EVENT_KINDS."""
    found: dict[str, str] = {}
    for path in settings.EVENT_KINDS:
        found |= import_string(path)
    return found


def emit(kind: str, data: Mapping[str, Any], *, subject: str = "") -> Event:
    """Tell everyone in settings.EVENT_LISTENERS that something happened in the tenant in context.

    Should the transaction be rolled back, it has not happened. `data` must be JSON and holds ids, words and counts.
    """
    return emit_all([(kind, data, subject)])[0]


@transaction.atomic(savepoint=False)
def emit_all(happened: Sequence[tuple[str, Mapping[str, Any], str]]) -> list[Event]:
    """The same of several things together, each with kind, data and subject."""
    if not happened:
        return []
    events = [_made(kind, data, subject) for kind, data, subject in happened]
    Event.objects.bulk_create(events)
    for listener in functions(settings.EVENT_LISTENERS):
        listener(events)
    return events


def record(kind: str, data: Mapping[str, Any], *, subject: str = "") -> Event:
    """Write an event down without telling anybody."""
    event = _made(kind, data, subject)
    event.save()
    return event


def _made(kind: str, data: Mapping[str, Any], subject: str) -> Event:
    if kind not in kinds():
        raise ValueError(f"{kind!r} is no kind of event. Declared are: {', '.join(kinds())}.")
    return Event(tenant_id=current_tenant_id(), kind=kind, subject=subject, data=dict(data))


def forget_old() -> int:
    """Forget events that nobody will ask for again. Returns how many."""
    with scope_all("forget old events"):
        return Event.objects.filter(occurred_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()[0]
