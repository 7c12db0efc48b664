"""Webhooks are told what becomes of documents: once, and signed."""

from __future__ import annotations

import json
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from adaptors.domain import activations
from adaptors.models import Activation
from arhub.models import Account, Tenant
from arhub.tenancy.scope import scope
from tests.adaptors.api.conftest import Ask, sent
from tests.arhub.webhooks.conftest import Receive, Subscribe, receive, send_all, subscribe
from tests.arhub.webhooks.test_delivery import signature

__all__ = ["receive", "subscribe"]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


def told(server: Any) -> list[tuple[str, dict[str, Any]]]:
    """The kind and data of each event that came, in its order."""
    events = [json.loads(body) for _, _, _, body in server.requests]
    return [(event["type"], event["data"]) for event in events]


def test_document_that_reaches_its_gateway_is_told_once_and_signed(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, activation: Activation, account: Account, folders: Path
) -> None:
    server = receive()
    _, key = subscribe(server, "transaction.delivered")

    row = sent(activation, account)
    send_all()
    send_all()

    [(kind, data)] = told(server)
    [(_, _, headers, body)] = server.requests
    assert (kind, data["transaction"], data["number"], data["state"]) == (
        "transaction.delivered", row.pk, "10482", "delivered",
    )  # fmt: skip
    assert (data["activation"], data["account"], data["document"]) == (activation.pk, account.pk, row.document_id)
    assert signature(key, headers, body) == headers["webhook-signature"]
    assert [path.name for path in folders.rglob("*") if path.is_file()] == ["invoice-10482.xml"]


def test_document_on_hold_is_told_until_its_cause_changes_once(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, post: Ask, activation: Activation, account: Account
) -> None:
    server = receive()
    subscribe(server, "transaction.held", "transaction.delivered")

    row = sent(activation, account, total_amount=Decimal("1250.10"))
    assert post(f"transactions/{row.pk}/try-again/")[1]["state"] == "held"
    send_all()

    assert [(kind, data["transaction"]) for kind, data in told(server)] == [("transaction.held", row.pk)]


def test_changes_of_an_adaptor_are_told(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, activation: Activation
) -> None:
    server = receive()
    subscribe(server, "adaptor.changed")

    with scope(tenant.pk):
        activations.change(activation, {"name": "Invoices"})
        activations.change(activation, {"name": "Invoices"})
    send_all()

    [(kind, data)] = told(server)
    assert (kind, data["what"], data["names"]) == ("adaptor.changed", "changed", ["name"])
