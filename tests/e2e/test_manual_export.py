"""A manager exports invoices by hand through the three lists, and follows the runs."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from adaptors.domain.customers import rules
from adaptors.models import Activation, Transaction
from arhub.domain.tenants import create_tenant
from arhub.models import Role, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections
from tests.adaptors.conftest import COMPANY, account_of, document_of, rules_of
from tests.adaptors.manual.conftest import OWN
from tests.e2e.conftest import sign_in


@pytest.fixture
def company(hub: str) -> Tenant:
    """Two customers with three invoices each, one of them activated, in an adaptor that is on."""
    tenant = create_tenant("acme", name="Acme A/S", **COMPANY)
    with scope(tenant.pk):
        source = Source.objects.select_related("ledger").get(kind=Source.Kind.UPLOAD)
        gateway = connections.create("folder", name="Outgoing", values={})
        made = Activation.objects.create(
            adaptor="file_invoices", name="Invoices", source=source, destination=gateway, format="bis3", is_on=True,
            dated_from=date(2026, 1, 1), document_types=["invoice", "credit_memo"], supplier=OWN,
        )  # fmt: skip
        for number in ("10042", "10043"):
            account = account_of(source, number)
            for place in range(1, 4):
                document_of(account, f"{number}-{place}")
        rules.follow(made)
        rules.activate(
            made, rules_of(made).filter(account__number="10042"), format="bis3", destination=gateway,
            takes_existing=True,
        )  # fmt: skip
    return tenant


def find(page: Page) -> None:
    """By date, from the menu."""
    page.get_by_role("link", name="Manual export").first.click()
    page.get_by_role("link", name="By Date").click()
    page.get_by_label("From", exact=True).fill("2026-03-01")
    page.get_by_label("To", exact=True).fill("2026-03-31")
    page.get_by_role("button", name="Find Invoices").click()


def opened(page: Page, name: str) -> None:
    page.get_by_role("link", name=re.compile(re.escape(name))).click()


def follow(page: Page, count: str) -> None:
    """The run's page moves by itself until it is over."""
    expect(page.get_by_role("heading", name=f"{count} by hand: Invoices", exact=True)).to_be_visible()
    expect(page.get_by_text("Succeeded")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("link", name="Transactions", exact=True).last).to_be_visible()


def test_invoices_go_through_the_three_lists(browser: Browser, hub: str, company: Tenant, tmp_path: Path) -> None:
    page = sign_in(browser, hub, "mia@example.com", company, Role.MANAGER)
    find(page)
    for told in ("Not Activated (3)", "Not Exported (3)", "Already Exported (0)"):
        expect(page.get_by_role("link", name=told)).to_be_visible()

    opened(page, "Not Activated (3)")
    page.get_by_label("Choose Invoice 10043-1").check()
    page.get_by_role("button", name="Activate the customer of 1 invoice").click()
    page.select_option("select[name=destination]", label="Outgoing")
    page.get_by_role("button", name="Activate 1 customer").click()
    expect(page.get_by_text("1 customer activated.")).to_be_visible()
    expect(page.get_by_role("link", name="Not Activated (0)")).to_be_visible()

    opened(page, "Not Exported (6)")
    expect(page.get_by_role("button", name="Export 0 invoices")).to_be_disabled()
    page.get_by_label("All of this page").check()
    page.get_by_label("Choose Invoice 10042-3").uncheck()
    page.get_by_role("button", name="Export 5 invoices").click()
    follow(page, "5 invoices")

    find(page)
    expect(page.get_by_role("link", name="Not Exported (1)")).to_be_visible()
    opened(page, "Already Exported (5)")
    expect(page.get_by_text("Delivered").first).to_be_visible(timeout=60_000)
    page.get_by_label("Choose Invoice 10042-1").check()
    page.get_by_role("button", name="Export 1 invoice").click()
    expect(page.get_by_label("Why are they sent again?")).to_be_focused()
    page.get_by_label("Why are they sent again?").fill("Their server lost it")
    page.get_by_role("button", name="Export 1 invoice").click()
    follow(page, "1 invoice")

    with scope(company.pk):
        sent = Transaction.objects.order_by("number", "again").values_list("number", "again")
        assert list(sent) == [
            ("10042-1", 0), ("10042-1", 1), ("10042-2", 0), ("10043-1", 0), ("10043-2", 0), ("10043-3", 0),
        ]  # fmt: skip


def test_customers_are_searched_and_ticked(browser: Browser, hub: str, company: Tenant) -> None:
    page = sign_in(browser, hub, "mia@example.com", company, Role.MANAGER)
    page.get_by_role("link", name="Manual export").first.click()
    page.get_by_role("link", name="By Customer").click()
    page.get_by_label("Customer 10042").check()
    page.get_by_role("searchbox", name="Customer").fill("10043")
    page.get_by_label("Customer 10043").check()
    expect(page.get_by_label("Customer 10042")).to_be_checked()
    page.get_by_role("button", name="Find Invoices").click()

    expect(page.get_by_role("link", name="Not Activated (3)")).to_be_visible()
    expect(page.get_by_role("link", name="Not Exported (3)")).to_be_visible()


def test_schedule_reads_itself_back_while_one_edits(browser: Browser, hub: str, company: Tenant) -> None:
    page = sign_in(browser, hub, "mia@example.com", company, Role.MANAGER)
    page.get_by_role("link", name="My Adaptors").click()
    page.locator("#result_list").get_by_role("link", name="Invoices").click()
    page.get_by_role("link", name="Schedule settings").click()
    page.get_by_role("link", name="Add a schedule").click()
    expect(page.get_by_label("Minute", exact=True)).to_be_hidden()
    page.get_by_label("Every").select_option("Hour")
    expect(page.get_by_label("Minute", exact=True)).to_be_visible()
    page.get_by_label("Not between").fill("22:00")
    page.get_by_label("and", exact=True).fill("06:00")
    told = "not between 22:00 and 06:00; missed runs: once"
    expect(page.get_by_label("Read back").get_by_text(told)).to_be_visible()
    expect(page.get_by_label("The next times").locator("li")).to_have_count(5)
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_label("The next times").locator("li")).to_have_count(5)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Nothing is due until it is resumed.")).to_be_visible()
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("Succeeded")).to_be_visible(timeout=60_000)
