"""Webhooks on the screens: endpoints, their keys, what was delivered, and sending it again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from arhub.domain import events, webhook_endpoints
from arhub.models import Outbound, Tenant, WebhookEndpoint
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import SignIn, World, text_of

SENT = {"_form_submitted": "on"}
FORM = {"name": "Shop", "url": "https://shop.example/hooks", "kinds": ["records.changed"]}
State = Outbound.State


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant)


@pytest.fixture
def endpoint(world: World) -> WebhookEndpoint:
    return make(world.acting.tenant)


def make(tenant: Tenant, name: str = "Shop") -> WebhookEndpoint:
    with scope(tenant.pk):
        return webhook_endpoints.make(name, "https://shop.example/hooks")[0]


def happen(tenant: Tenant, *states: str) -> list[Outbound]:
    """An event and its delivery for each state."""
    with scope(tenant.pk):
        for state in states:
            events.emit("records.changed", {"state": state}, subject=f"Load {state}")
            Outbound.objects.filter(pk=Outbound.objects.latest("id").pk).update(state=state, answer=f"Said {state}.")
        return list(Outbound.objects.order_by("id"))


def states(tenant: Tenant) -> list[str]:
    with scope(tenant.pk):
        return list(Outbound.objects.order_by("id").values_list("state", flat=True))


def only(world: World) -> WebhookEndpoint:
    with scope(world.acting.tenant.pk):
        return WebhookEndpoint.objects.get()


def key_in(page: str) -> str | None:
    found = re.search(r'value="(whsec_[\w+/=]{40,})"', page)
    return found[1] if found else None


def act(client: Client, endpoint: WebhookEndpoint, action: str) -> Any:
    return client.post(f"/arhub/webhookendpoint/{endpoint.pk}/{action}/", SENT)


def test_endpoint_is_added_and_its_key_shown_once(client: Client, world: World) -> None:
    page = client.post("/arhub/webhookendpoint/add/", FORM)

    made, text = only(world), key_in(text_of(page))
    with scope(world.acting.tenant.pk):
        assert made.key.reveal() == text
    assert "no-store" in page.headers["Cache-Control"]
    assert (made.name, made.url, made.kinds, made.created_by) == (
        "Shop",
        "https://shop.example/hooks",
        ["records.changed"],
        client.user,  # type: ignore[attr-defined]
    )
    for address in ("", f"{made.pk}/change/"):
        assert "whsec_" not in text_of(client.get(f"/arhub/webhookendpoint/{address}"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "ftp://shop.example/"}, "Expected an address that begins with https://"),
        ({"url": ""}, "This field is required"),
        ({"kinds": ["cake.eaten"]}, "Select a valid choice"),
    ],
)
def test_form_that_makes_no_endpoint_says_why(client: Client, world: World, given: dict[str, Any], said: str) -> None:
    page = text_of(client.post("/arhub/webhookendpoint/add/", {**FORM, **given}))

    assert said in page
    with scope(world.acting.tenant.pk):
        assert not WebhookEndpoint.objects.exists()


def test_changed_endpoint_keeps_its_key(client: Client, world: World, endpoint: WebhookEndpoint) -> None:
    with scope(world.acting.tenant.pk):
        before = only(world).key.reveal()

    client.post(f"/arhub/webhookendpoint/{endpoint.pk}/change/", {**FORM, "name": "Till", "kinds": []})

    with scope(world.acting.tenant.pk):
        assert only(world).key.reveal() == before
    assert (only(world).name, only(world).kinds) == ("Till", [])


def test_rotation_shows_the_new_key_and_keeps_the_old_one_for_a_while(
    client: Client, world: World, endpoint: WebhookEndpoint
) -> None:
    text = key_in(text_of(act(client, endpoint, "rotate-key")))

    with scope(world.acting.tenant.pk):
        assert only(world).key.reveal() == text
        assert only(world).previous_key and only(world).previous_key.reveal() != text


def test_test_event_is_put_on_its_way(client: Client, world: World, endpoint: WebhookEndpoint) -> None:
    answer = act(client, endpoint, "send-test")

    assert answer.headers["HX-Redirect"] == f"/arhub/webhookendpoint/{endpoint.pk}/change/"
    assert states(world.acting.tenant) == ["waiting"]
    assert "webhook.test, Shop" in text_of(client.get(f"/arhub/webhookendpoint/{endpoint.pk}/change/"))


def test_dialog_says_how_many_it_touches_and_looking_touches_none(
    client: Client, world: World, endpoint: WebhookEndpoint
) -> None:
    happen(world.acting.tenant, State.FAILED, State.CANCELLED, State.DELIVERED, State.WAITING)

    replay = text_of(client.get(f"/arhub/webhookendpoint/{endpoint.pk}/replay-failed/"))
    off = text_of(client.get(f"/arhub/webhookendpoint/{endpoint.pk}/switch-off/"))

    assert "Sends 2 deliveries again" in replay
    assert "Cancels 1 delivery waiting" in off
    assert states(world.acting.tenant) == ["failed", "cancelled", "delivered", "waiting"]


def test_replay_sends_what_failed_again(client: Client, world: World, endpoint: WebhookEndpoint) -> None:
    happen(world.acting.tenant, State.FAILED, State.CANCELLED, State.DELIVERED, State.UNCERTAIN)

    act(client, endpoint, "replay-failed")

    assert states(world.acting.tenant) == ["waiting", "waiting", "delivered", "uncertain"]


def test_one_delivery_is_replayed_with_its_bytes(client: Client, world: World, endpoint: WebhookEndpoint) -> None:
    delivered, _ = happen(world.acting.tenant, State.DELIVERED, State.DELIVERED)

    client.post(f"/arhub/outbound/{delivered.pk}/replay/", SENT)

    assert states(world.acting.tenant) == ["waiting", "delivered"]
    with scope(world.acting.tenant.pk):
        again = Outbound.objects.get(pk=delivered.pk)
    assert (again.identity, bytes(again.content)) == (delivered.identity, bytes(delivered.content))


def test_endpoint_switched_off_says_so_and_takes_no_replay(
    client: Client, world: World, endpoint: WebhookEndpoint
) -> None:
    (waiting,) = happen(world.acting.tenant, State.WAITING)

    act(client, endpoint, "switch-off")
    act(client, endpoint, "replay-failed")
    client.post(f"/arhub/outbound/{waiting.pk}/replay/", SENT)

    assert states(world.acting.tenant) == ["cancelled"]
    assert "Switched off. By administrator." in text_of(client.get(f"/arhub/webhookendpoint/{endpoint.pk}/change/"))
    act(client, endpoint, "switch-on")
    act(client, endpoint, "replay-failed")
    assert states(world.acting.tenant) == ["waiting"]


def test_deleted_endpoint_takes_its_deliveries_along(client: Client, world: World, endpoint: WebhookEndpoint) -> None:
    happen(world.acting.tenant, State.FAILED)

    answer = client.post(f"/arhub/webhookendpoint/{endpoint.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 302
    assert states(world.acting.tenant) == []


def test_delivery_page_shows_content_and_attempts(client: Client, world: World, endpoint: WebhookEndpoint) -> None:
    (delivery,) = happen(world.acting.tenant, State.FAILED)
    with scope(world.acting.tenant.pk):
        delivery.log.create(outcome="not_taken", status=503, text="Expected 200.", excerpt="<b>busy</b>", duration_ms=7)

    page = text_of(client.get(f"/arhub/outbound/{delivery.pk}/change/"))

    assert delivery.identity in page
    assert "&quot;type&quot;: &quot;records.changed&quot;" in page
    assert "503" in page and "7 ms" in page and "&lt;b&gt;busy&lt;/b&gt;" in page


@pytest.mark.parametrize(("show", "expected"), [("", 4), ("failed", 2), ("waiting", 1), ("delivered", 1)])
def test_deliveries_are_filtered_by_what_became_of_them(
    client: Client, world: World, endpoint: WebhookEndpoint, show: str, expected: int
) -> None:
    happen(world.acting.tenant, State.FAILED, State.CANCELLED, State.WAITING, State.DELIVERED)

    page = text_of(client.get(f"/arhub/outbound/?show={show}" if show else "/arhub/outbound/"))

    assert page.count("records.changed, Load") == expected


def test_delivery_is_found_by_the_id_of_its_event(client: Client, world: World, endpoint: WebhookEndpoint) -> None:
    _, second = happen(world.acting.tenant, State.FAILED, State.DELIVERED)

    page = text_of(client.get(f"/arhub/outbound/?q={second.identity.upper()}"))

    assert ("Load delivered" in page, "Load failed" in page) == (True, False)


@pytest.mark.parametrize("role", ["viewer", "clerk", "manager"])
def test_others_look_without_changing_anything(
    world: World, sign_in: SignIn, endpoint: WebhookEndpoint, role: str
) -> None:
    (delivery,) = happen(world.acting.tenant, State.FAILED)
    client = sign_in(world.acting.tenant, role=role)

    page = text_of(client.get(f"/arhub/webhookendpoint/{endpoint.pk}/change/"))
    assert "https://shop.example/hooks" in page and "whsec_" not in page and "Rotate" not in page
    assert client.get(f"/arhub/outbound/{delivery.pk}/change/").status_code == 200
    for action in ("send-test", "replay-failed", "rotate-key", "switch-on", "switch-off", "delete"):
        assert act(client, endpoint, action).status_code == 403, action
    assert client.post(f"/arhub/outbound/{delivery.pk}/replay/", SENT).status_code == 403
    assert client.post(f"/arhub/webhookendpoint/{endpoint.pk}/change/", FORM).status_code == 403
    assert states(world.acting.tenant) == ["failed"]


def test_webhooks_of_another_tenant_are_out_of_reach(client: Client, world: World) -> None:
    other = make(world.hidden.tenant, "Hidden shop")
    (delivery,) = happen(world.hidden.tenant, State.FAILED)

    assert "Hidden" not in text_of(client.get("/arhub/webhookendpoint/"))
    assert "records.changed" not in text_of(client.get("/arhub/outbound/"))
    for address in (f"webhookendpoint/{other.pk}/change/", f"outbound/{delivery.pk}/change/"):
        assert client.get(f"/arhub/{address}").status_code == 404
    for action in ("send-test", "replay-failed", "rotate-key", "switch-on", "switch-off"):
        assert act(client, other, action).status_code == 404, action
    assert client.post(f"/arhub/outbound/{delivery.pk}/replay/", SENT).status_code == 404
    assert client.get(f"/arhub/webhookendpoint/{other.pk}/replay-failed/").status_code == 404
    assert states(world.hidden.tenant) == ["failed"]


@pytest.mark.parametrize("name", ["webhookendpoint", "outbound"])
def test_empty_list_explains_itself(client: Client, name: str) -> None:
    page = text_of(client.get(f"/arhub/{name}/"))

    assert "Nothing here yet" in page
    assert "webhook" in page.partition("Nothing here yet")[2]
