"""The tab Manually Export Invoices, and the menu that leads to it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from adaptors.domain.transactions import manual_search
from adaptors.models import Activation, ExportRule, ManualExportItem, ManualSearch
from arhub.domain import shares
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Document, Role, Run, Tenant, User
from arhub.tenancy.scope import scope
from tests.adaptors.conftest import document_of

Books = dict[str, Document]


def signed_in(tenant: Tenant, role: Role) -> Client:
    client = Client()
    client.force_login(
        add_member(f"{role}@example.com", tenant, role), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


@pytest.fixture
def clerk(tenant: Tenant) -> Client:
    return signed_in(tenant, Role.CLERK)


@pytest.fixture
def place(activation: Activation) -> str:
    return f"/adaptors/activation/{activation.pk}/"


def searched(client: Client, place: str, **given: Any) -> Any:
    return client.post(f"{place}manual-export/", given, follow=True)


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_search_shows_three_lists_reasons_and_what_nobody_has(clerk: Client, place: str, books: Books) -> None:
    answer = searched(clerk, place, mode="invoices", numbers="1000-1005, 2000, 9999")

    page = answer.content.decode()
    for text in (
        "Not Activated (1)", "Not Exported (3)", "Already Exported (1)", "<strong>Not found:</strong> 9999",
        "It was in the hub before, and nobody asked for it.", "It goes with the next run.", "Never exported: 2",
        "It is a draft: nothing is sent before it is booked.", "It is voided.", "On hold",
    ):  # fmt: skip
        assert text in page
    assert [row["document"].number for row in answer.context["rows"]] == ["1003", "1001", "1000"]


def test_search_that_finds_nothing_says_so(clerk: Client, place: str, books: Books) -> None:
    answer = searched(clerk, place, mode="date", first="2031-01-01", last="")

    assert "No document was found." in answer.content.decode()


def test_who_only_looks_is_told_who_exports(tenant: Tenant, place: str, books: Books, activation: Activation) -> None:
    viewing = signed_in(tenant, Role.CLERK)
    with scope(tenant.pk):
        shares.share(activation, "chosen")
        shares.grant(activation, User.objects.get(email="clerk@example.com"), "view")

    page = searched(viewing, place, mode="invoices", numbers="1001").content.decode()

    assert "Somebody who may operate this adaptor exports these." in page
    assert 'data-one="Export 1 invoice"' not in page


def test_already_exported_leads_to_the_transaction(clerk: Client, place: str, books: Books) -> None:
    answer = searched(clerk, place, mode="invoices", numbers="1002")

    [row] = answer.context["rows"]
    assert answer.context["which"] == "exported"
    assert f"/adaptors/transaction/{row['sent'].pk}/change/" in answer.content.decode()
    assert 'name="reason"' in answer.content.decode()


def test_customers_are_found_and_ticked_ones_stay(clerk: Client, place: str, books: Books) -> None:
    ticked, other = books["1000"].account, books["2000"].account
    answer = clerk.get(f"{place}manual-export/customers/", {"customer": "10043", "account": ticked.pk})
    assert (answer.context["ticked"], answer.context["customers"]) == ([ticked], [other])

    found = searched(clerk, place, mode="customer", account=[ticked.pk, other.pk])
    assert found.context["found"].counts == {"not_activated": 2, "not_exported": 3, "exported": 1}


def test_days_and_presets(clerk: Client, place: str, books: Books) -> None:
    by_days = searched(clerk, place, mode="date", first="2026-03-01", last="2026-03-02")
    by_preset = searched(clerk, place, mode="date", preset="Last month", first="2026-03-01")

    assert by_days.context["found"].counts["not_exported"] == 1
    assert by_preset.context["given"]["first"].endswith("-01")
    assert sum(by_preset.context["found"].counts.values()) == 0


def test_what_cannot_be_looked_for_is_told(clerk: Client, place: str, books: Books) -> None:
    assert told(searched(clerk, place, mode="date", first="yesterday")) == [
        "Expected a day such as 2026-03-15, found “yesterday”."
    ]
    assert "found none" in told(searched(clerk, place, mode="customer"))[0]
    assert "found none" in told(searched(clerk, place, mode="invoices", numbers=""))[0]


def test_clerk_exports_and_follows_the_run(tenant: Tenant, clerk: Client, place: str, books: Books) -> None:
    search = searched(clerk, place, mode="invoices", numbers="1000-1005").context["search"]

    answer = clerk.post(
        f"{place}manual-export/{search.pk}/", {"list": "not_exported", "document": [books["1000"].pk, books["1004"].pk]}
    )

    with scope(tenant.pk):
        run = Run.objects.get()
        assert list(ManualExportItem.objects.values_list("document", flat=True)) == [books["1000"].pk]
    assert answer["Location"] == f"/arhub/run/{run.pk}/change/"
    assert "1 invoice by hand: Export" in clerk.get(answer["Location"]).content.decode()


def test_all_of_a_list_is_more_than_a_page(tenant: Tenant, clerk: Client, place: str, books: Books) -> None:
    with scope(tenant.pk):
        for number in range(5000, 5060):
            document_of(books["1000"].account, str(number))
    found = searched(clerk, place, mode="invoices", numbers="5000-5059")
    assert (len(found.context["rows"]), found.context["all"]) == (50, 60)
    assert "All 60 of this list" in found.content.decode()

    clerk.post(f"{place}manual-export/{found.context['search'].pk}/", {"list": "not_exported", "all": "1"})

    with scope(tenant.pk):
        assert ManualExportItem.objects.count() == 60


def test_once_more_without_a_reason_is_refused(tenant: Tenant, clerk: Client, place: str, books: Books) -> None:
    search = searched(clerk, place, mode="invoices", numbers="1002").context["search"]

    answer = clerk.post(
        f"{place}manual-export/{search.pk}/", {"list": "exported", "all": "1", "reason": " "}, follow=True
    )

    assert told(answer) == ["Nothing was exported. Expected a reason in a few words, found none."]
    with scope(tenant.pk):
        assert not Run.objects.exists()


def test_customers_are_activated_and_the_search_shown_again(tenant: Tenant, place: str, books: Books) -> None:
    manager = signed_in(tenant, Role.MANAGER)
    search = searched(manager, place, mode="invoices", numbers="2000, 2001").context["search"]

    dialog = manager.post(f"{place}manual-export/{search.pk}/activate/", {"document": [books["2000"].pk]}, follow=True)
    address = dialog.redirect_chain[-1][0]
    assert f"tab=manual_export&amp;search={search.pk}" in dialog.content.decode()
    back = manager.post(address, {"format": "bis3", "existing": "leave"}, follow=True)

    assert back.context["search"] == search
    assert back.context["found"].counts == {"not_activated": 0, "not_exported": 2, "exported": 0}
    with scope(tenant.pk):
        assert ExportRule.objects.filter(is_active=True).count() == 2


def test_nothing_ticked_activates_nobody(tenant: Tenant, place: str, books: Books) -> None:
    manager = signed_in(tenant, Role.MANAGER)
    search = searched(manager, place, mode="invoices", numbers="2000").context["search"]

    answer = manager.post(f"{place}manual-export/{search.pk}/activate/", {}, follow=True)

    assert told(answer) == ["Tick documents first: their customers are activated."]


def test_viewer_looks_and_exports_nothing(tenant: Tenant, place: str, books: Books) -> None:
    viewer = signed_in(tenant, Role.VIEWER)
    found = searched(viewer, place, mode="invoices", numbers="1000-1002")
    assert found.context["found"].counts["not_exported"] == 2
    assert "data-several" not in found.content.decode()

    answer = viewer.post(f"{place}manual-export/{found.context['search'].pk}/", {"list": "not_exported", "all": "1"})

    assert answer.status_code == 403
    with scope(tenant.pk):
        assert not Run.objects.exists() and not ManualExportItem.objects.exists()


def test_other_tenant_finds_nothing(tenant: Tenant, clerk: Client, place: str, books: Books) -> None:
    search = searched(clerk, place, mode="invoices", numbers="1000-1002").context["search"]
    other = signed_in(create_tenant("other", name="Other"), Role.ADMINISTRATOR)

    answers = [
        other.post(f"{place}manual-export/", {"mode": "invoices", "numbers": "1000"}),
        other.post(f"{place}manual-export/{search.pk}/", {"list": "not_exported", "all": "1"}),
        other.post(f"{place}manual-export/{search.pk}/activate/", {"all": "1"}),
        other.get(f"{place}manual-export/customers/", {"customer": "Customer"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert "No adaptor exports invoices yet" in other.get("/adaptors/activation/manual-export/").content.decode()
    with scope(tenant.pk):
        assert (ManualSearch.objects.count(), Run.objects.count()) == (1, 0)


def test_search_of_another_adaptor_is_none_of_this_one(
    tenant: Tenant, activation: Activation, clerk: Client, place: str, books: Books
) -> None:
    with scope(tenant.pk):
        other = Activation.objects.create(adaptor="file_invoices", name="Other", source=activation.source, is_on=True)
        search = manual_search.keep(other, {"mode": "invoices", "numbers": ["1000"]})

    answer = clerk.post(f"{place}manual-export/{search.pk}/", {"list": "not_exported", "all": "1"})

    assert answer.status_code == 404
    assert "search" not in clerk.get(f"{place}change/?tab=manual_export&search={search.pk}").context
    page = clerk.get("/adaptors/activation/manual-export/").content.decode()
    assert "Which adaptor exports them?" in page and f"{place}change/?tab=manual_export" in page


def test_menu_leads_to_the_only_adaptor(clerk: Client, place: str, books: Books) -> None:
    assert clerk.get("/adaptors/activation/manual-export/")["Location"] == f"{place}change/?tab=manual_export"


def test_queries_are_the_same_for_one_row_and_for_many(tenant: Tenant, clerk: Client, place: str, books: Books) -> None:
    counts = []
    for numbers in ("1001", "1000-1003"):
        search = searched(clerk, place, mode="invoices", numbers=numbers).context["search"]
        with CaptureQueriesContext(connection) as captured:
            clerk.get(f"{place}change/?tab=manual_export&search={search.pk}&list=not_exported")
        counts.append(len(captured))

    assert counts[0] == counts[1]
