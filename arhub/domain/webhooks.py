"""Webhooks: events go to the endpoints that a tenant has named, signed, until they are taken."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from django.utils import timezone

from arhub.domain import outbound, outbound_by_hand
from arhub.domain.channels import Answer, Channel, NotWanted, Outcome
from arhub.domain.signatures import sign
from arhub.models import Event, Outbound, WebhookEndpoint
from arhub.network import http
from arhub.network.errors import BadAnswer, NetworkError, TooLarge, Uncertain
from arhub.secrets.masking import mask

CHANNEL = "webhook"
KINDS = {"webhook.test": "A test that somebody sent by hand."}
GONE = 410
FAILING_DAYS = 5
TIMEOUT_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Target:
    url: str
    keys: tuple[str, ...]


def fan_out(events: Sequence[Event]) -> None:
    """Store events for every endpoint that wants them."""
    for endpoint in WebhookEndpoint.objects.filter(is_enabled=True):
        for event in events:
            if not endpoint.kinds or event.kind in endpoint.kinds:
                send_to(endpoint, event)


def send_to(endpoint: WebhookEndpoint, event: Event) -> None:
    outbound.put(
        CHANNEL, str(endpoint.pk), identity=str(event.public_id), subject=str(event), content=body_of(event)
    )  # fmt: skip


def body_of(event: Event) -> bytes:
    """What receivers get, as bytes that stay the same at every attempt."""
    at = event.occurred_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": event.kind, "timestamp": at, "data": event.data}, ensure_ascii=False).encode()


class WebhookChannel(Channel):
    """Receivers know an event again by its id, so an attempt without an answer is repeated."""

    may_repeat = True
    lease_seconds = 60
    kept_days = 30

    def prepare(self, outbound: Outbound) -> Target:
        endpoint = WebhookEndpoint.objects.filter(pk=int(outbound.destination)).first()
        if endpoint is None:
            raise NotWanted("The endpoint was deleted.")
        if not endpoint.is_enabled:
            raise NotWanted("The endpoint is switched off.")
        keys = [endpoint.key.reveal()]
        if endpoint.previous_key and endpoint.previous_key_until and endpoint.previous_key_until > timezone.now():
            keys.append(endpoint.previous_key.reveal())
        return Target(endpoint.url, tuple(keys))

    def send(self, outbound: Outbound, destination: Target) -> Answer:
        try:
            answer = http.post(
                destination.url, bytes(outbound.content), headers_of(outbound, destination.keys, int(time.time())),
                timeout=TIMEOUT_SECONDS, attempts=1,
            )  # fmt: skip
        except TooLarge as error:
            return judged(error.status, {}, b"")
        except (Uncertain, BadAnswer) as error:
            return Answer(Outcome.UNKNOWN, str(error))
        except NetworkError as error:
            return Answer(Outcome.NOT_TAKEN, str(error))
        return judged(answer.status, answer.headers, answer.content, answer.retry_after or 0)

    def settle(self, outbound: Outbound, answer: Answer) -> None:
        """Keep the endpoint's health; one that is gone, or fails for days, is switched off."""
        endpoint = WebhookEndpoint.objects.filter(pk=int(outbound.destination))
        if answer.outcome == Outcome.DELIVERED:
            endpoint.exclude(failing_since=None).update(failing_since=None)
        elif answer.outcome == Outcome.REFUSED:
            switch_off(int(outbound.destination), "The receiver answered 410: it wants no more events.")
        elif answer.outcome != Outcome.NOT_WANTED:
            endpoint.filter(failing_since=None).update(failing_since=timezone.now())
            if endpoint.filter(failing_since__lt=timezone.now() - timedelta(days=FAILING_DAYS)).exists():
                reason = f"Nothing has reached it for {FAILING_DAYS} days. The last attempt: {answer.text}"
                switch_off(int(outbound.destination), reason)


def headers_of(outbound: Outbound, keys: tuple[str, ...], timestamp: int) -> dict[str, str]:
    """The headers of an attempt; one signature per key that is valid."""
    content = bytes(outbound.content)
    return {
        **outbound.headers,
        "Content-Type": outbound.content_type,
        "webhook-id": outbound.identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(key, outbound.identity, timestamp, content) for key in keys),
    }


def switch_off(endpoint_id: int, reason: str) -> bool:
    """Send nothing to an endpoint any more, and cancel what waits for it; false when it was off already."""
    enabled = WebhookEndpoint.objects.filter(pk=endpoint_id, is_enabled=True)
    if not enabled.update(is_enabled=False, reason=reason[:400]):
        return False
    outbound_by_hand.cancel_waiting(CHANNEL, str(endpoint_id), "The endpoint was switched off before this was sent.")
    return True


def judged(status: int, headers: Mapping[str, Any], content: bytes, retry_after: float = 0) -> Answer:
    """What a status means."""
    excerpt = mask(content.decode(errors="replace"))
    if 200 <= status < 300:
        return Answer(Outcome.DELIVERED, f"Taken with {status}.", status, excerpt)
    if status == GONE:
        return Answer(Outcome.REFUSED, f"Answered {status}: gone for good.", status, excerpt)
    text = f"Expected an answer of 200 to 299, found {status}."
    if 300 <= status < 400:
        where = mask(str(headers.get("location", "")))[:200]
        text = f"Answered {status}, a redirect{f' to {where}' if where else ''}: those are not followed."
    return Answer(Outcome.NOT_TAKEN, text, status, excerpt, retry_after)
