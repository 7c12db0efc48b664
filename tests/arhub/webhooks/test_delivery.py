"""Receivers as they are: they fail, hang, lie, move, recover; and workers die."""

from __future__ import annotations

import base64
import hashlib
import hmac
import signal
import subprocess
import sys
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.utils import timezone

from arhub.domain import outbound, webhook_endpoints, webhooks
from arhub.domain.signatures import new_key
from arhub.models import Outbound, Tenant, WebhookEndpoint
from arhub.paths import BASE_DIR
from arhub.tenancy.scope import scope
from tests.arhub.network.servers import Server, answer
from tests.arhub.webhooks.conftest import (
    Happen,
    Receive,
    Subscribe,
    attempts,
    deliveries,
    fresh,
    send_again,
    send_all,
)  # fmt: skip
from tests.processes import hub_environment


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Says nothing for longer than anybody waits."""
    time.sleep(20)


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\xff\x00 this is no HTTP\r\n\r\n")
    handler.close_connection = True


def sent(server: Server) -> list[dict[str, str]]:
    return [headers for _, _, headers, _ in server.requests]


def signature(key: str, headers: dict[str, str], body: bytes) -> str:
    """Computed as the specification says, apart from the hub's own code."""
    secret = base64.b64decode(key[len("whsec_") :])
    message = headers["webhook-id"].encode() + b"." + headers["webhook-timestamp"].encode() + b"." + body
    return "v1," + base64.b64encode(hmac.new(secret, message, hashlib.sha256).digest()).decode()


def test_signature_holds_over_the_raw_bytes(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    server = receive()
    _, key = subscribe(server)

    event = happen(name="Blåbær", number=7)
    send_all()

    ((method, path, headers, body),) = server.requests
    assert (method, path, headers["content-type"]) == ("POST", "/hooks", "application/json")
    assert headers["webhook-id"] == str(event.public_id)
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["webhook-signature"] == signature(key, headers, body)
    assert "Blåbær".encode() in body
    with scope(tenant.pk):
        assert Outbound.objects.get().digest == hashlib.sha256(body).hexdigest()


def test_code_of_the_docs_tells_our_calls_from_others(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    server, code = receive(), dict[str, Any]()
    endpoint, old = subscribe(server)
    exec((BASE_DIR / "docs" / "webhooks.md").read_text().partition("```python\n")[2].partition("```")[0], code)
    with scope(tenant.pk):
        new = webhook_endpoints.rotate(endpoint)

    happen()
    send_all()

    ((_, _, headers, body),) = server.requests
    verdicts = [code["is_from_the_hub"](key, headers, body) for key in (new, old, new_key())]
    stale = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 600)}
    assert verdicts == [True, True, False]
    assert not code["is_from_the_hub"](new, headers, body + b" ")
    assert not code["is_from_the_hub"](new, stale, body)


