"""Pages of the API: every record once, in order, in both directions, whatever the ordering."""

from __future__ import annotations

from datetime import date
from itertools import chain
from typing import Any

import pytest
from django.test import Client

from arhub.api.pagination import KeyPagination
from arhub.models import Account, Document, Payment, Tenant
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import Records
from tests.arhub.api.conftest import walk
from tests.arhub.api.records import filled
from tests.arhub.api.routes import ROOT, Route, id_of, routes

LISTS = [route for route in routes() if route.handler == "list" and route.view.pagination_class is KeyPagination]
"""Pages of records; a load's results are no records, and are tried where loads are started."""


@pytest.fixture
def own(tenant: Tenant, hidden: Records) -> Records:
    """Records with equal and missing values in every column that is sorted by."""
    records = filled(tenant, "acting", sets=3)
    with scope(tenant.pk):
        first = Account.objects.order_by("pk")[0].pk
        for model, column in ((Document, "invoice_date"), (Payment, "payment_date")):
            ids = list(model.objects.values_list("pk", flat=True))
            model.objects.filter(pk__in=ids[:2]).update(**{column: date(2026, 1, 1), "number": "SAME"})
            model.objects.filter(pk=ids[2]).update(**{column: None, "number": None})
        Account.objects.exclude(pk=first).update(name="Same", number=None)
    return records


def ids(pages: list[dict[str, Any]]) -> list[list[int]]:
    return [[row["id"] for row in page["results"]] for page in pages]


@pytest.mark.parametrize("route", LISTS, ids=str)
def test_pages_hold_every_record_once_in_every_ordering(own: Records, api: Client, route: Route) -> None:
    address = route.address(id_of(own, route))
    wanted = sorted(row["id"] for row in api.get(address).json()["results"])

    for ordering in route.view.orderings:
        pages = list(walk(api, f"{address}?page_size=2&ordering={ordering}"))
        back = list(walk(api, pages[-1]["previous"], "previous")) if len(pages) > 1 else []

        found = ids(pages)
        assert sorted(chain(*found)) == wanted != [], ordering
        assert {len(page) for page in found[:-1]} <= {2}, ordering
        assert ids(back) == found[-2::-1], ordering
        assert pages[0]["previous"] is None


def test_ordering_is_what_its_name_says(own: Records, api: Client) -> None:
    def values(query: str, name: str) -> list[Any]:
        return [row[name] for row in api.get(ROOT + query).json()["results"]]

    dates = values("documents/?ordering=-invoice_date", "invoice_date")
    names = values("accounts/?ordering=account_name", "account_name")
    given = [day for day in dates if day]

    assert dates == [*sorted(given, reverse=True), None]
    assert names == ["Same", "Same", "acting0 Pumps"]
    assert values("ingestions/", "id") == sorted(values("ingestions/?ordering=id", "id"), reverse=True)


def test_links_keep_what_was_asked_for(own: Records, api: Client) -> None:
    page = api.get(f"{ROOT}documents/?page_size=1&search=acting&include=lines").json()

    assert "page_size=1&search=acting" in page["next"]
    assert "include=lines" in page["next"]
    assert page["next"].startswith("http://testserver/api/hub/v1/documents/?")


@pytest.mark.parametrize(
    ("query", "name", "sentence"),
    [
        ("cursor=x", "cursor", "Expected a cursor taken from"),
        ("cursor=n", "cursor", "Expected a cursor taken from"),
        ("cursor=n" + "A" * 5_000, "cursor", "Expected a cursor taken from"),
        ("page_size=0", "page_size", "Expected a whole number from 1 to 1000, found “0”."),
        ("page_size=1001", "page_size", "Expected a whole number from 1 to 1000, found “1001”."),
        ("page_size=ten", "page_size", "Expected a whole number from 1 to 1000, found “ten”."),
        ("colour=red", "colour", "There is no parameter “colour” here. There are: include, ledger,"),
        ("ordering=total_amount", "ordering", "There is no ordering “total_amount” here. There are: id, -id, inv"),
        ("include=lines,soup", "include", "There is no value “soup” here. There are: account, lines, applications,"),
        ("invoice_date_from=01-02-2026", "invoice_date_from", "Expected a day such as 2026-03-15."),
        ("open=perhaps", "open", "Expected true or false."),
        ("document_type=bill", "document_type", "Expected one of: invoice, credit_memo, debit_memo."),
        ("ledger=0", "ledger", "Expected the id of a record: a whole number."),
        ("account_hub_id=9999999999999999999", "account_hub_id", "Expected the id of a record"),
    ],
)
def test_what_a_list_does_not_know_is_said(api: Client, query: str, name: str, sentence: str) -> None:
    response = api.get(f"{ROOT}documents/?{query}")

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["fields"]) == [name]
    assert response.json()["fields"][name][0].startswith(sentence)


def test_cursor_of_another_ordering_is_refused(own: Records, api: Client) -> None:
    following = api.get(f"{ROOT}documents/?page_size=1").json()["next"]

    response = api.get(f"{following}&ordering=-id")

    assert (response.status_code, list(response.json()["fields"])) == (400, ["cursor"])
