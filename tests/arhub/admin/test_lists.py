"""Lists: what they show, how they are searched, and what they cost."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.admin.base import BoundedPaginator
from arhub.models import Account, Document, Payment, Tenant
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import LISTS, SignIn, World, fill, text_of


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant)


@pytest.mark.parametrize("name", [*LISTS, "source", "ledger", "membership"])
def test_list_asks_as_many_queries_for_three_rows_as_for_one(client: Client, world: World, name: str) -> None:
    address = f"/arhub/{name}/"
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(address)

    fill(world.acting, "acting", sets=2)
    with CaptureQueriesContext(connection) as three:
        page = client.get(address)

    assert len(page.context["cl"].result_list) >= 1
    assert len(three) == len(one)


@pytest.mark.parametrize(
    ("name", "found"),
    [("invoice", ["acting0-I"]), ("creditmemo", ["acting0-C"]), ("payment", ["acting0-M"]), ("account", ["acting0-A"])],
)
@pytest.mark.parametrize("term", ["ACTING0", "acting0-", "pump acting"])
def test_search_finds_beginnings_of_numbers_and_words(client: Client, name: str, found: list[str], term: str) -> None:
    rows = client.get(f"/arhub/{name}/", {"q": term}).context["cl"].result_list

    assert [row.number for row in rows] == found


@pytest.mark.parametrize(("term", "found"), [("ERP/7", ["ERP/70"]), ("erp/7", []), ("RP/7", []), ("ERP_7", [])])
def test_search_finds_beginnings_of_keys_as_they_are_written(
    client: Client, world: World, term: str, found: list[str]
) -> None:
    own = {"ledger": world.acting.ledger, "account": world.acting.first("account"), "document_type": "invoice"}
    with scope(world.acting.tenant.pk):
        for key in ("ERP/70", "ERP/80"):
            Document.objects.create(**own, erp_key=key, number="x")

    rows = client.get("/arhub/invoice/", {"q": term}).context["cl"].result_list

    assert [row.erp_key for row in rows] == found


@pytest.mark.parametrize("term", ["cting0", "umps", "%", "_", "acting0-Z"])
def test_search_finds_nothing_within_words(client: Client, term: str) -> None:
    assert list(client.get("/arhub/account/", {"q": term}).context["cl"].result_list) == []


def test_accounts_show_customers_first_and_vendors_on_demand(client: Client, world: World) -> None:
    with scope(world.acting.tenant.pk):
        for kind in ("vendor", "own", "both"):
            Account.objects.create(ledger=world.acting.ledger, erp_key=kind, number=kind, name=kind, kind=kind)

    def names(query: str) -> set[str]:
        return {account.name for account in client.get(f"/arhub/account/{query}").context["cl"].result_list}

    assert names("") == {"acting0 Pumps", "both"}
    assert names("?show=other") == {"vendor", "own"}
    assert names("?show=overdue") == {"acting0 Pumps"}


def test_payables_and_vendors_stand_in_no_receivable_list(client: Client, world: World) -> None:
    with scope(world.acting.tenant.pk):
        vendor = Account.objects.create(ledger=world.acting.ledger, erp_key="V", number="V", name="V", kind="vendor")
        customer = world.acting.first("account")
        own = {"ledger": world.acting.ledger, "document_type": "invoice"}
        Document.objects.create(**own, erp_key="P1", number="P1", account=customer, direction="payable")
        Document.objects.create(**own, erp_key="P2", number="P2", account=vendor)
        Payment.objects.create(
            ledger=world.acting.ledger, erp_key="P3", number="P3", account=customer, direction="payable"
        )

    for name in ("invoice", "payment"):
        rows = client.get(f"/arhub/{name}/").context["cl"].result_list
        assert all(row.number.startswith("acting") for row in rows), name
        export = text_of(client.post(f"/arhub/{name}/export/", {"format": "0", "resource": "0"}))
        assert [line.split(",")[0] for line in export.splitlines()[1:]] == [world.acting.first(name).erp_key]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("invoice/?show=open", 1),
        ("invoice/?show=overdue", 1),
        ("creditmemo/?show=open", 1),
        ("payment/?show=unapplied", 1),
        ("outstandingitem/?show=unmatched", 0),
        ("application/?show=credit_memo", 0),
    ],
)
def test_quick_filters(client: Client, address: str, expected: int) -> None:
    assert len(client.get(f"/arhub/{address}").context["cl"].result_list) == expected


def test_invoice_shows_how_late_it_is(client: Client) -> None:
    page = text_of(client.get("/arhub/invoice/"))

    assert "40 days" in page
    assert "Overdue" in page
    assert "1,150.00" in page


def test_count_of_an_export_stops_at_its_bound(monkeypatch: pytest.MonkeyPatch, client: Client, world: World) -> None:
    monkeypatch.setattr(BoundedPaginator, "MOST", 2)
    fill(world.acting, "acting", sets=4)

    assert "More than 10,000 rows" in text_of(client.get("/arhub/invoice/export/"))


def test_ticked_rows_alone_are_exported(client: Client, world: World) -> None:
    fill(world.acting, "acting", sets=2)
    chosen = [str(document.pk) for document in world.acting.made["invoice"][:2]]

    answer = client.post("/arhub/invoice/", {"action": "export_selected", "_selected_action": chosen, "index": "0"})
    content = b"".join(client.post(answer.url, {"format": "0", "resource": "0"}).streaming_content).decode()

    assert "2 selected rows" in text_of(client.get(answer.url))
    assert [line.split(",")[0] for line in content.splitlines()[1:]] == ["acting1-I", "acting0-I"]


def test_file_of_an_export_has_the_companys_day(client: Client, world: World) -> None:
    """At any moment it is another day than in UTC in one of these two zones."""
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        with scope(world.acting.tenant.pk):
            Tenant.objects.update(time_zone=zone)
        today = datetime.now(ZoneInfo(zone)).date()

        answer = client.post("/arhub/invoice/export/", {"format": "0", "resource": "0"})

        assert answer["Content-Disposition"] == f'attachment; filename="invoices-{today}.csv"'


def test_all_rows_ticked_keep_the_lists_filters(client: Client) -> None:
    data = {"action": "export_selected", "_selected_action": ["1"], "index": "0", "select_across": "1"}

    answer = client.post("/arhub/invoice/?show=overdue&q=acting", data)

    assert answer.url == "/arhub/invoice/export/?show=overdue&q=acting"
