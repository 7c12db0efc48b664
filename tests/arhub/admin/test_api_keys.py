"""API keys on the screens: made, shown once, rotated, revoked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from arhub.domain import api_keys
from arhub.models import ApiKey, ApiKeyHash
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import SignIn, World, text_of

SENT = {"_form_submitted": "on"}
FORM = {"name": "Web shop", "scopes": ["accounts:read", "documents:read"], "requests_per_minute": "120"}


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant)


def key_in(page: str) -> str | None:
    found = re.search(r'value="(ARH-[\w-]{40,})"', page)
    return found[1] if found else None


def keys(world: World) -> list[ApiKey]:
    with scope(world.acting.tenant.pk):
        return list(ApiKey.objects.order_by("id").select_related("source"))


def make(world: World, *, of: str = "acting", name: str = "Web shop") -> ApiKey:
    with scope(getattr(world, of).tenant.pk):
        return api_keys.make(name, ["read"])[0]


def test_key_is_made_as_asked_for_and_shown_once(client: Client, world: World) -> None:
    form = {**FORM, "networks": "192.0.2.0/24\n\n2001:db8::/32", "last_day": "2099-12-31"}
    page = client.post("/arhub/apikey/add/", form)

    (key,) = keys(world)
    text = key_in(text_of(page))
    assert text is not None and text.startswith(key.prefix)
    assert "no-store" in page.headers["Cache-Control"]
    assert (key.name, key.scopes, key.networks) == (
        "Web shop",
        ["accounts:read", "documents:read"],
        ["192.0.2.0/24", "2001:db8::/32"],
    )
    assert (key.requests_per_minute, key.source.name, key.expires_at and key.expires_at.isoformat()) == (
        120,
        "API",
        "2100-01-01T00:00:00+00:00",
    )
    assert key.created_by == client.user  # type: ignore[attr-defined]
    for address in ("", f"{key.pk}/change/"):
        assert text not in text_of(client.get(f"/arhub/apikey/{address}"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scopes": []}, "This field is required"),
        ({"scopes": ["everything"]}, "Select a valid choice"),
        ({"networks": "the office"}, "Expected networks such as 192.0.2.0/24"),
        ({"last_day": "2001-01-01"}, "Expected today or a later day"),
        ({"requests_per_minute": "0"}, "Expected at least one request"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_form_that_makes_no_key_says_why(client: Client, world: World, given: dict[str, Any], said: str) -> None:
    page = text_of(client.post("/arhub/apikey/add/", {**FORM, **given}))

    assert said in page
    assert keys(world) == []


def test_rotation_shows_the_new_key_and_lets_the_old_one_run_out(client: Client, world: World) -> None:
    old = make(world)

    page = client.post(f"/arhub/apikey/{old.pk}/rotate/", SENT)

    before, after = keys(world)
    assert key_in(text_of(page)) is not None
    assert "no-store" in page.headers["Cache-Control"]
    assert (after.client, after.expires_at) == (before.client, None)
    assert before.expires_at is not None and before.expires_at > timezone.now()
    assert "Two keys of a program" in text_of(client.post(f"/arhub/apikey/{old.pk}/rotate/", SENT))


def test_revoked_key_says_so_in_the_list(client: Client, world: World) -> None:
    key = make(world)

    client.post(f"/arhub/apikey/{key.pk}/revoke/", SENT)

    assert not keys(world)[0].is_valid
    assert "Revoked" in text_of(client.get("/arhub/apikey/"))


@pytest.mark.parametrize("action", ["rotate", "revoke"])
def test_looking_at_a_dialog_changes_nothing(client: Client, world: World, action: str) -> None:
    key = make(world)

    client.get(f"/arhub/apikey/{key.pk}/{action}/")

    assert [(each.pk, each.is_valid, each.expires_at) for each in keys(world)] == [(key.pk, True, None)]


@pytest.mark.parametrize("action", ["rotate", "revoke"])
@pytest.mark.parametrize("role", ["viewer", "clerk", "manager"])
def test_others_neither_see_nor_change_keys(world: World, sign_in: SignIn, role: str, action: str) -> None:
    key, client = make(world), sign_in(world.acting.tenant, role=role)

    assert client.get("/arhub/apikey/").status_code == 403
    assert client.get(f"/arhub/apikey/{key.pk}/change/").status_code == 403
    assert client.post("/arhub/apikey/add/", FORM).status_code == 403
    assert client.post(f"/arhub/apikey/{key.pk}/{action}/", SENT).status_code == 403
    assert len(keys(world)) == 1 and keys(world)[0].is_valid


def test_keys_of_another_tenant_are_out_of_reach(client: Client, world: World) -> None:
    other = make(world, of="hidden", name="Hidden shop")
    own_source = {**FORM, "source": str(world.hidden.first("source").pk)}

    assert "Hidden shop" not in text_of(client.get("/arhub/apikey/"))
    assert client.get(f"/arhub/apikey/{other.pk}/change/").status_code == 404
    for action in ("rotate", "revoke"):
        assert client.post(f"/arhub/apikey/{other.pk}/{action}/", SENT).status_code == 404
    assert "Select a valid choice" in text_of(client.post("/arhub/apikey/add/", own_source))
    assert ApiKeyHash.objects.count() == 1


def test_empty_list_says_what_a_key_is_for(client: Client) -> None:
    page = text_of(client.get("/arhub/apikey/"))

    assert "a web shop that asks what a customer owes" in page
    assert "Add API key" in page
