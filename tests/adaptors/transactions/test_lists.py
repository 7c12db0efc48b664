"""The list of transactions: every filter and way to search, charts, and as many queries for fifty rows as for one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptors.models import Activation, DayCount, Transaction
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Role, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection, DeliveryReceipt
from tests.adaptors.transactions.conftest import LIST, Made, settle, signed_in


def numbers(client: Client, query: str, path: str = LIST) -> list[str]:
    return [row.number for row in client.get(f"{path}?{query}").context["cl"].result_list]


@pytest.fixture
def one_of_each(make: Made) -> None:
    for state in Transaction.State.values:
        make(state, state=state, asks_person=state in ("held", "failed", "rejected", "uncertain"))
    make("changed", changed_at=timezone.now())


@pytest.mark.parametrize(
    ("show", "wanted"),
    [
        ("person", ["uncertain", "failed", "rejected", "held"]),
        ("failed", ["failed", "rejected"]),
        ("uncertain", ["uncertain"]),
        ("held", ["held"]),
        ("delivered", ["changed", "acknowledged", "delivered"]),
        ("changed", ["changed"]),
    ],
)
def test_buttons_narrow_the_list(client: Client, one_of_each: None, show: str, wanted: list[str]) -> None:
    assert numbers(client, f"show={show}") == wanted


def test_first_button_shows_every_state_in_words(client: Client, one_of_each: None) -> None:
    text = client.get(LIST).content.decode()

    assert len(numbers(client, "")) == len(Transaction.State.values) + 1
    assert all(str(label) in text for label in Transaction.State.labels)
    assert "changed after sending" in text


def test_filters_narrow_by_activation_format_gateway_state_customer_and_day(
    client: Client, tenant: Tenant, make: Made, activation: Activation, account: Account, gateway: Connection
) -> None:
    with scope(tenant.pk):
        other = Activation.objects.create(adaptor="file_invoices", name="Other", format="oioubl")
        elsewhere = Account.objects.create(ledger=account.ledger, erp_key="7", number="7", name="Nordic Pumps")
    first, second = make("first"), make("second", format="oioubl", connection=None, state="held")
    old = datetime(2026, 1, 31, 22, 59, tzinfo=UTC)  # the last minute of January in Copenhagen
    with scope(tenant.pk):
        Transaction.objects.filter(pk=second.pk).update(activation=other, account=elsewhere)
        Transaction.objects.filter(pk=first.pk).update(created_at=old)
        Transaction.objects.filter(pk=second.pk).update(created_at=old + timedelta(minutes=1))
        tenant.time_zone = "Europe/Copenhagen"
        tenant.save()

    found = {
        query: numbers(client, query)
        for query in (
            f"activation__id__exact={activation.pk}", "format=oioubl", f"gateway={gateway.pk}", "state__exact=held",
            "customer=nordic", "customer=7", "since=2026-02-01", "until=2026-01-31", "since=2027-01-01", "gateway=x",
            f"account__id__exact={account.pk}", "since=today",
        )
    }  # fmt: skip

    assert found == {
        f"activation__id__exact={activation.pk}": ["first"], "format=oioubl": ["second"],
        f"gateway={gateway.pk}": ["first"], "state__exact=held": ["second"], "customer=nordic": ["second"],
        "customer=7": ["second"], "since=2026-02-01": ["second"], "until=2026-01-31": ["first"],
        "since=2027-01-01": [], "gateway=x": [], f"account__id__exact={account.pk}": ["first"],
        "since=today": ["second", "first"],
    }  # fmt: skip


def test_dashboard_shows_one_activation(client: Client, tenant: Tenant, make: Made, activation: Activation) -> None:
    with scope(tenant.pk):
        other = Activation.objects.create(adaptor="file_invoices", name="Other", format="oioubl")
    make("mine")
    theirs = make("theirs")
    with scope(tenant.pk):
        Transaction.objects.filter(pk=theirs.pk).update(activation=other)

    assert numbers(client, "", f"/adaptors/activation/{activation.pk}/dashboard/") == ["mine"]
    assert client.get(f"/adaptors/activation/{activation.pk}/change/?tab=dashboard").url.endswith(  # type: ignore[attr-defined]
        f"/activation/{activation.pk}/dashboard/"
    )
    assert client.get(f"/adaptors/activation/{activation.pk + 999}/dashboard/").status_code == 404


def test_search_takes_any_number_of_digits(client: Client, export: Made) -> None:
    export()

    assert [client.get(LIST, {"q": "9" * many}).status_code for many in (19, 20, 5_000)] == [200, 200, 200]


def test_search_finds_by_the_beginning_of_any_id(client: Client, tenant: Tenant, make: Made, export: Made) -> None:
    sent = settle(export("INV-77", customer_order_number="PO-9"), "delivered", "Taken.")
    make("other", supplier_order_number="SO-5")
    assert sent.delivery is not None
    identity = sent.delivery.outbound.identity
    with scope(tenant.pk):
        DeliveryReceipt.objects.create(
            delivery=sent.delivery, kind="mdn", text="It arrived.", content=b"", sha256="1", reference="MDN-4711",
            file_sha256="2",
        )  # fmt: skip

    for term in (
        "INV-7", "inv-7", "PO-", sent.name[:6], sent.delivery.name[:9], identity[:10], f"<{identity}@acme>", "MDN-47",
        str(sent.pk),
    ):  # fmt: skip
        assert (term, "INV-77" in numbers(client, f"q={term}")) == (term, True)
    assert numbers(client, "q=SO-5") == ["other"]
    assert numbers(client, "q=NV-77") == numbers(client, "q=%") == numbers(client, f"q={10**30}") == []


def test_list_takes_as_many_queries_for_fifty_rows_as_for_one(
    client: Client, tenant: Tenant, make: Made, activation: Activation
) -> None:
    counts = []
    make("0", state="failed", asks_person=True, cause="a", said="No.")
    for query in ("", "", "q=1", "show=person"):
        if len(counts) == 1:
            for number in range(1, 50):
                make(str(number), state="failed", asks_person=True, cause=f"cause {number}", said="No.")
        client.get(LIST)
        with CaptureQueriesContext(database) as queries:
            page = client.get(f"{LIST}?{query}")
        counts.append(len(queries))

    assert len(page.context["cl"].result_list) == 50
    assert counts[0] == counts[1]
    assert max(counts) < 40


def test_charts_sum_the_days_of_the_company(client: Client, tenant: Tenant, activation: Activation) -> None:
    today = timezone.now().astimezone(tenant.zone).date()
    with scope(tenant.pk):
        other = Activation.objects.create(adaptor="file_invoices", name="Other", format="oioubl")
        known: dict[str, Any] = {"delivered": 2, "waited": 200, "longest": 150}
        DayCount.objects.create(activation=activation, day=today, **known)
        DayCount.objects.create(activation=other, day=today, delivered=2, failed=1, rejected=1, waited=40, longest=30)
        DayCount.objects.create(activation=other, day=today - timedelta(days=30), delivered=9)

    whole, own = client.get(LIST).context, client.get(f"/adaptors/activation/{activation.pk}/dashboard/").context

    assert (whole["total"].delivered, whole["total"].not_delivered) == (4, 2)
    assert (whole["average"], whole["longest"], len(whole["days"])) == ("1 min", "2 min", 30)
    assert [bar.height for bar in whole["deliveries"][-1].bars] == [pytest.approx(200 / 3), pytest.approx(100 / 3)]
    assert (own["total"].delivered, own["average"]) == (2, "1 min")
    assert (
        "2 delivered, 0 failed or rejected"
        in client.get(f"/adaptors/activation/{activation.pk}/dashboard/").content.decode()
    )


def test_empty_list_says_what_it_is_for(client: Client, activation: Activation) -> None:
    text = client.get(LIST).content.decode()
    assert "Nothing was delivered or failed on these days" in text
    assert "A transaction is one document on its way" in text and ">My Adaptors</a>" in text
    assert 'aria-label="Search: Beginning of a number, an order number, a file' in text
    own = client.get(f"/adaptors/activation/{activation.pk}/dashboard/").content.decode()
    assert "No document went through this adaptor yet." in own
    assert own.count(f'href="/adaptors/activation/{activation.pk}/change/?tab=manual_export"') == 2


def test_others_find_nothing(make: Made, tenant: Tenant) -> None:
    row = make("secret-1")
    other = signed_in(create_tenant("other", name="Other"), Role.ADMINISTRATOR)
    assert numbers(other, "q=secret") == numbers(other, "") == numbers(other, f"q={row.pk}") == []
