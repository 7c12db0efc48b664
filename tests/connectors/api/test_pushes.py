"""Pushes and write-backs by the API: sent, looked at, settled."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.models import Account, Outbound, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, pushes, write_backs
from connectors.models import Connection, OutboundPush
from tests.arhub.api.routes import ROOT

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

LIST, KEYS = f"{ROOT}pushes/", f"{ROOT}write-backs/"
JSON = "application/json"


@pytest.fixture
def push(tenant: Tenant, connection: Connection, accounts: list[Account]) -> OutboundPush:
    with scope(tenant.pk):
        pushes.push(connection, "account", [accounts[0].pk])
        return OutboundPush.objects.get()


def turn(push: Outbound, state: str, **fields: Any) -> None:
    with scope(push.tenant_id):
        Outbound.objects.filter(pk=push.pk).update(state=state, **fields)


def act(api: Client, push: Outbound, path: str, given: Any = None) -> Any:
    return api.post(f"{LIST}{push.pk}/{path}/", given or {}, content_type=JSON)


def test_records_are_sent_once(tenant: Tenant, api: Client, connection: Connection, accounts: list[Account]) -> None:
    asked = {"connection": connection.pk, "record_type": "account", "ids": [account.pk for account in accounts]}

    first, second = (api.post(LIST, asked, content_type=JSON) for _ in range(2))

    assert (first.status_code, first.json()) == (202, {"queued": 2, "sent_before": 0, "from_there": 0})
    assert second.json() == {"queued": 0, "sent_before": 2, "from_there": 0}
    assert [push["state"] for push in api.get(LIST).json()["results"]] == ["waiting", "waiting"]


@pytest.mark.parametrize(
    ("given", "field"),
    [({"connection": 4711}, "connection"), ({"record_type": "cake"}, "record_type"), ({"ids": []}, "ids"),
     ({"ids": [4711]}, "ids"), ({"record_type": "payment"}, "ids")],
)  # fmt: skip
def test_what_cannot_be_sent_is_told_by_field(
    tenant: Tenant, api: Client, connection: Connection, accounts: list[Account], given: dict[str, Any], field: str
) -> None:
    asked = {"connection": connection.pk, "record_type": "account", "ids": [accounts[0].pk], **given}

    answer = api.post(LIST, asked, content_type=JSON)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_nothing_is_sent_through_what_is_switched_off(
    tenant: Tenant, api: Client, connection: Connection, accounts: list[Account]
) -> None:
    with scope(tenant.pk):
        connections.switch(connection, on=False, user=None)

    answer = api.post(
        LIST, {"connection": connection.pk, "record_type": "account", "ids": [accounts[0].pk]}, content_type=JSON
    )

    assert (answer.status_code, answer.json()["message"]) == (409, "Notebook is switched off.")


def test_push_brings_its_attempts_and_records_along(
    tenant: Tenant, api: Client, push: OutboundPush, accounts: list[Account]
) -> None:
    turn(push, "delivered", content=b"secret content")
    with scope(tenant.pk):
        push.log.create(outcome="delivered", text="Noted as 1.")

    answer = api.get(f"{LIST}{push.pk}/?include=log,records")

    found = answer.json()
    assert [attempt["text"] for attempt in found["log"]] == ["Noted as 1."]
    assert found["records"] == [{"record_type": "account", "record_id": accounts[0].pk, "refusal": ""}]
    assert b"secret content" not in answer.content
    assert "log" not in api.get(f"{LIST}{push.pk}/").json()


def test_arrived_push_is_delivered_with_its_keys(
    tenant: Tenant, api: Client, push: OutboundPush, accounts: list[Account]
) -> None:
    turn(push, "uncertain")

    answer = act(api, push, "arrived", {"keys": {"id": "N-17"}})

    (key,) = api.get(f"{KEYS}?record_type=account&record_id={accounts[0].pk}").json()["results"]
    assert (answer.status_code, answer.json()["state"]) == (202, "delivered")
    assert (key["system"], key["name"], key["value"]) == ("sample", "id", "N-17")
    assert api.get(f"{KEYS}?value=N-17").json()["results"] == [key]
    assert api.get(f"{KEYS}?value=N-1").json()["results"] == []


def test_key_that_the_connector_does_not_know_is_refused(tenant: Tenant, api: Client, push: OutboundPush) -> None:
    turn(push, "uncertain")

    answer = act(api, push, "arrived", {"keys": {"cake": "1"}})

    assert (answer.status_code, answer.json()["fields"]) == (400, {"keys": ["Expected id; found cake."]})


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("look-up", "uncertain", "uncertain"),
        ("did-not-arrive", "uncertain", "waiting"),
        ("replay", "failed", "waiting"),
        ("replay", "cancelled", "waiting"),
        ("send-now", "held", "held"),
        ("cancel", "held", "cancelled"),
        ("cancel", "waiting", "cancelled"),
    ],
)
def test_push_is_settled(tenant: Tenant, api: Client, push: OutboundPush, path: str, before: str, after: str) -> None:
    turn(push, before)

    answer = act(api, push, path)

    assert (answer.status_code, answer.json()["state"]) == (202, after)


@pytest.mark.parametrize(
    ("path", "state", "reason"),
    [
        ("look-up", "delivered", "It is not uncertain whether it arrived: its state is delivered."),
        ("arrived", "failed", "It is not uncertain whether it arrived: its state is failed."),
        ("did-not-arrive", "waiting", "It is not uncertain whether it arrived: its state is waiting."),
        ("replay", "delivered", "It arrived: what was taken never goes a second time."),
        ("replay", "uncertain", "It may have arrived: say first whether it did."),
        ("send-now", "uncertain", "It has gone out, and may have arrived."),
        ("cancel", "sending", "It is being sent."),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    tenant: Tenant, api: Client, push: OutboundPush, path: str, state: str, reason: str
) -> None:
    turn(push, state)

    answer = act(api, push, path)

    assert (answer.status_code, answer.json()["message"]) == (409, reason)
    assert api.get(f"{LIST}{push.pk}/").json()["state"] == state


def test_lists_are_narrowed(tenant: Tenant, api: Client, connection: Connection, push: OutboundPush) -> None:
    found = {
        query: len(api.get(f"{LIST}?{query}").json()["results"])
        for query in (f"connection={connection.pk}", "connection=4711", "state=waiting", "state=failed",
                      f"identity={push.identity}", "identity=x")
    }  # fmt: skip

    assert list(found.values()) == [1, 0, 1, 0, 1, 0]


def test_lists_take_the_same_queries_for_one_and_three(
    tenant: Tenant, api: Client, connection: Connection, push: OutboundPush, accounts: list[Account]
) -> None:
    addresses = (f"{LIST}?include=log,records", KEYS)

    def queries() -> list[int]:
        counted = []
        for address in addresses:
            api.get(address)
            with CaptureQueriesContext(database) as captured:
                api.get(address)
            counted.append(len(captured))
        return counted

    with scope(tenant.pk):
        write_backs.store(connection, "account", accounts[0].pk, {"id": "1"})
    one = queries()
    with scope(tenant.pk):
        write_backs.store(connection, "account", accounts[1].pk, {"id": "2", "number": "3"})
        pushes.push(connection, "account", [account.pk for account in accounts])
        Outbound.objects.create(channel="push", destination=str(connection.pk), identity="third", subject="Third")

    assert queries() == one
    assert len(api.get(LIST).json()["results"]) == 3
