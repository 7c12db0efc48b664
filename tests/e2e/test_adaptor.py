"""A manager activates the Dinero adaptor: connects it, activates three customers at once, sets a common and an own
setting, and opens the document that went out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from adaptors.models import Transaction
from arhub.domain.tenants import create_tenant
from arhub.models import Role, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.simulators.dinero.simulator import DineroSimulator
from connectors.simulators.server import RunningSimulator
from tests.adaptors.conftest import COMPANY
from tests.e2e.conftest import sign_in
from tests.hub import ALLOWED

ADAPTOR = "Dinero: Export Customer Invoices"
CUSTOMERS = ("Aarhus Kommune", "Café Ø", "Nordic Pumps A/S")


@pytest.fixture
def dinero() -> Iterator[RunningSimulator]:
    """Without a limit, since a test does not wait for the next minute."""
    simulator = DineroSimulator()
    simulator.configure({"requests_per_minute": 0})
    with RunningSimulator(simulator, host=ALLOWED) as running:
        yield running


@pytest.fixture
def company(hub: str) -> Tenant:
    """A seller whose own data is whole, with a folder to send to."""
    tenant = create_tenant("acme", name="Acme A/S", **COMPANY)
    with scope(tenant.pk):
        connections.create("folder", name="Outgoing", values={})
    return tenant


def activate(page: Page) -> None:
    page.get_by_role("link", name="Catalogue").click()
    page.locator("article, section, li, div").filter(
        has=page.get_by_role("heading", name=ADAPTOR, exact=True)
    ).get_by_role("link", name="Activate").first.click()
    page.get_by_label("Outgoing").check()
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("heading", name=ADAPTOR, exact=True)).to_be_visible()


def connect(page: Page, dinero: RunningSimulator) -> None:
    """From the tab Source to a new connection and back, then its customers are pulled."""
    tab(page, "Source")
    page.get_by_role("link", name="Add a Dinero connection").last.click()
    page.fill("input[name=name]", "Dinero, Acme")
    page.fill("input[name=setting-client_id]", "client-1")
    page.fill("input[name=setting-client_secret]", "client-secret")
    page.fill("input[name=setting-api_key]", "api-key-1")
    page.fill("input[name=setting-requests_per_minute]", "6000")
    for address in ("api_url", "sign_in_url"):
        page.fill(f"input[name=setting-{address}]", dinero.url)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Choose").click()
    page.get_by_role("button", name="Pull customers now").click()
    expect(page.get_by_text("Succeeded")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Ingestion", exact=False).last.click()
    expect(page.get_by_text("Committed").first).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="My Adaptors").click()
    page.get_by_role("link", name=ADAPTOR).first.click()


def tab(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()


def take_older_documents(page: Page) -> None:
    page.fill("input[name=dated_from]", "01/01/2020")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed")).to_be_visible()


def activate_three(page: Page) -> None:
    """One popup for all of them."""
    tab(page, "Export Rules")
    for name in CUSTOMERS:
        page.get_by_role("row").filter(has_text=name).get_by_role("checkbox").check()
    page.select_option("select[name=action]", label="Activate…")
    page.get_by_role("button", name=re.compile("Run|Go|Apply")).first.click()
    page.select_option("select[name=format]", label="Peppol BIS Billing 3.0")
    page.select_option("select[name=destination]", label="Outgoing")
    page.get_by_label("Export them too").check()
    page.get_by_role("button", name="Activate 3").click()
    expect(page.get_by_text("3 customers activated.")).to_be_visible()


def change_a_common_setting(page: Page) -> None:
    page.get_by_role("link", name="Supplier/Sender").click()
    page.get_by_label("Contact person").fill("Karin Østergård")
    page.get_by_label("Bank registration number").fill("0040")
    page.get_by_label("Bank account number").fill("0440116243")
    page.get_by_role("button", name="Review the change").last.click()
    expect(page.get_by_role("heading", name=re.compile(r"Changes \d+ of \d+ customers"))).to_be_visible()
    page.get_by_role("button", name=re.compile("Save for")).click()


def change_an_own_setting(page: Page) -> None:
    page.get_by_role("link", name="Customers", exact=True).click()
    page.get_by_role("row").filter(has_text="Nordic Pumps").get_by_role("link", name="Settings").click()
    field = page.locator("#field-customer_buyer_reference")
    field.get_by_role("textbox").fill("Indkøb 7")
    page.get_by_role("button", name="Save", exact=False).last.click()
    expect(page.locator("#field-customer_buyer_reference").get_by_text("own", exact=True)).to_be_visible()
    expect(page.locator("#field-customer_city").get_by_text("account data")).to_be_visible()


def run(page: Page) -> None:
    page.get_by_role("link", name="My Adaptors").click()
    page.get_by_role("link", name=ADAPTOR).first.click()
    page.get_by_role("link", name="Switch on").click()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("link", name="Switch off")).to_be_visible()
    page.get_by_role("link", name="Run now").click()
    everything = page.get_by_label(re.compile("Yes, send these"))
    if everything.is_visible():
        everything.check()
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("Succeeded")).to_be_visible(timeout=120_000)


def test_dinero_invoices_go_to_three_customers(
    browser: Browser, hub: str, company: Tenant, dinero: RunningSimulator
) -> None:
    page = sign_in(browser, hub, "mia@example.com", company, Role.MANAGER)
    activate(page)
    connect(page, dinero)
    tab(page, "General")
    take_older_documents(page)
    activate_three(page)
    change_a_common_setting(page)
    change_an_own_setting(page)
    run(page)

    with scope(company.pk):
        sent = Transaction.objects.filter(receiver="Nordic Pumps A/S").exclude(delivery=None).first()
        assert sent is not None
        assert set(Transaction.objects.values_list("account__name", flat=True)) == set(CUSTOMERS)
    page.get_by_role("link", name="Transactions", exact=True).click()
    page.get_by_role("link", name=sent.number, exact=True).click()
    document = page.locator("#document-text")
    expect(document).to_contain_text("<cbc:BuyerReference>Indkøb 7</cbc:BuyerReference>")
    expect(document).to_contain_text("<cbc:Name>Karin Østergård</cbc:Name>")
    expect(page.get_by_text("Checked by the schema of UBL 2.1, EN 16931")).to_be_visible()
