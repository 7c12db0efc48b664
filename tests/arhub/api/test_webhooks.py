"""Webhooks by the API: made with a key that is shown once, changed, rotated, tried, replayed, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from arhub.domain import events
from arhub.models import IdempotentRequest, Outbound, Tenant, WebhookEndpoint
from arhub.tenancy.scope import scope
from tests.arhub.api.routes import ROOT

HOOKS, SENT = f"{ROOT}webhooks/", f"{ROOT}webhook-deliveries/"
GIVEN = {"name": "Shop", "url": "https://shop.example/hooks", "kinds": ["records.changed"]}
JSON = "application/json"


@pytest.fixture
def made(api: Client) -> dict[str, Any]:
    found: dict[str, Any] = api.post(HOOKS, GIVEN, content_type=JSON).json()
    return found


def happen(tenant: Tenant, state: str) -> Outbound:
    with scope(tenant.pk):
        events.emit("records.changed", {}, subject="Load 1")
        delivery = Outbound.objects.latest("id")
        Outbound.objects.filter(pk=delivery.pk).update(state=state)
    return delivery


def states(tenant: Tenant) -> list[str]:
    with scope(tenant.pk):
        return list(Outbound.objects.order_by("id").values_list("state", flat=True))


def test_webhook_is_made_and_its_key_told_once(tenant: Tenant, api: Client) -> None:
    answer = api.post(HOOKS, GIVEN, content_type=JSON)

    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{HOOKS}{made['id']}/")
    assert answer.headers["Cache-Control"] == "no-store"
    with scope(tenant.pk):
        assert WebhookEndpoint.objects.get().key.reveal() == made["key"]
    read = api.get(answer.headers["Location"]).json()
    assert read == {name: value for name, value in made.items() if name != "key"}
    assert (read["name"], read["url"], read["kinds"], read["is_enabled"]) == (*GIVEN.values(), True)


def test_repeated_request_makes_one_webhook_and_keeps_no_key(tenant: Tenant, api: Client) -> None:
    first, second = (
        api.post(HOOKS, GIVEN, content_type=JSON, headers={"Idempotency-Key": "one"}).json() for _ in range(2)
    )

    assert first["id"] == second["id"]
    assert (first["key"][:6], second["key"]) == ("whsec_", "whsec_…")
    with scope(tenant.pk):
        assert WebhookEndpoint.objects.count() == 1
        assert first["key"].encode() not in bytes(IdempotentRequest.objects.get().body)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "ftp://shop.example/"}, "url"),
        ({"url": "https://user:word@shop.example/"}, "url"),
        ({"kinds": ["cake.eaten"]}, "kinds"),
        ({"kinds": "all"}, "kinds"),
        ({"name": ""}, "name"),
    ],
)
def test_what_makes_no_webhook_is_told_by_field(tenant: Tenant, api: Client, given: dict[str, Any], field: str) -> None:
    answer = api.post(HOOKS, {**GIVEN, **given}, content_type=JSON)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    with scope(tenant.pk):
        assert not WebhookEndpoint.objects.exists()


def test_webhook_is_changed_and_switched(tenant: Tenant, api: Client, made: dict[str, Any]) -> None:
    address = f"{HOOKS}{made['id']}/"
    happen(tenant, "waiting")

    changed = api.patch(address, {"name": "Till", "kinds": [], "is_enabled": False}, content_type=JSON).json()

    assert (changed["name"], changed["kinds"], changed["url"]) == ("Till", [], GIVEN["url"])
    assert (changed["is_enabled"], changed["reason"], states(tenant)) == (False, "By the hub.", ["cancelled"])
    for path in ("test/", "replay/"):
        assert api.post(address + path).status_code == 409
    assert api.patch(address, {"is_enabled": True}, content_type=JSON).json()["reason"] == ""


def test_key_is_rotated(tenant: Tenant, api: Client, made: dict[str, Any]) -> None:
    answer = api.post(f"{HOOKS}{made['id']}/rotate-key/")

    assert answer.headers["Cache-Control"] == "no-store"
    with scope(tenant.pk):
        endpoint = WebhookEndpoint.objects.get()
        assert endpoint.key.reveal() == answer.json()["key"] != made["key"]
        assert endpoint.previous_key.reveal() == made["key"]


def test_test_event_is_put_on_its_way(tenant: Tenant, api: Client, made: dict[str, Any]) -> None:
    answer = api.post(f"{HOOKS}{made['id']}/test/")

    (delivery,) = api.get(f"{SENT}?webhook={made['id']}").json()["results"]
    assert answer.status_code == 202
    assert (delivery["event"], delivery["state"], delivery["subject"]) == (
        answer.json()["event"],
        "waiting",
        "webhook.test, Shop",
    )


def test_what_failed_is_replayed_at_once(tenant: Tenant, api: Client, made: dict[str, Any]) -> None:
    for state in ("failed", "delivered", "cancelled"):
        happen(tenant, state)

    answer = api.post(f"{HOOKS}{made['id']}/replay/")

    assert (answer.status_code, answer.json()) == (202, {"deliveries": 2})
    assert states(tenant) == ["waiting", "delivered", "waiting"]


def test_one_delivery_is_replayed_once(tenant: Tenant, api: Client, made: dict[str, Any]) -> None:
    address = f"{SENT}{happen(tenant, 'delivered').pk}/replay/"

    first, second = api.post(address), api.post(address)

    assert (first.status_code, first.json()["state"]) == (202, "waiting")
    assert (second.status_code, second.json()["message"]) == (
        409,
        "Only what is settled can be replayed; this is waiting.",
    )


def test_delivery_brings_its_attempts_along(tenant: Tenant, api: Client, made: dict[str, Any]) -> None:
    delivery = happen(tenant, "failed")
    with scope(tenant.pk):
        delivery.log.create(outcome="not_taken", status=503, text="Busy.", excerpt="later", duration_ms=7)

    plain = api.get(f"{SENT}{delivery.pk}/").json()
    (attempt,) = api.get(f"{SENT}{delivery.pk}/?include=log").json()["log"]

    assert "log" not in plain
    assert (attempt["outcome"], attempt["status"], attempt["excerpt"]) == ("not_taken", 503, "later")


def test_deliveries_of_other_channels_are_not_told(tenant: Tenant, api: Client, made: dict[str, Any]) -> None:
    delivery = happen(tenant, "failed")
    with scope(tenant.pk):
        Outbound.objects.update(channel="erp")

    assert api.get(SENT).json()["results"] == []
    assert api.get(f"{SENT}{delivery.pk}/").status_code == 404


def test_webhook_is_deleted_with_its_deliveries(tenant: Tenant, api: Client, made: dict[str, Any]) -> None:
    happen(tenant, "failed")

    assert api.delete(f"{HOOKS}{made['id']}/").status_code == 204

    assert states(tenant) == []
    assert api.get(HOOKS).json()["results"] == []
