"""A manager undoes a load in a real browser, and follows an amount to the line it came from."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from arhub.models import Account, Document, Role, Tenant
from arhub.tenancy.scope import scope
from tests.e2e.conftest import sign_in, upload_accounts

KEPT = "Kundenr;Navn;Valuta\nC1;Nordlys ApS;DKK\nC2;Sydhavn A/S;EUR\n"
INVOICES = "Fakturanr;Kundenr;Fakturadato;Beløb\n100;C1;31-01-2026;1.250,00\n"


def test_manager_undoes_a_load_after_its_preview(browser: Browser, hub: str, acme: Tenant, tmp_path: Path) -> None:
    page = sign_in(browser, hub, "boss@acme.example", acme, Role.MANAGER)
    upload_accounts(page, tmp_path, KEPT)
    page.locator("#commit").click()
    expect(page.locator("[data-state=committed]")).to_be_visible(timeout=30_000)
    accounts = page.url
    (tmp_path / "fakturaer.csv").write_text(INVOICES, encoding="utf-8")
    page.goto("/ingestion/ingestion/upload/")
    page.set_input_files("input[name=invoice]", tmp_path / "fakturaer.csv")
    page.get_by_role("button", name="Review").click()
    page.locator("#commit").click(timeout=30_000)
    expect(page.locator("[data-state=committed]")).to_be_visible(timeout=30_000)

    page.goto("/arhub/invoice/")
    page.get_by_role("link", name="100", exact=True).click()
    page.get_by_role("row", name="Total 1,250.00 DKK").get_by_role("link").click()
    expect(page.get_by_role("row", name="Beløb 1.250,00 total_amount")).to_be_visible()

    page.goto(accounts)
    page.get_by_role("link", name="Undo", exact=True).click()
    expect(page.get_by_text("Invoice 100 refers to it")).to_be_visible()
    page.get_by_role("button", name="Undo 1 record").click()
    expect(page.locator("[data-state=undone]")).to_be_visible(timeout=30_000)

    page.get_by_role("link", name="Undo", exact=True).click()
    expect(page.get_by_text("This load was undone by Boss on")).to_be_visible()
    with scope(acme.pk):
        assert list(Account.objects.values_list("number", flat=True)) == ["C1"]
        assert Document.objects.count() == 1
