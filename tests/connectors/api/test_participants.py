"""Participants by the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Tenant
from arhub.tenancy.scope import scope
from connectors.domain import participants
from connectors.models import Connection, Participant
from tests.arhub.api.routes import ROOT

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

LIST = f"{ROOT}participants/"
JSON = "application/json"
GIVEN = {"endpoint": "0184:DK12345674", "name": "Anna A/S", "country": "DK", "registration_number": "12 34 56 74"}


def add(tenant: Tenant, number: int, **given: Any) -> Participant:
    with scope(tenant.pk):
        return participants.add({"endpoint": f"9930:DE{number}", "name": f"Number {number}", **given})


def names(api: Client, query: str = "") -> list[str]:
    return [row["name"] for row in api.get(f"{LIST}{query}").json()["results"]]


def test_participant_is_made_and_read(tenant: Tenant, api: Client) -> None:
    answer = api.post(LIST, GIVEN, content_type=JSON)

    made = answer.json()
    assert (answer.status_code, api.get(answer.headers["Location"]).json()) == (201, made)
    assert {name: made[name] for name in made if name not in ("id", "created_at")} == {
        "endpoint": "0184:12345674", "scheme": "0184", "identifier": "12345674", "name": "Anna A/S", "country": "DK",
        "registration_number": "12345674", "vat_number": "", "route": "peppol", "connection": None,
        "is_registered": None, "looked_up_at": None, "look_up_text": "",
    }  # fmt: skip


def test_participant_is_changed_field_by_field(tenant: Tenant, api: Client) -> None:
    row = add(tenant, 1, country="DE")
    with scope(tenant.pk):
        way = Connection.objects.create(name="Out", kind="folder")
        Participant.objects.update(is_registered=True, looked_up_at=timezone.now())

    named = api.patch(f"{LIST}{row.pk}/", {"name": "One", "connection": way.pk}, content_type=JSON).json()
    moved = api.patch(f"{LIST}{row.pk}/", {"route": "vans", "connection": None}, content_type=JSON).json()

    assert (named["name"], named["country"], named["connection"], named["is_registered"]) == ("One", "DE", way.pk, True)
    assert (moved["name"], moved["route"], moved["connection"], moved["is_registered"]) == ("One", "vans", None, None)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"endpoint": "0184:1"}, "endpoint"),
        ({"endpoint": "9930:de1"}, "endpoint"),
        ({"endpoint": None}, "endpoint"),
        ({"name": " "}, "name"),
        ({"country": "D1"}, "country"),
        ({"route": "pigeon"}, "route"),
        ({"connection": 4711}, "connection"),
        ({"vat_number": "1" * 50}, "vat_number"),
    ],
)
def test_what_makes_no_participant_is_told_by_field(
    tenant: Tenant, api: Client, given: dict[str, Any], field: str
) -> None:
    row = add(tenant, 1)
    other = add(tenant, 2)

    made = api.post(LIST, {**GIVEN, **given}, content_type=JSON)
    changed = api.patch(f"{LIST}{other.pk}/", given, content_type=JSON)

    assert [(answer.status_code, list(answer.json()["fields"])) for answer in (made, changed)] == [(400, [field])] * 2
    with scope(tenant.pk):
        assert set(Participant.objects.values_list("pk", "name")) == {(row.pk, "Number 1"), (other.pk, "Number 2")}


def test_connection_of_another_tenant_is_no_way(tenant: Tenant, api: Client) -> None:
    with scope(create_tenant("other").pk):
        others = Connection.objects.create(name="Hidden way", kind="folder")

    answer = api.post(LIST, {**GIVEN, "connection": others.pk}, content_type=JSON)

    assert (answer.status_code, answer.json()["fields"]) == (400, {"connection": ["There is no such connection."]})


def test_participant_is_deleted(tenant: Tenant, api: Client) -> None:
    row = add(tenant, 1)

    assert api.delete(f"{LIST}{row.pk}/").status_code == 204
    assert api.get(f"{LIST}{row.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Number 2", "Number 1"]),
        ("?scheme=9930&identifier=de1", ["Number 1"]),
        ("?registration_number=12-34", ["Number 2"]),
        ("?vat_number=de12", ["Number 1"]),
        ("?route=vans", ["Number 1"]),
        ("?ordering=name", ["Number 1", "Number 2"]),
        ("?search=number 2", ["Number 2"]),
        ("?search=umber", []),
    ],
)
def test_list_is_narrowed(tenant: Tenant, api: Client, query: str, found: list[str]) -> None:
    add(tenant, 2, registration_number="1234")
    add(tenant, 1, vat_number="DE 12", route="vans")
    add(create_tenant("other"), 3, registration_number="1234")

    assert names(api, query) == (found if query else ["Number 2", "Number 1"])


def test_list_takes_the_same_queries_for_one_and_three(tenant: Tenant, api: Client) -> None:
    add(tenant, 1)
    api.get(LIST)
    with CaptureQueriesContext(database) as one:
        api.get(LIST)
    for number in (2, 3):
        add(tenant, number)
    with CaptureQueriesContext(database) as three:
        assert len(names(api)) == 3

    assert len(three) == len(one)


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("clerk", 403), ("manager", 201)])
def test_only_managers_write(tenant: Tenant, role: str, status: int) -> None:
    client = Client()
    client.force_login(
        add_member("anna@acme.example", tenant, role), backend="django.contrib.auth.backends.ModelBackend"
    )

    assert client.get(LIST).status_code == 200
    assert client.post(LIST, GIVEN, content_type=JSON).status_code == status
