"""Every route with another tenant's uuids, with a key that may do everything else, and without a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from arhub.domain.api_scopes import ACTIONS
from arhub.domain.tenants import create_tenant
from arhub.models import Tenant
from ingestion.sage_network.routes import ROUTES
from tests.ingestion.conftest import Load, drop_staging
from tests.ingestion.sage_network.conftest import client_of, problem_of
from tests.ingestion.sage_network.test_read_models import (
    APPLIED,
    COMPANIES,
    CREDITED,
    CUSTOM,
    INVOICES,
    LINES,
    PEOPLE,
    RECEIVED,
)
from tests.ingestion.sage_network.test_sync import packed, upload

QUERIES = [path for method, path in ROUTES if path.endswith("/query")]
KEYED = [route for route in ROUTES if route != ("get", "status")]
WAITING = "?currentBatch=1&totalBatches=2"
NOTHING_THERE = {
    ("post", "sync"): (400, "Expected the appEnrollmentId of an AppEnrollment."),
    ("post", "sync/zip"): (400, "No AppEnrollment has the id {}."),
    ("post", "sync/batch"): (400, "No AppEnrollment has the id {}."),
}
"""What is told where an uuid is not the address but a parameter."""


@pytest.fixture
def hidden(tenant: Tenant, load: Load) -> Iterator[Client]:
    """A key of another tenant, which has records of every kind and a sync that waits for its other batch."""
    other = create_tenant("hidden", name="Hidden A/S", currency="DKK")
    load(
        of=other, account=COMPANIES, contact=PEOPLE, invoice=INVOICES, invoice_line=LINES, payment=RECEIVED,
        payment_applied=APPLIED, credit_memo_applied=CREDITED, custom_field=CUSTOM,
    )  # fmt: skip
    client = client_of(other, "read", "write")
    assert upload(client, packed(company=COMPANIES), WAITING).status_code == 200
    yield client
    drop_staging()


def everything(client: Client) -> dict[str, list[dict[str, Any]]]:
    """Collection → all records in it, the last one made first."""
    return {
        path.removesuffix("/query"): client.get(f"/api/v1/{path}", {"order": "created desc"}).json()["records"]
        for path in QUERIES
    }


def address(path: str, records: dict[str, list[dict[str, Any]]]) -> str:
    """The route's address with the uuids of the first record of its collection; the first field is its uuid."""
    record = records[path.split("/")[0]][0]
    if "{definition_id}" in path:
        return f"customfieldvalues/{record['customFieldDefinitionId']}/{record['recordKey']}"
    return path.replace("{id}", str(next(iter(record.values()))))


def send(client: Client, method: str, path: str, enrollment: str = "") -> Any:
    """A request that would be answered, if the caller may ask it and what it names is there."""
    url = f"/api/v1/{path}"
    if path == "sync/zip":
        return upload(client, packed(company=COMPANIES), f"?appEnrollmentId={enrollment}")
    if method != "post":
        return client.generic(method.upper(), url)
    body = {"appEnrollmentId": enrollment, "companies": [{"erpKey": "C1", "companyName": "One"}]}
    return client.post(url, body, content_type="application/json")


def test_records_of_another_tenant_are_nowhere_and_stay_as_they_are(tenant: Tenant, hidden: Client) -> None:
    api, theirs = client_of(tenant, "read", "write"), everything(hidden)
    enrollment = theirs["appenrollments"][0]["appEnrollmentId"]
    mine = everything(api)

    assert all(theirs.values())
    for method, path in KEYED:
        if "{" in path:
            assert problem_of(send(api, method, address(path, theirs)))[0] == 404, path
            if method == "get":
                assert send(hidden, method, address(path, theirs)).status_code == 200, path
        elif method == "post":
            status, detail = NOTHING_THERE[method, path]
            assert problem_of(send(api, method, path, enrollment)) == (status, detail.format(enrollment))
    assert [path for path, records in mine.items() if records] == ["appenrollments"]
    assert enrollment not in str(mine)
    assert (everything(api), everything(hidden)) == (mine, theirs)


def test_filters_by_uuids_of_another_tenant_find_nothing(tenant: Tenant, hidden: Client) -> None:
    api, theirs = client_of(tenant), everything(hidden)

    found = {}
    for path in QUERIES:
        record = theirs[path.removesuffix("/query")][0]
        name, uuid = next((name, value) for name, value in record.items() if name.endswith("Id") and value)
        found[path] = api.get(f"/api/v1/{path}", {"filter": f"{name} = '{uuid}'"}).json()["records"]

    assert found == {path: [] for path in QUERIES}


@pytest.mark.parametrize("upload_path", ["sync/zip", "sync/batch"])
def test_batch_does_not_join_the_sync_of_another_tenant(tenant: Tenant, hidden: Client, upload_path: str) -> None:
    sync = everything(hidden)["sync"][0]
    api, query = (
        client_of(tenant, "write"),
        f"?currentBatch=2&totalBatches=2&parentSyncRequestId={sync['syncRequestId']}",
    )

    if upload_path == "sync/zip":
        response = upload(api, packed(company=COMPANIES), query)
    else:
        response = api.post(f"/api/v1/{upload_path}{query}", {"companies": [{"erpKey": "C1"}]}, "application/json")

    assert problem_of(response) == (409, f"No SyncRequest {sync['syncRequestId']} waits for another batch.")
    assert everything(hidden)["sync"][0] == sync


@pytest.mark.parametrize(("method", "path"), KEYED)
def test_key_that_may_do_everything_else_is_refused(tenant: Tenant, method: str, path: str) -> None:
    path = path.replace("{", "").replace("}", "")
    status, told = problem_of(send(client_of(tenant, "webhooks:read"), method, path))
    needed = told.removeprefix("This needs the scope ").removesuffix(".")
    every = {f"{resource}:{action}" for resource in settings.API_RESOURCES for action in ACTIONS}

    assert (status, needed in every, needed.endswith("read" if method == "get" else "write")) == (403, True, True)
    assert problem_of(send(client_of(tenant, *(every - {needed})), method, path)) == (403, told)


@pytest.mark.parametrize(("method", "path"), KEYED)
def test_caller_without_a_key_is_refused(tenant: Tenant, method: str, path: str) -> None:
    told = [problem_of(send(client, method, path)) for client in (Client(), Client(headers={"Api-Key": "ARH-wrong"}))]

    assert told == [
        (401, "Send an API key in the header Api-Key, or sign in."),
        (401, "The API key is not known."),
    ]


def test_status_is_told_to_everybody(tenant: Tenant) -> None:
    assert [Client().get(f"/api/v1/{path}").status_code for method, path in set(ROUTES) - set(KEYED)] == [200]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("get", "colours", 404), ("get", "", 404), ("put", "sync", 405)]
)
def test_what_is_not_served_is_a_problem(tenant: Tenant, method: str, path: str, status: int) -> None:
    assert problem_of(client_of(tenant).generic(method.upper(), f"/api/v1/{path}"))[0] == status
