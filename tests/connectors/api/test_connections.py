"""Connections by the API: made, changed, tested, pulled from, deleted; secrets never come back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.domain.tenants import add_member
from arhub.models import Ledger, Run, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, pushes
from connectors.domain.setup import secrets_of
from connectors.models import Connection
from connectors.simulators.server import RunningSimulator
from tests.arhub.api.routes import ROOT
from tests.connectors.sample.simulator import KEY

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

LIST = f"{ROOT}connections/"
JSON = "application/json"
GIVEN = {"kind": "sample", "name": "Diary", "values": {"url": "https://diary.example", "key": "diary-key-5"}}


def address(connection: Connection, path: str = "") -> str:
    return f"{LIST}{connection.pk}/{path}"


def test_connection_is_made_and_its_secret_never_told(tenant: Tenant, api: Client) -> None:
    answer = api.post(LIST, GIVEN, content_type=JSON)

    made = answer.json()
    read = api.get(answer.headers["Location"])
    assert (answer.status_code, read.json()) == (201, made)
    assert (made["name"], made["kind"], made["values"], list(made["secrets_set"]), made["is_enabled"]) == (
        "Diary", "sample", {"url": "https://diary.example", "requests_per_minute": 0}, ["key"], True,
    )  # fmt: skip
    assert b"diary-key-5" not in answer.content + read.content
    with scope(tenant.pk):
        assert secrets_of(Connection.objects.get()) == {"key": "diary-key-5"}


def test_connection_feeds_a_ledger_that_is_there(tenant: Tenant, api: Client) -> None:
    with scope(tenant.pk):
        ledger = Ledger.objects.get(is_default=True)

    api.post(LIST, {**GIVEN, "ledger": ledger.pk}, content_type=JSON)

    with scope(tenant.pk):
        assert Connection.objects.select_related("source").get().source.ledger_id == ledger.pk


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"kind": "cake"}, ["kind"]),
        ({"name": ""}, ["name"]),
        ({"values": {"url": "diary"}}, ["values.key", "values.url"]),
        ({"values": {**GIVEN["values"], "cake": 1}}, ["values.cake"]),  # type: ignore[dict-item]
        ({"values": []}, ["values"]),
        ({"ledger": 4711}, ["ledger"]),
    ],
)
def test_what_makes_no_connection_is_told_by_field(
    tenant: Tenant, api: Client, given: dict[str, Any], fields: list[str]
) -> None:
    answer = api.post(LIST, {**GIVEN, **given}, content_type=JSON)

    assert (answer.status_code, sorted(answer.json()["fields"])) == (400, fields)
    assert b"diary-key-5" not in answer.content
    with scope(tenant.pk):
        assert not Connection.objects.exists()


def test_changed_connection_keeps_what_was_not_given(tenant: Tenant, api: Client, connection: Connection) -> None:
    changed = api.patch(
        address(connection), {"values": {"requests_per_minute": 60}, "is_enabled": False}, content_type=JSON
    ).json()

    assert (changed["name"], changed["values"], changed["is_enabled"]) == (
        "Notebook", {"url": connection.values["url"], "requests_per_minute": 60}, False,
    )  # fmt: skip
    with scope(tenant.pk):
        assert secrets_of(Connection.objects.get()) == {"key": KEY}


def test_test_tells_its_steps(tenant: Tenant, api: Client, connection: Connection) -> None:
    good = api.post(address(connection, "test/")).json()
    api.patch(address(connection), {"values": {"key": "wrong-key-8"}}, content_type=JSON)
    bad = api.post(address(connection, "test/")).json()

    assert good == {
        "is_good": True,
        "ticks": [{"label": "Sign in", "is_good": True, "text": "The notebook holds 0 records."}],
    }
    assert (bad["is_good"], bad["ticks"][-1]["text"]) == (
        False, "The notebook does not know this key: take the one on its first page.",
    )  # fmt: skip
    assert api.get(address(connection)).json()["is_failing"] is True


@pytest.mark.parametrize(("asked", "kind"), [({}, "pull"), ({"full": True}, "full_pull")])
def test_pull_answers_with_its_run(
    tenant: Tenant, api: Client, connection: Connection, asked: dict[str, Any], kind: str
) -> None:
    answer = api.post(address(connection, "pull/"), asked, content_type=JSON)

    with scope(tenant.pk):
        run = Run.objects.get()
    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (202, run.pk, "queued")
    assert (run.kind, run.subject_id) == (kind, connection.pk)


def test_connection_that_is_off_pulls_nothing(tenant: Tenant, api: Client, connection: Connection) -> None:
    with scope(tenant.pk):
        connections.switch(connection, on=False, user=None)

    assert api.post(address(connection, "pull/"), {}, content_type=JSON).status_code == 409
    with scope(tenant.pk):
        assert not Run.objects.exists()


def test_unused_connection_is_deleted_and_a_used_one_stays(
    tenant: Tenant, api: Client, connection: Connection, accounts: list[Any]
) -> None:
    unused = api.post(LIST, GIVEN, content_type=JSON).json()["id"]
    with scope(tenant.pk):
        pushes.push(connection, "account", [accounts[0].pk])

    answers = [api.delete(f"{LIST}{pk}/") for pk in (unused, connection.pk)]

    assert [answer.status_code for answer in answers] == [204, 409]
    with scope(tenant.pk):
        assert [one.pk for one in Connection.objects.all()] == [connection.pk]


def test_list_takes_the_same_queries_for_one_and_three(tenant: Tenant, api: Client, connection: Connection) -> None:
    api.get(LIST)
    with CaptureQueriesContext(database) as one:
        api.get(LIST)
    with scope(tenant.pk):
        for name in ("Second", "Third"):
            connections.create("sample", name=name, values=GIVEN["values"])  # type: ignore[arg-type]
    with CaptureQueriesContext(database) as three:
        found = api.get(LIST).json()["results"]

    assert (len(found), len(three)) == (3, len(one))


def test_role_decides_who_writes(tenant: Tenant, connection: Connection, running: RunningSimulator) -> None:
    answers = {}
    for role in ("clerk", "manager"):
        client = Client()
        client.force_login(add_member(f"{role}@example.com", tenant, role), "django.contrib.auth.backends.ModelBackend")
        answers[role] = client.post(address(connection, "test/")).status_code

    assert answers == {"clerk": 403, "manager": 200}