def test_both_keys_sign_while_one_replaces_the_other(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    server = receive()
    endpoint, old = subscribe(server)
    with scope(tenant.pk):
        new = webhook_endpoints.rotate(endpoint)
    happen()
    send_all()
    with scope(tenant.pk):
        WebhookEndpoint.objects.update(previous_key_until=timezone.now())
    happen()
    send_all()

    (_, _, first, first_body), (_, _, second, second_body) = server.requests
    assert first["webhook-signature"].split(" ") == [signature(key, first, first_body) for key in (new, old)]
    assert second["webhook-signature"] == signature(new, second, second_body)


def test_event_reaches_a_receiver_that_fails_and_recovers_under_one_id(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TIMEOUT_SECONDS", 0.5)
    server = receive(answer(b"down", 500), hang, garbage, answer(b"who?", 404), answer(b"thanks", 204))
    endpoint, _ = subscribe(server)

    event = happen()
    send_all()
    assert fresh(endpoint).failing_since is not None
    for _ in range(4):
        send_again(tenant)

    assert [headers["webhook-id"] for headers in sent(server)] == [str(event.public_id)] * 5
    assert len({body for *_, body in server.requests}) == 1
    assert [(outcome, status) for outcome, status, _ in attempts(tenant)] == [
        ("not_taken", 500),
        ("unknown", None),
        ("unknown", None),
        ("not_taken", 404),
        ("delivered", 204),
    ]
    assert deliveries(tenant) == [("delivered", 5, "Taken with 204.")]
    assert fresh(endpoint).failing_since is None


def test_answer_of_a_receiver_is_kept_short_and_without_credentials(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    server = receive(answer(b"Authorization: Bearer abcdefghijklmnop\r\n\x00" + b"x" * 1000, 500))
    subscribe(server)

    happen()
    send_all()

    ((_, _, excerpt),) = attempts(tenant)
    assert "abcdefghijklmnop" not in excerpt
    assert excerpt.endswith("xxx") and len(excerpt) <= 500 and excerpt.isprintable()


def test_large_answer_counts_by_its_status(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    subscribe(receive(answer(b"x" * 100_000)))

    happen()
    send_all()

    assert deliveries(tenant) == [("delivered", 1, "Taken with 200.")]


def test_redirect_to_a_private_address_is_not_followed(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    inside = receive()
    subscribe(receive(answer(b"", 302, Location=inside.url("/internal"))))
    subscribe(receive(answer(b"", 308, Location="http://169.254.169.254/latest/meta-data")))

    happen()
    send_all()

    assert inside.requests == []
    assert [said for *_, said in deliveries(tenant)] == [
        f"Answered 302, a redirect to {inside.url('/internal')}: those are not followed.",
        "Answered 308, a redirect to http://169.254.169.254/latest/meta-data: those are not followed.",
    ]


def test_private_address_is_not_called_unless_allowed(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen, settings: Any
) -> None:
    settings.ALLOWED_NETWORKS = []
    server = receive()
    subscribe(server)

    happen()
    send_all()

    ((state, tries, said),) = deliveries(tenant)
    assert (state, tries, server.requests) == ("waiting", 1, [])
    assert said.startswith("127.0.0.1 is a loopback address and may not be called")


def test_receiver_that_is_gone_is_switched_off_and_gets_nothing_more(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    server = receive(answer(b"", 410))
    endpoint, _ = subscribe(server)

    happen()
    happen()
    send_all()
    happen()
    send_all()

    assert len(server.requests) == 1
    assert [state for state, *_ in deliveries(tenant)] == ["failed", "cancelled"]
    assert (fresh(endpoint).is_enabled, fresh(endpoint).reason) == (
        False,
        "The receiver answered 410: it wants no more events.",
    )


def test_endpoint_that_fails_for_days_is_switched_off_and_can_be_replayed(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    server = receive(answer(b"", 503), answer(b"", 503), answer(b""))
    endpoint, _ = subscribe(server)
    event = happen()
    send_all()
    with scope(tenant.pk):
        WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=5, minutes=1))
    send_again(tenant)

    assert not fresh(endpoint).is_enabled
    assert fresh(endpoint).reason.startswith("Nothing has reached it for 5 days.")
    assert [state for state, *_ in deliveries(tenant)] == ["cancelled"]
    with scope(tenant.pk), pytest.raises(webhook_endpoints.NotAnEndpoint, match="switched off"):
        webhook_endpoints.replay(fresh(endpoint))
    with scope(tenant.pk):
        webhook_endpoints.switch_on(endpoint)
        assert webhook_endpoints.replay(fresh(endpoint)) == 1
    send_all()
    assert [headers["webhook-id"] for headers in sent(server)] == [str(event.public_id)] * 3
    assert [state for state, *_ in deliveries(tenant)] == ["delivered"]


def test_endpoint_that_hangs_does_not_hold_up_another(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    hanging, working = receive(hang), receive()
    subscribe(hanging)
    subscribe(working)
    for _ in range(3):
        happen()

    taken = [outbound.claim() for _ in range(2)]  # two workers

    assert [claimed is not None for claimed in taken] == [True, True]
    with scope(tenant.pk):
        at_work = Outbound.objects.filter(state=Outbound.State.SENDING)
        assert len(set(at_work.values_list("destination", flat=True))) == 2


def test_delivery_to_a_deleted_endpoint_is_gone_with_it(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    endpoint, _ = subscribe(receive(answer(b"", 500)))
    happen()
    send_all()

    with scope(tenant.pk):
        webhook_endpoints.delete(endpoint)

    assert (deliveries(tenant), attempts(tenant)) == ([], [])


KILLED = """
import django
django.setup()
from arhub.domain import outbound
claimed = outbound.claim()
outbound.deliver(*claimed)
"""


def test_worker_killed_while_it_sends_costs_no_event(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = receive(hang, answer())
    _, key = subscribe(server)
    event = happen()
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED], cwd=BASE_DIR, env=hub_environment(), stderr=subprocess.PIPE
    )
    while not server.requests:
        assert worker.poll() is None, worker.communicate()[1].decode()
        time.sleep(0.02)

    worker.kill()
    _, said = worker.communicate(timeout=30)
    assert worker.returncode == -signal.SIGKILL, said.decode()
    assert attempts(tenant) == [("at_work", None, "")]
    monkeypatch.setattr(webhooks.WebhookChannel, "lease_seconds", 0)
    outbound.sweep()
    send_again(tenant)

    assert [headers["webhook-id"] for headers in sent(server)] == [str(event.public_id)] * 2
    assert [outcome for outcome, *_ in attempts(tenant)] == ["stopped", "delivered"]
    assert deliveries(tenant) == [("delivered", 2, "Taken with 200.")]
    for _, _, headers, body in server.requests:
        assert headers["webhook-signature"] == signature(key, headers, body)
