"""Records written through the hub's API, one by one and in bulk."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from arhub.domain import api_keys
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Document, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import runs
from ingestion.models import Ingestion
from tests.ingestion.conftest import ACCOUNTS, Load

ROOT = "/api/hub/v1"
ACCOUNT = {"erp_key": "C1", "account_id": "C1", "account_name": "One", "currency": "DKK"}
INVOICE = {"erp_key": "I1", "invoice_number": "1", "account_id": "C1", "total_amount": "1.234"}


@pytest.fixture
def api(tenant: Tenant) -> Client:
    return client_of(tenant, "read", "write")


def client_of(tenant: Tenant, *scopes: str) -> Client:
    with scope(tenant.pk):
        return Client(headers={"Api-Key": api_keys.make("Shop", scopes)[1]})


def send(api: Client, method: str, path: str, body: Any, **headers: str) -> Any:
    return getattr(api, method)(f"{ROOT}{path}", json.dumps(body), content_type="application/json", headers=headers)


def work() -> None:
    while claimed := runs.claim():
        runs.work(*claimed)


def test_records_are_made_and_changed(tenant: Tenant, api: Client) -> None:
    account = send(api, "post", "/accounts/", ACCOUNT)
    made = send(api, "post", "/documents/", INVOICE)
    changed = send(api, "patch", f"/documents/{made.json()['id']}/", {"due_date": "2026-05-01"})
    emptied = send(api, "patch", f"/documents/{made.json()['id']}/", {"due_date": None})

    assert [response.status_code for response in (account, made, changed, emptied)] == [201, 201, 200, 200]
    assert made["Location"] == f"{ROOT}/documents/{made.json()['id']}/"
    assert made.json()["total_amount"] == "1.234"
    assert (made.json()["outstanding_amount"], made.json()["currency"]) == ("1.234", "DKK")
    assert (changed.json()["due_date"], emptied.json()["due_date"]) == ("2026-05-01", None)


def test_applications_are_of_payments_and_of_credit_memos(tenant: Tenant, api: Client) -> None:
    send(api, "post", "/accounts/", ACCOUNT)
    send(api, "post", "/documents/", INVOICE)
    memo = {**INVOICE, "erp_key": "M1", "invoice_number": "M1", "document_type": "credit memo"}
    send(api, "post", "/documents/", memo)
    send(api, "post", "/payments/", {"erp_key": "P1", "payment_id": "P1", "account_id": "C1", "amount": "1"})
    paid = send(api, "post", "/applications/", {"payment": "P1", "invoice": "I1", "amount": "0.5"})
    reduced = send(api, "post", "/applications/", {"credit_memo": "M1", "invoice": "I1", "amount": "0.25"})
    more = send(api, "patch", f"/applications/{reduced.json()['id']}/", {"amount": "0.30"})

    kinds = [response.json()["application_type"] for response in (paid, reduced, more)]
    assert kinds == ["payment", "credit_memo", "credit_memo"]
    with scope(tenant.pk):
        assert str(Document.objects.get(erp_key="I1").outstanding_amount) == "0.434"


def test_record_that_is_there_is_a_conflict(tenant: Tenant, api: Client) -> None:
    send(api, "post", "/accounts/", ACCOUNT)
    again = send(api, "post", "/accounts/", {**ACCOUNT, "account_name": "Other"})

    assert (again.status_code, again.json()["code"]) == (409, "exists")
    with scope(tenant.pk):
        assert Account.objects.get().name == "One"


def test_field_of_another_source_is_a_conflict(tenant: Tenant, api: Client, load: Load) -> None:
    load(account=ACCOUNTS)
    with scope(tenant.pk):
        pk = Account.objects.order_by("pk")[0].pk
    response = send(api, "patch", f"/accounts/{pk}/", {"account_name": "Other", "phone": "1"})

    assert (response.status_code, response.json()["code"]) == (409, "source_owned")
    assert list(response.json()["fields"]) == ["account_name"]
    with scope(tenant.pk):
        assert Account.objects.get(pk=pk).phone is None
        assert Ingestion.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"erp_key": "I1", "account_id": "C9", "total_amount": "1"}, {"account_id"}),
        ({"account_id": "C1", "total_amount": "1", "colour": "red"}, {"colour"}),
        ({"erp_key": "I1", "account_id": "C1", "total_amount": [1]}, {"total_amount"}),
        ([], set()),
        ({}, set()),
    ],
)
def test_wrong_record_is_told_by_field(tenant: Tenant, api: Client, body: Any, fields: set[str]) -> None:
    send(api, "post", "/accounts/", ACCOUNT)
    response = send(api, "post", "/documents/", body)

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert set(response.json()["fields"]) == fields
    with scope(tenant.pk):
        assert (Document.objects.count(), Ingestion.objects.count()) == (0, 1)


def test_broken_and_deep_json_is_refused(tenant: Tenant, api: Client) -> None:
    bodies = [b"{", b"[" * 100_000, b'{"a": NaN}', b"\xff", b'"' + b"x" * (2 << 20) + b'"']
    answers = [api.post(f"{ROOT}/accounts/", body, content_type="application/json") for body in bodies]

    assert [response.status_code for response in answers] == [400, 400, 400, 400, 413]
    assert {frozenset(response.json()) for response in answers} == {frozenset({"code", "message", "fields"})}


def test_nobody_writes_another_tenants_records(tenant: Tenant, api: Client) -> None:
    pk = send(api, "post", "/accounts/", ACCOUNT).json()["id"]
    other, reader = client_of(create_tenant("other"), "read", "write"), client_of(tenant, "read", "contacts:write")

    assert send(other, "patch", f"/accounts/{pk}/", {"phone": "1"}).status_code == 404
    assert send(reader, "patch", f"/accounts/{pk}/", {"phone": "1"}).status_code == 403
    with scope(tenant.pk):
        assert Account.objects.get().phone is None


def test_bulk_records_become_a_load_with_a_result_each(tenant: Tenant, api: Client) -> None:
    records = {"account": [ACCOUNT, {"erp_key": "C2"}], "invoices": [INVOICE, {**INVOICE, "account_id": "C9"}]}
    started = send(api, "post", "/ingestions/", {"records": records})
    work()
    load = api.get(started["Location"]).json()
    first = api.get(f"{started['Location']}results/?page_size=3").json()
    rest = api.get(first["next"]).json()

    assert (started.status_code, started.json()["state"]) == (202, "queued")
    assert (load["state"], load["origin"]) == ("committed", "api")
    assert load["totals"] == {"lines": 4, "inserted": 2, "updated": 0, "unchanged": 0, "invalid": 2}
    assert [one["result"] for one in first["results"] + rest["results"]] == ["inserted", "invalid"] * 2
    assert (rest["next"], [one["row"] for one in rest["results"]]) == (None, [2])
    assert first["results"][1]["problems"][0]["expected"] == "a value"


def test_bulk_files_with_policies_and_a_dry_run(tenant: Tenant, api: Client) -> None:
    file = SimpleUploadedFile("accounts.csv", ACCOUNTS.encode())
    form = {"account": file, "dry_run": "true", "policies": '{"rejects": "file"}'}
    location = api.post(f"{ROOT}/ingestions/", form)["Location"]
    work()
    review, results = api.get(location).json(), api.get(f"{location}results/").json()["results"]
    committed = api.post(f"{location}commit/")
    again = api.post(f"{location}commit/")
    work()

    assert (review["state"], review["rejects"]) == ("review", "file")
    assert {one["result"] for one in results} == {"inserted"}
    assert (committed.status_code, again.status_code) == (202, 409)
    assert api.get(location).json()["state"] == "committed"
    with scope(tenant.pk):
        assert Account.objects.count() == len(results)


def test_load_is_cancelled_before_it_lands(tenant: Tenant, api: Client) -> None:
    location = send(api, "post", "/ingestions/", {"records": {"account": [ACCOUNT]}})["Location"]
    answers = [api.post(f"{location}cancel/") for _ in range(2)]

    assert [response.status_code for response in answers] == [200, 409]
    assert api.get(f"{location}results/").json()["code"] == "conflict"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"records": {"colours": [{}]}}, ""),
        ({"records": {}}, ""),
        ({"record": {"account": [{}]}}, "record"),
        ({"records": {"account": [{}]}, "policies": {"rejects": "maybe"}}, "policies"),
        ({"records": {"account": [{}]}, "policies": {"colour": "red"}}, "policies"),
        ({"records": {"account": [{}]}, "dry_run": "yes"}, "dry_run"),
    ],
)
def test_wrong_load_is_told_and_leaves_nothing(tenant: Tenant, api: Client, body: Any, field: str) -> None:
    response = send(api, "post", "/ingestions/", body)

    assert response.status_code == 400
    assert list(response.json()["fields"]) == ([field] if field else [])
    with scope(tenant.pk):
        assert Ingestion.objects.count() == 0


def test_bulk_request_that_comes_twice_makes_one_load(tenant: Tenant, api: Client) -> None:
    body = {"records": {"account": [ACCOUNT]}}
    first, second = (send(api, "post", "/ingestions/", body, **{"Idempotency-Key": "k"}) for _ in range(2))

    assert first.content == second.content
    with scope(tenant.pk):
        assert Ingestion.objects.count() == 1
