"""Incidents by the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from arhub.domain import incidents
from arhub.models import Incident, Tenant
from arhub.tenancy.scope import scope
from tests.arhub.api.conftest import MakeKey
from tests.arhub.api.routes import ROOT

INCIDENTS, JSON = f"{ROOT}incidents/", "application/json"


@pytest.fixture
def incident(tenant: Tenant) -> Incident:
    with scope(tenant.pk):
        return incidents.report("nightly", kind="missing", subject="ERP files", text="Nothing came.")


def close(client: Client, incident: Incident, body: dict[str, Any]) -> Any:
    return client.post(f"{INCIDENTS}{incident.pk}/close/", body, content_type=JSON)


def test_incident_is_read(api: Client, incident: Incident) -> None:
    (told,) = api.get(INCIDENTS).json()["results"]

    assert (told["id"], told["kind"], told["state"], told["key"]) == (incident.pk, "missing", "open", "nightly")
    assert (told["subject"], told["text"], told["times"]) == ("ERP files", "Nothing came.", 1)
    assert (told["owner"], told["source"], told["closed_at"], told["by_arrival"]) == (None, None, None, False)
    assert api.get(f"{INCIDENTS}{incident.pk}/").json() == told


@pytest.mark.parametrize(("query", "count"), [("state=open", 1), ("state=closed", 0), ("kind=late", 0), ("owner=1", 0)])
def test_incidents_are_filtered(api: Client, incident: Incident, query: str, count: int) -> None:
    assert len(api.get(f"{INCIDENTS}?{query}").json()["results"]) == count


def test_incident_is_closed_once_with_a_reason(api: Client, incident: Incident) -> None:
    first, second = (close(api, incident, {"reason": "Seen to."}) for _ in range(2))

    told = first.json()
    assert (first.status_code, told["state"], told["reason"], told["by_arrival"]) == (200, "closed", "Seen to.", False)
    assert second.status_code == 409


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}])
def test_close_without_a_reason_is_refused(tenant: Tenant, api: Client, incident: Incident, body: Any) -> None:
    answer = close(api, incident, body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["reason"])
    with scope(tenant.pk):
        assert Incident.objects.get().is_open


def test_key_that_only_reads_closes_nothing(make_key: MakeKey, incident: Incident) -> None:
    reader = Client(headers={"Api-Key": make_key("read")[1]})
    closer = Client(headers={"Api-Key": make_key("incidents:write")[1]})

    assert close(reader, incident, {"reason": "x"}).status_code == 403
    assert close(closer, incident, {"reason": "x"}).status_code == 200
