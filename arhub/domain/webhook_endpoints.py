"""Endpoints: made, changed, switched on and off, given a new key, tried out, deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from arhub.domain import events, outbound_by_hand, webhooks
from arhub.domain.sharing import Actor
from arhub.domain.signatures import new_key
from arhub.domain.webhooks import CHANNEL, send_to
from arhub.models import Attempt, Event, Outbound, User, WebhookEndpoint
from arhub.secrets import Secret

ROTATION_DAYS = 7
MOST_ENDPOINTS = 50
TEST = "webhook.test"
FAILED = (Outbound.State.FAILED, Outbound.State.CANCELLED)


class NotAnEndpoint(ValueError):
    """What was asked for makes no endpoint, in a sentence about `field`; empty when it is about none."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def make(name: str, url: str, kinds: Collection[str] = (), *, user: User | None = None) -> tuple[WebhookEndpoint, str]:
    """An endpoint of the tenant in context, and its signing key, which is shown once. Raises `NotAnEndpoint`."""
    if WebhookEndpoint.objects.count() >= MOST_ENDPOINTS:
        raise NotAnEndpoint(f"There are {MOST_ENDPOINTS} endpoints already, which is the most: delete one first.")
    key = new_key()
    endpoint = WebhookEndpoint(
        name=name, url=checked_url(url), kinds=checked_kinds(kinds), key=Secret(key), created_by=user
    )  # fmt: skip
    endpoint.save(force_insert=True)
    return endpoint, key


def checked_url(url: str) -> str:
    """The address, if one can be called there. Raises `NotAnEndpoint`."""
    try:
        place = urlsplit(url.strip())
        place.port  # noqa: B018  refuses what is no port
    except ValueError as error:
        raise NotAnEndpoint(f"Expected an address such as https://shop.example/hooks, found {url!r}.", "url") from error
    if place.scheme not in ("http", "https") or not place.hostname or not url.strip().isprintable():
        raise NotAnEndpoint("Expected an address that begins with https:// or http://, and names a host.", "url")
    if place.username is not None or place.password is not None or place.fragment:
        raise NotAnEndpoint("Expected an address without user, password and #: the signature tells who calls.", "url")
    return url.strip()


def checked_kinds(kinds: Collection[str]) -> list[str]:
    """Kinds of events in their usual order. Raises `NotAnEndpoint`."""
    known = events.kinds()
    if unknown := sorted(set(kinds) - set(known)):
        raise NotAnEndpoint(f"There is no event “{unknown[0]}”. There are: {', '.join(known)}.", "kinds")
    return [kind for kind in known if kind in kinds]


def change(endpoint: WebhookEndpoint, **fields: Any) -> None:
    """Give it another name, url or kinds. Raises `NotAnEndpoint`."""
    checks: dict[str, Callable[[Any], Any]] = {"name": str, "url": checked_url, "kinds": checked_kinds}
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**{name: checks[name](fields[name]) for name in fields})


@transaction.atomic
def rotate(endpoint: WebhookEndpoint) -> str:
    """A new signing key; the one before signs beside it for some days. Returns the new key's text."""
    held = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    key = new_key()
    held.previous_key, held.key = Secret(held.key.reveal()), Secret(key)
    held.previous_key_until = timezone.now() + timedelta(days=ROTATION_DAYS)
    held.save(update_fields=["key", "previous_key", "previous_key_until"])
    return key


def switch(endpoint: WebhookEndpoint, on: bool, *, user: User | None = None) -> bool:
    """On or off; false when it was so already."""
    return switch_on(endpoint) if on else switch_off(endpoint, user=user)


def switch_on(endpoint: WebhookEndpoint) -> bool:
    """Send events to it from now on; false when it was on. What was cancelled meanwhile can be replayed."""
    disabled = WebhookEndpoint.objects.filter(pk=endpoint.pk, is_enabled=False)
    return bool(disabled.update(is_enabled=True, reason="", failing_since=None))


@transaction.atomic
def switch_off(endpoint: WebhookEndpoint, *, user: User | None = None) -> bool:
    """Send nothing to it any more; what waits is cancelled. False when it was off."""
    return webhooks.switch_off(endpoint.pk, f"By {user or 'the hub'}.")


@transaction.atomic
def send_test(endpoint: WebhookEndpoint) -> Event:
    """An event for this endpoint alone, whatever it is subscribed to."""
    event = events.record(TEST, {"endpoint": endpoint.pk, "name": endpoint.name}, subject=endpoint.name)
    send_to(endpoint, event)
    return event


@transaction.atomic
def delete(endpoint: WebhookEndpoint) -> None:
    """Forget an endpoint and everything that was sent to it. A worker that is at it finds nothing any more."""
    sent = deliveries(endpoint)
    Attempt.objects.filter(outbound__in=sent).delete()
    sent.order_by().delete()
    endpoint.delete()


def deliveries(endpoint: WebhookEndpoint) -> QuerySet[Outbound]:
    """Everything for an endpoint, the newest first."""
    return Outbound.objects.filter(channel=CHANNEL, destination=str(endpoint.pk))


def kept_back(actor: Actor, rows: Sequence[Outbound]) -> Sequence[Outbound]:
    """Deliveries as somebody may read of them: while anything is not shared with all, of each the kind of its event
    alone, since what it is about may be called as what they do not see."""
    if actor.is_narrowed:
        for row in rows:
            row.subject = row.subject.partition(",")[0]
    return rows


def replay(endpoint: WebhookEndpoint, delivery_ids: Collection[int] | None = None) -> int:
    """Send deliveries to an endpoint again: those named, or all that failed or were cancelled. Returns how many."""
    if not endpoint.is_enabled:
        raise NotAnEndpoint("The endpoint is switched off: switch it on first.")
    rows = deliveries(endpoint)
    wanted = rows.filter(state__in=FAILED) if delivery_ids is None else rows.filter(pk__in=delivery_ids)
    return outbound_by_hand.replay(CHANNEL, wanted)
