"""Lists that are too long to be sorted by everything, and what is kept between two loads."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from arhub.admin import base
from arhub.domain.expected import expected_rows
from arhub.domain.kept import kept
from arhub.models import Document, Invoice, Ledger
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import SignIn, World, fill, text_of

DUE, AMOUNT = 5, 7
HELP = "Sorts lists of up to 10,000 rows"


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    fill(world.acting, "acting")
    return sign_in(world.acting.tenant)


@pytest.fixture
def every_list_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "FEW", -1)


def shown(client: Client, query: str) -> Any:
    return client.get(f"/arhub/invoice/{query}").context["cl"]


@pytest.mark.usefixtures("every_list_is_long")
@pytest.mark.parametrize("order", [f"{DUE}", f"-{AMOUNT}", f"{AMOUNT}.-{DUE}"])
def test_long_list_keeps_its_order_where_no_index_sorts(client: Client, order: str) -> None:
    changelist = shown(client, f"?o={order}&currency=EUR")

    assert [*changelist.queryset.query.order_by][:2] == ["-invoice_date", "-pk"]
    assert changelist.get_query_string() == "?currency=EUR"
    assert changelist.get_ordering_field_columns() == {4: "desc"}


@pytest.mark.usefixtures("every_list_is_long")
def test_long_list_is_sorted_by_what_has_an_index(client: Client) -> None:
    changelist = shown(client, f"?o=1.{AMOUNT}.-4")

    assert [*changelist.queryset.query.order_by][:2] == ["number_lower", "-invoice_date"]
    assert changelist.get_query_string() == "?o=1.-4"


@pytest.mark.usefixtures("every_list_is_long")
def test_long_list_says_at_the_column_why_it_is_not_sorted(client: Client) -> None:
    page = client.get("/arhub/invoice/")

    assert page.context["cl"].unsorted_columns == {"due", "amount", "outstanding", "order"}
    assert text_of(page).count(HELP) == 4


def test_short_list_is_sorted_by_every_column(client: Client) -> None:
    page = client.get(f"/arhub/invoice/?o={AMOUNT}")

    assert next(iter(page.context["cl"].queryset.query.order_by)) == "total_amount"
    assert HELP not in text_of(page)


@pytest.mark.parametrize("query", ["?q=acting", "?currency=EUR", "?show=open", "?account__id__exact={account}"])
@pytest.mark.parametrize("order", ["", f"&o={AMOUNT}", "&o=1"])
def test_few_rows_come_in_the_order_of_many(
    client: Client, world: World, query: str, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base.HubAdmin, "list_per_page", 1)
    query = query.format(account=world.acting.first("account").pk) + order

    def keys() -> list[str]:
        found, address = [], query
        while address:
            changelist = shown(client, address)
            found += [row.erp_key for row in changelist.result_list]
            address = changelist.page.next
        return found

    few = keys()
    monkeypatch.setattr(
        base.HubChangeList, "are_few", property(lambda self: False, lambda self, value: None), raising=False
    )

    assert few == keys() != []


def test_rows_are_expected_without_an_order_and_none_of_nothing(world: World) -> None:
    with scope(world.acting.tenant.pk):
        assert expected_rows(Invoice.objects.filter(pk__in=[])) == 0
        assert expected_rows(Invoice.objects.order_by("number")) >= 1


def test_kept_sum_is_found_again_after_a_load(world: World) -> None:
    tenant, found = world.acting.tenant, iter(range(9))

    with scope(tenant.pk):
        before = [kept(tenant, "sum", lambda: next(found)) for _ in range(2)]
        Ledger.objects.filter(pk=world.acting.ledger.pk).update(writes=F("writes") + 1)
        after = [kept(tenant, "sum", lambda: next(found)) for _ in range(2)]
    with scope(world.hidden.tenant.pk):
        other = kept(world.hidden.tenant, "sum", lambda: next(found))

    assert (before, after, other) == ([0, 0], [1, 1], 2)


def test_start_shows_what_a_load_has_brought(client: Client, world: World) -> None:
    own = {"ledger": world.acting.ledger, "account": world.acting.first("account"), "document_type": "invoice"}
    before = client.get("/").context["bars"]
    with scope(world.acting.tenant.pk):
        Document.objects.create(
            **own, erp_key="new", number="new", currency="CHF", outstanding_amount=Decimal("12.50")
        )  # fmt: skip
        Ledger.objects.filter(pk=world.acting.ledger.pk).update(writes=F("writes") + 1)

    after = client.get("/").context["bars"]

    assert {bar.currency for bar in after} - {bar.currency for bar in before} == {"CHF"}
