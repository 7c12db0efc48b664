"""Pages by key: every row once, in order, in both directions, whatever the list is sorted by."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.admin.base import HubAdmin
from arhub.models import Document
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import LISTS, SignIn, World, fill, text_of

PER_PAGE = 3
MADE, ROWS = 9, 11
"""Invoices the fixture makes, and with those of the world."""


@pytest.fixture
def client(world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Someone who sees invoices with equal and missing values in every column that is sorted by, by threes."""
    monkeypatch.setattr(HubAdmin, "list_per_page", PER_PAGE)
    own = {"ledger": world.acting.ledger, "document_type": "invoice"}
    with scope(world.acting.tenant.pk):
        fill(world.acting, "acting")
        accounts = [made.pk for made in world.acting.made["account"]]
        for place in range(MADE):
            Document.objects.create(
                **own, erp_key=f"K{place}", number=None if place % 5 == 4 else f"N{place % 4}",
                account_id=accounts[place % len(accounts)],
                invoice_date=None if place % 4 == 1 else date(2026, 1, 1 + place % 3),
                total_amount=None if place % 3 == 2 else Decimal(place % 2), currency="EUR",
            )  # fmt: skip
    return sign_in(world.acting.tenant)


def shown(client: Client, query: str) -> Any:
    return client.get(f"/arhub/invoice/{query}").context["cl"]


def keys(page: Any) -> list[str]:
    return [row.erp_key for row in page.result_list]


def walk(client: Client, query: str, link: str) -> Iterator[Any]:
    """The page of the query and each one that its link leads to."""
    while query:
        changelist = shown(client, query)
        yield changelist
        query = getattr(changelist.page, link)


ORDERS = ("", "1", "-1", "2", "-2", "4", "-4", "5", "-7.4", "4.-7", "-2.7.-4")


@pytest.mark.parametrize("order", ORDERS)
def test_pages_hold_every_row_once_and_in_order(client: Client, order: str) -> None:
    query = f"?o={order}" if order else "?"

    pages = list(walk(client, query, "next"))

    found = [key for page in pages for key in keys(page)]
    assert sorted(found) == sorted(["acting0-I", "acting1-I", *(f"K{place}" for place in range(MADE))])
    assert [len(keys(page)) for page in pages] == [3, 3, 3, 2]
    assert [bool(page.page.previous) for page in pages] == [False, True, True, True]


@pytest.mark.parametrize("order", ORDERS)
def test_walking_back_shows_the_pages_that_were_walked(client: Client, order: str) -> None:
    forwards = list(walk(client, f"?o={order}" if order else "?", "next"))

    backwards = list(walk(client, forwards[-1].page.previous, "previous"))

    assert [keys(page) for page in backwards] == [keys(page) for page in forwards[-2::-1]]
    assert [keys(page) for page in walk(client, forwards[-1].page.first, "next")] == [keys(page) for page in forwards]


@pytest.mark.parametrize(("order", "is_descending"), [("4", False), ("-4", True)])
def test_missing_values_come_last_in_both_directions(client: Client, order: str, is_descending: bool) -> None:
    rows = [row for page in walk(client, f"?o={order}", "next") for row in page.result_list]

    dates = [row.invoice_date for row in rows]
    given = [day for day in dates if day]
    assert dates == [*sorted(given, reverse=is_descending), None, None]


def test_links_keep_search_filters_and_order_and_those_drop_the_page(client: Client) -> None:
    second = shown(client, shown(client, "?o=1&q=K&currency=EUR").page.next)

    for part in ("o=1", "q=K", "currency=EUR", "after="):
        assert part in second.page.previous.replace("before=", "after=")
    assert second.get_query_string() == "?currency=EUR&o=1&q=K"
    assert second.page.first == "?o=1&q=K&currency=EUR"


def test_a_list_of_one_page_says_how_many_and_links_nowhere(client: Client) -> None:
    text = text_of(client.get("/arhub/invoice/?q=acting0-I"))

    assert "<span>1 invoice</span>" in text
    assert 'rel="next"' not in text
    assert 'rel="prev"' not in text


def test_a_middle_page_has_links_both_ways_and_no_count(client: Client) -> None:
    text = text_of(client.get(f"/arhub/invoice/{shown(client, '?').page.next}"))

    assert "3 invoices on this page" in text
    assert text.count('rel="next"') == text.count('rel="prev"') == 1
    assert "Select all invoices on all pages" in text


