"""What a key opens, from where, how often, and until when."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from arhub.api import callers
from arhub.api.errors import ApiError, answer
from arhub.domain import api_keys
from arhub.models import ApiKey, ApiKeyHash, Ledger, Membership, Source, Tenant, User
from arhub.tenancy.scope import scope
from tests.arhub.api.conftest import MakeKey

pytestmark = pytest.mark.urls("tests.arhub.api.test_keys")


def show(request: Any) -> HttpResponse:
    """The ledgers a caller sees, without any condition but the database's own."""
    try:
        callers.require(request, "accounts", "read")
    except ApiError as error:
        return answer(request, error)
    names = Ledger._base_manager.values_list("tenant__slug", flat=True)
    return JsonResponse({"sees": list(names), "client": str(request.api_key and request.api_key.client)})


def count(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"size": len(request.body)})


count.csrf_exempt = True  # type: ignore[attr-defined]
urlpatterns = [path("api/hub/v1/show", show), path("api/hub/v1/count", count), path("", include("arhub.urls"))]


def ask(text: str, **headers: str) -> Any:
    return Client(headers={"Api-Key": text, **headers}).get("/api/hub/v1/show")


@pytest.mark.parametrize("header", ["Api-Key", "ApiKey", "X-Api-Key", "Authorization"])
def test_key_opens_its_own_tenant_and_no_other(tenant: Tenant, make_key: MakeKey, header: str) -> None:
    text = make_key()[1]
    other = Client(headers={header: f"Bearer {text}" if header == "Authorization" else text})

    assert other.get("/api/hub/v1/show").json()["sees"] == ["acme"]


def test_key_is_kept_as_a_hash_and_a_beginning(tenant: Tenant, make_key: MakeKey) -> None:
    key, text = make_key()

    with scope(tenant.pk):
        stored = ApiKey.objects.values().get(pk=key.pk)
    (known,) = ApiKeyHash.objects.values()

    assert key.prefix == text[:10]
    assert text not in repr(stored) + repr(known)
    assert (known["tenant"], known["key"]) == (tenant.pk, key.pk)


def test_caller_without_a_key_is_told_how_to_come_in(tenant: Tenant) -> None:
    response = Client().get("/api/hub/v1/show")

    assert response.status_code == 401
    assert response.json() == {
        "code": "not_authenticated",
        "message": "Send an API key in the header Api-Key, or sign in.",
        "fields": {},
    }


def test_wrong_key_opens_nothing_even_for_somebody_signed_in(tenant: Tenant) -> None:
    user = User.objects.create_user("anna@example.com", "secret")
    Membership.objects.create(user=user, tenant=tenant, role="administrator")
    client = Client()
    client.force_login(user)

    assert client.get("/api/hub/v1/show").json()["sees"] == ["acme"]
    assert client.get("/api/hub/v1/show", headers={"Api-Key": "ARH-wrong"}).json()["code"] == "key_refused"


def test_revoked_key_is_refused_at_once(tenant: Tenant, make_key: MakeKey) -> None:
    key, text = make_key()
    with scope(tenant.pk):
        assert [api_keys.revoke(key), api_keys.revoke(key)] == [True, False]

    assert ask(text).json()["message"] == "The API key was revoked."


def test_expired_key_is_refused(make_key: MakeKey) -> None:
    text = make_key(expires_at=timezone.now() - timedelta(seconds=1))[1]

    assert ask(text).json()["message"] == "The API key has expired."


@pytest.mark.parametrize(("network", "status"), [("127.0.0.0/8", 200), ("::1", 401), ("192.0.2.7", 401)])
def test_key_is_used_from_its_networks_alone(make_key: MakeKey, network: str, status: int) -> None:
    assert ask(make_key(networks=[network])[1]).status_code == status


