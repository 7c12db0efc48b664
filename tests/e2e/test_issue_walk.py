"""From a file nobody knows to a load that is gone again, in a real browser: mapping, review, repair, undo, and the next
file of that layout by itself."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from arhub.models import Account, Document, Role, Tenant
from arhub.tenancy.scope import scope
from ingestion.models import Change, MappingProfile
from tests.e2e.conftest import sign_in, upload_accounts

ACCOUNTS = "Kundenr;Navn;Valuta\nC1;Nordlys ApS;DKK\nC2;Sydhavn A/S;DKK\n"
KNOWN = "Fakturanr;Kundenr;Fakturadato;Forfaldsdato;Beløb;Valuta\n100;C1;31-01-2026;31-03-2026;1.000,00;DKK\n"
HEADER = "Kundereference;Bilagsidentitet;Bilagsdag;Betales senest;Bilagsbeløb;Møntenhed;Parti\n"
UNKNOWN = (
    "Posteringer fra Økonomi 4;;;;;;\n" + HEADER + "C1;100;31-01-2026;02-03-2026;1.250,50;DKK;a\n"
    "C2;101;15-02-2026;17-03-2026;99,50;DKK;a\n"
    "C1;102;16-02-2026;18-03-2026;10,00;KRONER;b\n"
    "C2;103;17-02-2026;19-03-2026;20,00;KRONER;b\n"
    "I alt;;;;1.380,00;;\n"
)
COLUMNS = {
    "account_id": "Kundereference", "invoice_number": "Bilagsidentitet", "invoice_date": "Bilagsdag",
    "due_date": "Betales senest", "total_amount": "Bilagsbeløb", "currency": "Møntenhed",
}  # fmt: skip


def _send(page: Page, path: Path, text: str, *, rows: str = "", amount: str = "") -> None:
    path.write_text(text, encoding="utf-8")
    page.goto("/ingestion/ingestion/upload/")
    target = page.locator(".ing-target", has=page.locator("input[name=invoice]"))
    page.set_input_files("input[name=invoice]", path)
    if rows:
        target.get_by_text("Control total").click()
        target.get_by_label("Rows").fill(rows)
        target.get_by_label("Sum 1").fill(amount)
        target.get_by_label("Currency").first.fill("DKK")
    page.get_by_role("button", name="Review").click()


def _map(page: Page) -> None:
    """Accept what is suggested, choose the rest, leave one column out, and save that as a profile."""
    page.get_by_role("link", name="Map columns").click(timeout=30_000)
    for field, column in COLUMNS.items():
        choice = page.locator(f"#field-{field}")
        accept = page.get_by_role("button", name=f"Accept “{column}” for {field}")
        if accept.count():
            accept.click()
        elif choice.input_value() != f"h:{column}":
            if not choice.is_visible():
                page.locator("#map-further summary").click()
            choice.select_option(f"h:{column}")
        expect(choice).to_have_value(f"h:{column}")
    page.locator("tr", has_text="Parti").get_by_label("leave out").check()
    expect(page.get_by_text("Everything is said.")).to_be_visible()
    page.get_by_label("Save as profile").fill("Økonomi 4")
    page.wait_for_load_state("networkidle")  # the form is answered once more, and takes its button with it
    page.get_by_role("button", name="Save and go on").click()


def _row(page: Page, text: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("row").filter(has_text=text).first


def _numbers(page: Page) -> list[int]:
    """Lines, inserted, updated, unchanged and invalid of the invoices."""
    cells = page.locator("table", has_text="No. Lines").locator("tbody tr", has_text="INVOICE").locator("td")
    return [int(text) for text in cells.all_inner_texts()]


def test_file_nobody_knows_is_mapped_reviewed_repaired_and_undone(
    browser: Browser, hub: str, acme: Tenant, tmp_path: Path
) -> None:
    page = sign_in(browser, hub, "boss@acme.example", acme, Role.MANAGER)
    upload_accounts(page, tmp_path, ACCOUNTS)
    page.locator("#commit").click()
    expect(page.locator("[data-state=committed]")).to_be_visible(timeout=30_000)
    _send(page, tmp_path / "kendt.csv", KNOWN)
    page.locator("#commit").click(timeout=30_000)
    expect(page.locator("[data-state=committed]")).to_be_visible(timeout=30_000)

    _send(page, tmp_path / "posteringer.csv", UNKNOWN, rows="4", amount="1.380,00")
    _map(page)
    _review(page)
    page.get_by_role("button", name="Upload 2 rows").click()
    expect(page.locator("[data-state=committed]")).to_be_visible(timeout=30_000)
    assert _numbers(page) == [4, 1, 1, 0, 2]

    page.get_by_role("link", name="Repair").first.click()
    page.get_by_label("In all 2 rows with KRONER put").fill("DKK")
    page.get_by_role("button", name="Repair 2 rows").click()
    expect(page.get_by_text("2 of these rows were repaired.")).to_be_visible(timeout=30_000)
    assert _numbers(page) == [4, 3, 1, 0, 0]
    with scope(acme.pk):
        assert sorted(Document.objects.values_list("number", flat=True)) == ["100", "101", "102", "103"]
        assert set(Change.objects.values_list("field", "old", "new")) >= {("total_amount", "1000.00", "1250.50")}

    _undo(page)
    with scope(acme.pk):
        assert [(one.number, str(one.total_amount)) for one in Document.objects.all()] == [("100", "1000.00")]
        assert Account.objects.count() == 2

    _send(page, tmp_path / "naeste.csv", HEADER + "C2;104;20-02-2026;22-03-2026;75,25;DKK;c\n")
    expect(page.get_by_role("button", name="Upload 1 row")).to_be_visible(timeout=30_000)
    with scope(acme.pk):
        assert [(one.name, one.version) for one in MappingProfile.objects.all()] == [("Økonomi 4", 1)]


def _review(page: Page) -> None:
    """The money, the totals given, what changes and what is left out, before anything is written."""
    expect(page.get_by_role("button", name="Upload 2 rows")).to_be_visible(timeout=30_000)
    expect(
        page.get_by_text("1 title row above the header and 1 total row below the data were left out")
    ).to_be_visible()
    expect(_row(page, re.compile(r"Rows\s*4\s*2\s*Differs by -2"))).to_be_visible()
    expect(_row(page, re.compile(r"DKK\s*1,380\.00\s*1,350\.00\s*Differs by -30\.00"))).to_be_visible()
    expect(_row(page, "C1 Nordlys ApS")).to_contain_text("+250.50")
    expect(_row(page, "C2 Sydhavn A/S")).to_contain_text("+99.50")
    expect(page.get_by_text("2 invalid rows will not go in")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(r"100 total_amount 1,000\.00 1,250\.50"))).to_be_visible()


def _undo(page: Page) -> None:
    page.get_by_role("link", name="Undo", exact=True).first.click()
    expect(_row(page, "Invoices")).to_contain_text("3")
    page.get_by_role("button", name="Undo 4 records").click()
    expect(page.locator("[data-state=undone]")).to_be_visible(timeout=30_000)
    expect(
        page.get_by_text("Undone by Boss: 3 invoices removed, 1 invoice with their old values back.")
    ).to_be_visible()
    page.goto("/arhub/invoice/")
    expect(page.get_by_role("link", name="100", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="102", exact=True)).to_have_count(0)
