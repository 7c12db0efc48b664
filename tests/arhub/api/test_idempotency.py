"""The same key and request, once: alone, at once, with another body, and after a refusal."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from arhub.api import idempotency
from arhub.models import Ledger, Tenant
from arhub.tenancy.scope import scope
from tests.arhub.api.conftest import MakeKey

pytestmark = pytest.mark.urls("tests.arhub.api.test_idempotency")
begun, go_on = threading.Event(), threading.Event()


@csrf_exempt
def make(request: HttpRequest, status: int) -> HttpResponse:
    made = Ledger.objects.create(name=f"number {Ledger.objects.count()}")
    return JsonResponse({"id": made.pk}, status=status, headers={"Location": f"/{made.pk}"})


@csrf_exempt
def slow(request: HttpRequest) -> HttpResponse:
    begun.set()
    assert go_on.wait(20)
    return make(request, 201)


urlpatterns = [
    path("api/hub/v1/make/<int:status>", make),
    path("api/hub/v1/slow", slow),
    path("", include("arhub.urls")),
]


def post(client: Client, body: Any = b"{}", *, key: str = "k1", where: str = "make/201") -> Any:
    return client.post(f"/api/hub/v1/{where}", body, content_type="application/json", headers={"Idempotency-Key": key})


def ledgers(tenant: Tenant) -> int:
    with scope(tenant.pk):
        return Ledger.objects.count() - 1


def test_request_that_comes_again_gets_the_first_answer(tenant: Tenant, api: Client) -> None:
    first, second = post(api), post(api)

    assert (first.status_code, first.json(), first["Location"]) == (201, second.json(), second["Location"])
    assert [response.headers.get("Idempotent-Replayed") for response in (first, second)] == [None, "true"]
    assert ledgers(tenant) == 1


def test_key_with_another_request_is_refused(tenant: Tenant, api: Client) -> None:
    post(api)
    others = [post(api, b'{"x": 1}'), post(api, where="make/200")]

    assert [(response.status_code, response.json()["code"]) for response in others] == [
        (422, "idempotency_key_reused")
    ] * 2
    assert ledgers(tenant) == 1


def test_programs_do_not_share_keys_and_a_rotated_key_does(tenant: Tenant, make_key: MakeKey) -> None:
    from arhub.domain import api_keys

    (first, text), (_, other) = make_key(), make_key()
    with scope(tenant.pk):
        _, rotated = api_keys.rotate(first)

    made = [post(Client(headers={"Api-Key": key})).json()["id"] for key in (text, other, rotated)]

    assert made[0] == made[2] != made[1]


def test_ten_at_once_make_one_and_get_the_same_answer(tenant: Tenant, make_key: MakeKey) -> None:
    text = make_key()[1]

    def call(_: int) -> tuple[int, bytes]:
        try:
            response = post(Client(headers={"Api-Key": text}))
            return response.status_code, response.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:  # two connections each, of the sixty that all tests share
        answers = set(pool.map(call, range(10)))

    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
    assert ledgers(tenant) == 1


def test_second_request_waits_so_long_and_no_longer(
    tenant: Tenant, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 1)
    begun.clear(), go_on.clear()
    text = make_key()[1]

    def first() -> Any:
        try:
            return post(Client(headers={"Api-Key": text}), where="slow").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first)
        assert begun.wait(20)
        second = post(Client(headers={"Api-Key": text}), where="slow")
        go_on.set()

        assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_in_use")
        assert running.result() == 201


def test_refusal_is_told_again_and_leaves_nothing(tenant: Tenant, api: Client) -> None:
    answers = [post(api, where="make/400") for _ in range(2)]

    assert [response.status_code for response in answers] == [400, 400]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert ledgers(tenant) == 0


@pytest.mark.parametrize("status", [409, 500])
def test_answer_that_says_try_again_is_not_kept(tenant: Tenant, api: Client, status: int) -> None:
    answers = [post(api, where=f"make/{status}") for _ in range(2)]

    assert [response.headers.get("Idempotent-Replayed") for response in answers] == [None, None]


def test_files_are_the_same_whatever_their_boundary(tenant: Tenant, api: Client) -> None:
    def send(content: bytes) -> Any:
        file = SimpleUploadedFile("a.csv", content)
        return api.post("/api/hub/v1/make/201", {"file": file}, headers={"Idempotency-Key": "f"})

    first, same, other = send(b"a"), send(b"a"), send(b"b")

    assert first.json() == same.json()
    assert (same.headers.get("Idempotent-Replayed"), other.status_code) == ("true", 422)


def test_old_answers_are_forgotten(tenant: Tenant, api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    post(api)
    kept = idempotency.forget_old()
    monkeypatch.setattr(idempotency, "KEPT_DAYS", -1)

    assert (kept, idempotency.forget_old()) == (0, 1)
