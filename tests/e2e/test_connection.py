"""A manager connects Dinero, tries a wrong and a right key, and pulls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from arhub.models import Account, Role, Tenant
from arhub.tenancy.scope import scope
from connectors.simulators.dinero.simulator import DineroSimulator
from connectors.simulators.server import RunningSimulator
from tests.e2e.conftest import sign_in
from tests.hub import ALLOWED


@pytest.fixture
def dinero() -> Iterator[RunningSimulator]:
    """Without a limit, since a test does not wait for the next minute."""
    simulator = DineroSimulator()
    simulator.configure({"requests_per_minute": 0})
    with RunningSimulator(simulator, host=ALLOWED) as running:
        yield running


def add(page: Page, dinero: RunningSimulator, api_key: str) -> None:
    page.get_by_role("link", name="Connections").click()
    page.get_by_role("link", name="Add connection").first.click()
    page.get_by_role("link", name="Dinero").click()
    page.fill("input[name=name]", "Dinero, Hansen")
    page.fill("input[name=setting-client_id]", "client-1")
    page.fill("input[name=setting-client_secret]", "client-secret")
    page.fill("input[name=setting-api_key]", api_key)
    page.fill("input[name=setting-requests_per_minute]", "6000")
    for address in ("api_url", "sign_in_url"):
        page.fill(f"input[name=setting-{address}]", dinero.url)
    page.get_by_role("button", name="Save", exact=True).click()


def test_dinero_is_connected_tested_and_pulled(
    browser: Browser, hub: str, acme: Tenant, dinero: RunningSimulator
) -> None:
    page = sign_in(browser, hub, "mia@example.com", acme, Role.MANAGER)
    add(page, dinero, "wrong-key-1")
    steps = page.get_by_role("list", name="Steps of the test").get_by_role("listitem")

    page.get_by_role("button", name="Test connection").click()
    expect(steps).to_have_count(2)
    expect(steps.nth(0)).to_have_class("ar-good")
    expect(steps.nth(1)).to_have_class("ar-wrong")
    expect(page.locator("[data-health]").get_by_text("Failing")).to_be_visible()

    page.fill("input[name=setting-api_key]", "api-key-1")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Test connection").click()
    expect(steps).to_have_count(5)
    expect(page.locator("[data-steps] .ar-good")).to_have_count(5)
    expect(page.locator("[data-health]").get_by_text("Working")).to_be_visible()
    assert "wrong-key-1" not in page.content() and "api-key-1" not in page.content()

    page.get_by_role("link", name="Pull now").click()
    page.get_by_role("button", name="Pull now").click()
    expect(page.get_by_text("Succeeded")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Ingestion", exact=False).last.click()
    expect(page.get_by_text("Committed").first).to_be_visible(timeout=60_000)
    with scope(acme.pk):
        assert Account.objects.filter(ledger__name="Dinero, Hansen").exists()