@pytest.mark.parametrize(
    ("scopes", "status"),
    [(["read"], 200), (["accounts:read"], 200), (["write"], 403), (["accounts:write", "contacts:read"], 403)],
)
def test_key_does_what_its_scopes_say(make_key: MakeKey, scopes: list[str], status: int) -> None:
    response = ask(make_key(*scopes)[1])

    assert response.status_code == status
    if status == 403:
        assert response.json()["message"] == "This needs the scope accounts:read."


def test_requests_above_the_limit_wait_for_the_next_minute(tenant: Tenant, make_key: MakeKey) -> None:
    key, text = make_key(requests_per_minute=2)

    answers = [ask(text) for _ in range(5)]  # more than two windows cannot pass meanwhile

    refused = [response for response in answers if response.status_code == 429]
    assert refused and refused[0].json()["code"] == "rate_limited"
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    with scope(tenant.pk):
        assert ApiKey.objects.get(pk=key.pk).last_used_at is not None


def test_two_keys_of_a_program_are_valid_while_one_replaces_the_other(tenant: Tenant, make_key: MakeKey) -> None:
    first, text = make_key("read", networks=["127.0.0.1"])
    with scope(tenant.pk):
        second, other = api_keys.rotate(first, days=7)
        first.refresh_from_db()
        with pytest.raises(api_keys.NotAKey, match="Two keys"):
            api_keys.rotate(second)

    assert [ask(key).json()["client"] for key in (text, other)] == [str(first.client)] * 2
    assert (second.scopes, second.networks, second.expires_at) == (["read"], ["127.0.0.1/32"], None)
    assert first.expires_at is not None and first.expires_at < timezone.now() + timedelta(days=8)


@pytest.mark.parametrize(
    ("scopes", "networks", "sentence"),
    [
        (["fly"], [], "There is no scope “fly”."),
        ([], [], "A key without a scope opens nothing"),
        (["read"], ["10.0.0.1/8"], "Expected networks such as"),
    ],
)
def test_key_that_makes_no_sense_is_refused(
    make_key: MakeKey, tenant: Tenant, scopes: list[str], networks: list[str], sentence: str
) -> None:
    with scope(tenant.pk), pytest.raises(api_keys.NotAKey, match=sentence):
        api_keys.make("Shop", scopes, networks=networks)


def test_command_prints_the_key_and_nothing_else(tenant: Tenant) -> None:
    out = StringIO()
    call_command("create_api_key", tenant="acme", name="Shop", scope=["read"], stdout=out)

    assert ask(out.getvalue().rstrip("\n")).json()["sees"] == ["acme"]
    with scope(tenant.pk):
        assert Source.objects.get(name="API").ledger.is_default


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"tenant": "nobody"}, "There is no tenant nobody"),
        ({"scope": ["fly"]}, "There is no scope"),
        ({"source": "Moon"}, "There is no source “Moon”. There are: Uploaded files."),
    ],
)
def test_command_says_what_is_wrong(tenant: Tenant, wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("create_api_key", **{"tenant": "acme", "name": "Shop", **wrong})


def test_body_of_a_stranger_is_not_read(tenant: Tenant) -> None:
    response = Client().post("/api/hub/v1/count", b"x" * 300_000, content_type="application/octet-stream")

    assert (response.status_code, response.json()["code"], response["Connection"]) == (
        401,
        "not_authenticated",
        "close",
    )


def test_body_larger_than_the_limit_is_refused(tenant: Tenant, make_key: MakeKey, settings: Any) -> None:
    settings.MOST_BODY_BYTES = 1 << 20
    client = Client(headers={"Api-Key": make_key()[1]})

    sizes = [
        client.post("/api/hub/v1/count", b"x" * size, content_type="application/octet-stream").json()
        for size in (1 << 20, (1 << 20) + 1)
    ]

    assert sizes[0] == {"size": 1 << 20}
    assert sizes[1] == {"code": "too_large", "message": "The request is larger than 1 MB.", "fields": {}}
