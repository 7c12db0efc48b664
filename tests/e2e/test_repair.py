"""A clerk repairs failed rows in a real browser: a group, a cell, with the keyboard; then the rest by a file."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from playwright.sync_api import Browser, Page, expect

from arhub.models import Account, Tenant
from arhub.tenancy.scope import scope
from tests.e2e.conftest import sign_in, upload_accounts

ROWS = (
    "Kundenr;Navn;Valuta\nC1;Nordlys ApS;DKK\nC2;Sydhavn A/S;EURO\nC3;Vestby ApS;EURO\n"
    "C4;;DKK\nC5;Ostergaard;KRONER\nC6;Lund;KRONER\n"
)


def test_clerk_repairs_a_group_and_a_cell_then_the_rest_by_a_file(
    browser: Browser, hub: str, acme: Tenant, tmp_path: Path
) -> None:
    page = sign_in(browser, hub, "clerk@acme.example", acme)
    upload_accounts(page, tmp_path, ROWS)

    page.get_by_role("link", name="Repair").click()
    button = page.locator("#repair button.ing-primary")
    expect(button).to_be_disabled()
    page.get_by_label("In all 2 rows with EURO put").fill("EUR")
    expect(button).to_have_text("Repair 2 rows")
    page.get_by_label("Navn").first.fill("Mollevej ApS")
    expect(button).to_have_text("Repair 3 rows")
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Upload 4 rows")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Upload 4 rows").click()
    expect(page.locator("[data-state=committed]")).to_be_visible(timeout=30_000)
    _repair_by_file(page, tmp_path)

    expect(page.get_by_text("2 repaired rows on the way in.")).to_be_visible()
    expect(page.locator("[data-state=committed]")).to_be_visible(timeout=30_000)
    with scope(acme.pk):
        found = Account.objects.order_by("number").values_list("number", "name", "currency")
        assert list(found) == [
            ("C1", "Nordlys ApS", "DKK"), ("C2", "Sydhavn A/S", "EUR"), ("C3", "Vestby ApS", "EUR"),
            ("C4", "Mollevej ApS", "DKK"), ("C5", "Ostergaard", "DKK"), ("C6", "Lund", "DKK"),
        ]  # fmt: skip


def _repair_by_file(page: Page, folder: Path) -> None:
    page.get_by_role("link", name="Repair").first.click()
    page.get_by_text("Correct them in a file").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download XLSX").click()
    download.value.save_as(folder / "failed.xlsx")
    book = openpyxl.load_workbook(folder / "failed.xlsx")
    book.active["D2"] = book.active["D3"] = "DKK"
    book.save(folder / "fixed.xlsx")
    page.set_input_files("input[name=corrected]", folder / "fixed.xlsx")
    page.get_by_role("button", name="Upload corrected rows").click()


def test_every_cell_of_a_row_can_be_edited(browser: Browser, hub: str, acme: Tenant, tmp_path: Path) -> None:
    page = sign_in(browser, hub, "clerk@acme.example", acme)
    upload_accounts(page, tmp_path, ROWS)
    page.get_by_role("link", name="Repair").click()

    page.get_by_role("button", name="Edit all cells of line 5").press("Enter")
    page.get_by_label("Kundenr").fill("C9")
    expect(page.locator("#repair button.ing-primary")).to_have_text("Repair 1 row")
    page.locator("#repair button.ing-primary").click()

    expect(page.get_by_role("alert")).to_contain_text("Nothing was repaired: some cells are still wrong.")
    expect(page.get_by_label("Kundenr")).to_have_value("C9")
    expect(page.get_by_text("Navn: expected a value, found an empty cell")).to_be_visible()
