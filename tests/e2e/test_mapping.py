"""A layout nobody knows, explained in a real browser: suggestions, words, dates, and the next file by itself."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from arhub.models import Tenant
from arhub.tenancy.scope import scope
from ingestion.domain.recipe import Recipe
from ingestion.models import MappingProfile
from tests.e2e.conftest import sign_in

ACCOUNTS = "Kundenr;Navn;Valuta\nC1;Nordlys ApS;DKK\nC2;Sydhavn A/S;EUR\n"
INVOICES = (
    "Bilagsnummer;Debitor konto;Fakturadato;Forfaldsdag;Totalbeloeb;Type;Parti\n"
    "100;C1;31-01-2026;01-03-2026;1.250,00;RE;a\n"
    "101;C2;15-02-2026;02-03-2026;99,50;RE;b\n"
)


def _send(page: Page, folder: Path, **files: str) -> None:
    page.goto("/ingestion/ingestion/upload/")
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
        page.set_input_files(f"input[name={name}]", folder / f"{name}.csv")
    page.get_by_role("button", name="Review").click()


def test_clerk_explains_a_layout_once(browser: Browser, hub: str, acme: Tenant, tmp_path: Path) -> None:
    page = sign_in(browser, hub, "clerk@acme.example", acme)
    _send(page, tmp_path, account=ACCOUNTS, invoice=INVOICES)

    page.get_by_role("link", name="Map columns").click(timeout=30_000)
    expect(page.get_by_text("5 columns are not known for invoices")).to_be_visible()
    for column, field in (
        ("Bilagsnummer", "invoice_number"), ("Debitor konto", "account_id"), ("Totalbeloeb", "total_amount"),
    ):  # fmt: skip
        page.get_by_role("button", name=f"Accept “{column}” for {field}").click()
        expect(page.locator(f"#field-{field}")).to_have_value(f"h:{column}")
    page.locator("#field-due_date").focus()
    page.locator("#field-due_date").select_option("h:Forfaldsdag")
    expect(page.get_by_text("Choose how “Forfaldsdag” is read.")).to_be_visible()
    expect(page.locator("#field-due_date")).to_be_focused()
    page.get_by_text("Day first").click()
    page.get_by_label("RE is read as").select_option("invoice")
    expect(page.locator("#map-problems")).to_have_text("Map or leave out “Parti”.")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("alert")).to_have_text("Map or leave out “Parti”.")
    page.locator("tr", has_text="Parti").get_by_label("leave out").check()
    expect(page.get_by_text("Everything is said.")).to_be_visible()
    page.get_by_role("button", name="Save and go on").click()

    expect(page.get_by_role("button", name="Upload 4 rows")).to_be_visible(timeout=30_000)
    with scope(acme.pk):
        recipe = Recipe.stored(MappingProfile.objects.get().recipe)
    assert (recipe.ignored, recipe.values) == (("Parti",), {"document_type": {"re": "invoice"}})
    assert recipe.readings["due_date"].day_first is True

    _send(page, tmp_path, account=ACCOUNTS, invoice=INVOICES.replace("100;", "102;"))
    expect(page.get_by_role("button", name="Upload 4 rows")).to_be_visible(timeout=30_000)
