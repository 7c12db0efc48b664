"""Passwords go nowhere but where they were entered for."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from arhub.models import Attempt, Outbound, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries
from connectors.models import DeliveryReceipt
from tests.arhub.network.servers import answer, serve

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


@pytest.mark.parametrize(
    "changed",
    [
        {"smtp_security": "none"}, {"smtp_port": 2525}, {"imap_security": "none"}, {"imap_port": 143},
        {"imap_host": "mine.example"},
    ],
)  # fmt: skip
def test_mail_password_is_asked_for_again_when_it_would_go_another_way(
    tenant: Tenant, changed: dict[str, object]
) -> None:
    values = {"smtp_host": "mail.example.com", "smtp_user": "hub", "from_address": "hub@example.com",
              "imap_host": "mail.example.com", "imap_user": "hub"}  # fmt: skip
    with scope(tenant.pk):
        secrets = {"smtp_password": "secret-7", "imap_password": "secret-8"}
        connection = connections.create("email", name="Mail", values={**values, **secrets})

        with pytest.raises(connections.WrongSettings) as caught:
            connections.change(connection, name="Mail", values={**connection.values, **changed}, user=None)

    assert sorted(caught.value.errors) == ["imap_password", "smtp_password"]


@pytest.mark.parametrize(
    "given",
    [
        {"sign_in": "basic", "user": "hub", "password": "p&ss-wörd-7"},
        {"sign_in": "bearer", "token": "token/of-the-hub=="},
        {"sign_in": "api_key", "key_header": "X-Own", "token": "token/of-the-hub=="},
    ],
)
def test_server_that_repeats_what_it_was_sent_puts_no_credentials_on_a_page(
    tenant: Tenant, deliver: Callable[[], list[str]], given: dict[str, str]
) -> None:
    def repeats(handler: BaseHTTPRequestHandler) -> None:
        answer(b"\xff" + str(handler.headers).encode("latin-1"))(handler)

    with serve(repeats) as server:
        with scope(tenant.pk):
            connection = connections.create("http", name="Parrot", values={"url": server.url(), **given})
            deliveries.send(connection, b"<a/>", name="a.xml")
        assert deliver() == [Outbound.State.DELIVERED]

    with scope(tenant.pk):
        kept = bytes(DeliveryReceipt.objects.get().content) + Attempt.objects.get().excerpt.encode()
    secret = given.get("password") or given["token"]
    assert b"Idempotency-Key" in kept and kept.startswith(b"\xff")
    for told in (secret, b64encode(f"hub:{secret}".encode()).decode()):
        assert told.encode() not in kept
