"""Every route with another tenant's ids, and with a key that may do everything else."""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings
from django.test import Client

from arhub.models import Tenant
from tests.arhub.admin.conftest import Records
from tests.arhub.api.conftest import MakeKey, body_of
from tests.arhub.api.records import filled
from tests.arhub.api.routes import ROOT, id_of, routes


def test_every_resource_has_routes_and_every_route_a_resource() -> None:
    served = {route.view.resource for route in routes()}

    assert served <= set(settings.API_RESOURCES)
    assert served == set(settings.API_RESOURCES)


def test_key_that_may_do_everything_else_is_refused(tenant: Tenant, hidden: Records, make_key: MakeKey) -> None:
    wanted = defaultdict(list)
    for route in routes():
        wanted[f"{route.view.resource}:{route.action}"].append(route)
    answers = {}

    for scope, found in wanted.items():
        others = [f"{name}:{action}" for name in settings.API_RESOURCES for action in ("read", "write")]
        client = Client(headers={"Api-Key": make_key(*(set(others) - {scope}))[1]})
        for route in found:
            response = client.generic(route.method.upper(), route.address())
            answers[str(route)] = (response.status_code, response.json()["message"] == f"This needs the scope {scope}.")

    assert set(answers.values()) == {(403, True)}, answers


def test_caller_without_a_key_is_refused(tenant: Tenant) -> None:
    answers = {str(route): Client().generic(route.method.upper(), route.address()) for route in routes()}

    assert {(name, answer.status_code) for name, answer in answers.items() if answer.status_code != 401} == set()
    assert {answer.json()["code"] for answer in answers.values()} == {"not_authenticated"}


def test_record_of_another_tenant_is_nowhere(tenant: Tenant, hidden: Records, api: Client) -> None:
    filled(tenant, "acting")

    for route in routes():
        response = api.generic(route.method.upper(), route.address(id_of(hidden, route)) if route.has_id else "")
        if route.has_id:
            assert (response.status_code, response.json()["code"]) == (404, "not_found"), route


def test_lists_and_records_are_the_tenants_own(tenant: Tenant, hidden: Records, api: Client) -> None:
    own = filled(tenant, "acting")

    for route in routes():
        if route.method != "get":
            continue
        response = api.get(route.address(id_of(own, route)))
        body = body_of(response)
        assert response.status_code == 200, (route, body)
        assert "hidden" not in body.lower(), route


def test_filters_by_another_tenants_records_find_nothing(tenant: Tenant, hidden: Records, api: Client) -> None:
    filled(tenant, "acting")
    account, invoice = hidden.first("account"), hidden.first("invoice")
    queries = [
        f"documents/?account_hub_id={account.pk}", "documents/?account_id=hidden0-A", "documents/?search=hidden",
        f"documents/?ledger={hidden.ledger.pk}", f"lines/?document_hub_id={invoice.pk}",
        f"contacts/?account_hub_id={account.pk}", f"custom-fields/?table=Company&owner_hub_id={account.pk}",
        f"applications/?payment_hub_id={hidden.first('payment').pk}", "accounts/?erp_key=hidden0-A",
    ]  # fmt: skip

    found = {query: api.get(ROOT + query).json()["results"] for query in queries}

    assert [query for query, results in found.items() if results] == []
