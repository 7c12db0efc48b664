"""Hearing what there is to tell: an entry for each setting that wants it, in the event's own transaction.

Only rows are added here, so that no document waits for another one's notification, and nothing is lost with a process.
What becomes of them is decided by `notices`, which looks each minute.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from adaptors.domain.notifications.notification_kinds import CELL_OF, Level, Tone
from adaptors.models import ExportRule, NoticeEntry, NotificationSetting
from arhub.models import Event

LONGEST_CAUSE = 120
KEPT = ("transaction", "account", "number", "connection", "text", "run", "counts", "page", "name")

logger = logging.getLogger(__name__)


def heard(events: Sequence[Event]) -> None:
    """A listener of events. A mistake of ours here is logged, and harms no document."""
    told = [one for one in events if one.kind in CELL_OF and not _is_empty(one)]
    wanted = list(_listening(told)) if told else []
    if not wanted:
        return
    try:
        with transaction.atomic():
            NoticeEntry.objects.bulk_create(entry for one, event in wanted for entry in _entries(one, event))
    except Exception:
        logger.exception("Events could not be noted for their notifications, the first is %s", told[0].pk)


def _is_empty(event: Event) -> bool:
    """A run that found nothing to do is no news."""
    return event.kind == "adaptor.run_done" and not event.data.get("counts")


def _listening(events: Sequence[Event]) -> Iterator[tuple[NotificationSetting, Event]]:
    """Each event with every setting that wants it, in one query for all of one activation, and for each other one."""
    groups: dict[Any, list[Event]] = {}
    for event in events:
        groups.setdefault(event.data.get("activation") or f"event {event.pk}", []).append(event)
    for found in groups.values():
        rows = NotificationSetting.objects.filter(_concerned(found[0]), is_on=True)
        for setting in rows.only("id", "kinds", "to_customer", "level", "tone"):
            yield from ((setting, event) for event in found if _wants(setting, event))


def _wants(setting: NotificationSetting, event: Event) -> bool:
    return CELL_OF[event.kind] == (setting.level, setting.tone) and event.kind in (setting.kinds or CELL_OF)


def _concerned(event: Event) -> Q:
    """The settings of the activation, or of every one that uses the gateway; all where nobody knows what it is of."""
    if activation := event.data.get("activation"):
        return Q(activation=activation)
    gateway = event.data.get("connection")
    rules = ExportRule.objects.filter(activation=OuterRef("activation"), is_active=True, destination=gateway)
    return Q() if gateway is None else Q(activation__destination=gateway) | Q(Exists(rules))


def _entries(setting: NotificationSetting, event: Event) -> list[NoticeEntry]:
    """One for the company's people, and one for the customer where it is told as well."""
    facts = {name: event.data[name] for name in KEPT if event.data.get(name) not in (None, "")}
    known: dict[str, Any] = {
        "setting": setting, "kind": event.kind, "cause": cause_of(event)[:LONGEST_CAUSE], "facts": facts,
        "transaction": facts.get("transaction"),
    }  # fmt: skip
    found = [NoticeEntry(**known)]
    if setting.to_customer and setting.level == Level.DOCUMENT and facts.get("account"):
        found.append(NoticeEntry(**known, audience=facts["account"]))
    return found


def cause_of(event: Event) -> str:
    """The same for all that is told as one."""
    if CELL_OF[event.kind][1] == Tone.POSITIVE:
        return f"{event.kind}:{event.data.get('connection') or 0}" if event.kind == "gateway.resumed" else event.kind
    if event.kind == "adaptor.run_failed":
        return "run"
    own = event.data.get("cause") if event.kind.startswith("transaction.") else ""
    return own or f"{event.kind}:{event.data.get('connection') or 0}:{event.data.get('kind') or ''}"