def test_nothing_is_counted(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get("/arhub/invoice/")

    assert [query["sql"] for query in queries if "COUNT(" in query["sql"].upper()] == []


def place(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


BAD_PLACES = [
    "x", "%00", "é", "A" * 5_000, place(), place("-invoice_date,-id"), place("-invoice_date,-id", "2026-01-01"),
    place("-invoice_date,-id", "2026-02-31", 1), place("-invoice_date,-id", "2026-01-01", "x"),
    place("-invoice_date,-id", "2026-01-01", None), place("-invoice_date,-id", {"a": 1}, 1),
    place("-invoice_date,-id", 5, 1.5), place("number_lower,-id", "n1", 1), base64.b64encode(b"[" * 2_900).decode(),
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_PLACES, ids=range(len(BAD_PLACES)))
@pytest.mark.parametrize("name", ["after", "before"])
def test_a_place_that_is_none_shows_the_first_page(client: Client, name: str, text: str) -> None:
    first = keys(shown(client, "?"))

    assert keys(client.get("/arhub/invoice/", {name: text}).context["cl"]) == first


@pytest.mark.parametrize("text", ["n\x00", "\ud800", [], 1.5], ids=range(4))
def test_a_text_the_database_cannot_hold_shows_the_first_page(client: Client, text: Any) -> None:
    first = keys(shown(client, "?o=1"))

    answer = client.get("/arhub/invoice/", {"o": "1", "after": place("number_lower,-id", text, 1)})

    assert keys(answer.context["cl"]) == first


def test_a_place_beyond_the_last_row_shows_the_first_page(client: Client) -> None:
    first = keys(shown(client, "?"))

    assert keys(shown(client, f"?after={place('-invoice_date,-id', None, 0)}")) == first
    assert keys(shown(client, f"?before={place('-invoice_date,-id', '9999-01-01', 10**30)}")) == first


def test_a_place_of_another_company_leads_to_own_rows_alone(client: Client, world: World) -> None:
    hidden = world.hidden.first("invoice")

    answer = shown(client, f"?after={place('-invoice_date,-id', hidden.invoice_date.isoformat(), hidden.pk)}")

    assert {row.tenant_id for row in answer.result_list} == {world.acting.tenant.pk}


@pytest.mark.parametrize("name", [name for name in LISTS if name not in ("invoice", "creditmemo")])
def test_every_column_that_sorts_can_be_paged_by(world: World, sign_in: SignIn, name: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(HubAdmin, "list_per_page", 2)
    fill(world.acting, "acting", sets=3)
    client = sign_in(world.acting.tenant)
    columns = len(client.get(f"/arhub/{name}/").context["cl"].list_display)
    with scope(world.acting.tenant.pk):
        wanted = sorted(type(world.acting.first(name)).objects.values_list("pk", flat=True))

    for order in [f"{sign}{column}" for column in range(1, columns) for sign in ("", "-")]:
        query, found = f"?o={order}", []
        while query:
            page = client.get(f"/arhub/{name}/{query}").context["cl"].page
            found += [row.pk for row in page]
            query = page.next
        assert sorted(found) == wanted, order


def test_all_rows_of_a_later_page_are_exported_as_the_list_is_filtered(client: Client) -> None:
    query = shown(client, "?currency=EUR").page.next
    data = {"action": "export_selected", "_selected_action": ["1"], "index": "0", "select_across": "1"}

    answer = client.post(f"/arhub/invoice/{query}", data)
    content = b"".join(client.post(answer.url, {"format": "0", "resource": "0"}).streaming_content).decode()

    assert answer.url == "/arhub/invoice/export/?currency=EUR"
    assert len(content.splitlines()) == ROWS + 1


def test_tabs_of_an_account_page_by_key(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arhub.admin.paging.page_of_rows.__defaults__", (2,))
    account = world.acting.first("account").pk
    query, found = "?tab=documents", []

    while query:
        page = client.get(f"/arhub/account/{account}/change/{query}").context["rows"]
        found += [row.pk for row in page]
        query = page.next

    with scope(world.acting.tenant.pk):
        wanted = Document.objects.filter(account=account).values_list("pk", flat=True)
        assert sorted(found) == sorted(wanted)
