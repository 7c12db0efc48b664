"""A manager maps fields by a lookup table, sees a real record, and posts it to the simulator of Sage Intacct."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from adaptors.models import Activation
from arhub.models import DocumentLine, Role, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from connectors.simulators.intacct.simulator import IntacctSimulator
from connectors.simulators.server import RunningSimulator
from tests.connectors.faults.world import ACCESS, DAY, make_world
from tests.e2e.conftest import sign_in
from tests.hub import ALLOWED


@pytest.fixture
def books() -> Iterator[RunningSimulator]:
    with RunningSimulator(IntacctSimulator(), host=ALLOWED) as running:
        yield running


def connect(page: Page, books: RunningSimulator) -> None:
    """A connection that names no bank."""
    page.goto("/connectors/connection/add/?kind=intacct")
    page.fill("input[name=name]", "Books")
    for name, value in {**ACCESS, "address": f"{books.url}{IntacctSimulator.path}", "bank": ""}.items():
        page.fill(f"input[name=setting-{name}]", value)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Books was added.")).to_be_visible()


def activate(acme: Tenant) -> Activation:
    make_world(acme)
    with scope(acme.pk):
        DocumentLine.objects.update(product_code="PUMP")
        return Activation.objects.create(
            adaptor="post_receivables", name="To Intacct", destination=Connection.objects.get(), is_on=True,
            dated_from=DAY, source=Source.objects.get(ledger__is_default=True),
        )  # fmt: skip


def make_table(page: Page) -> None:
    page.get_by_role("link", name="Lookup tables").first.click()
    page.get_by_role("link", name="Add lookup table").first.click()
    page.fill("input[name=name]", "Products")
    page.get_by_label("Another key").first.fill("HOSE")
    page.get_by_label("Its value").first.fill("4100")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Products was added.")).to_be_visible()


def import_entries(page: Page) -> None:
    page.get_by_role("link", name="Import entries").click()
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Paste two columns").fill("PUMP\t4010\nHOSE\t4000")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Import 2 entries").click()
    expect(page.get_by_text("1 added, 1 changed.")).to_be_visible()


def fill(page: Page, target: str, kind: str, value: str, table: str = "") -> None:
    page.get_by_label(f"{target} is filled by", exact=True).select_option(kind)
    if table:
        page.get_by_label(f"Lookup table for {target}", exact=True).select_option(label=table)
    page.get_by_label(f"Field or constant for {target}", exact=True).fill(value)


def test_fields_are_mapped_and_records_posted(
    browser: Browser, hub: str, acme: Tenant, books: RunningSimulator
) -> None:
    page = sign_in(browser, hub, "mia@example.com", acme, Role.MANAGER)
    connect(page, books)
    activation = activate(acme)
    make_table(page)
    import_entries(page)

    page.goto(f"/adaptors/activation/{activation.pk}/change/?tab=field_mapping")
    expect(page.get_by_label("Lookup table for AccountNo", exact=True)).to_be_hidden()
    fill(page, "AccountNo", "lookup", "line.product_code", "Products")
    fill(page, "LocationId", "constant", "100")
    page.get_by_role("button", name="Save invoice mapping").click()
    expect(page.locator("#row-AccountNo .fm-cells")).to_have_text("40104010")
    page.get_by_role("link", name="Advance", exact=True).click()
    expect(page.get_by_text("1 required field has nothing yet")).to_be_visible()
    fill(page, "FinancialEntity", "constant", "BOFA1435")
    page.get_by_role("button", name="Save advance mapping").click()
    page.get_by_role("link", name="Customer", exact=True).click()

    page.get_by_role("link", name="Run now").click()
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("Invoices on their way").first).to_be_visible(timeout=30_000)
    for _ in range(120):
        held = books.simulator.state()
        if held["ARINVOICE"] == 2 and held["ARADVANCE"] == 1:
            break
        page.wait_for_timeout(250)
    assert (held["ARINVOICE"], held["ARADVANCE"], held["ARPYMT"]) == (2, 1, 0)
