"""A clerk's work in a real browser: upload, review, commit, drawer, failed rows."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from playwright.sync_api import Browser, expect

from arhub.domain.tenants import create_tenant
from arhub.models import Document, Tenant
from arhub.tenancy.scope import scope
from ingestion.models import Ingestion
from tests.e2e.conftest import sign_in, upload_accounts

ACCOUNTS = "Kundenr;Navn;Valuta\nC1;Nordlys ApS;DKK\nC2;Sydhavn A/S;EUR\n"
INVOICES = (
    "Fakturanr;Kundenr;Fakturadato;Beløb\n"
    "100;C1;31-01-2026;1.250,00\n"
    "101;C2;15-02-2026;99,50\n"
    "102;C9;16-02-2026;10,00\n"
    "103;C1;31-02-2026;=1+2\n"
)


def test_clerk_uploads_reviews_commits_and_downloads_the_failed_rows(
    browser: Browser, hub: str, acme: Tenant, tmp_path: Path
) -> None:
    (tmp_path / "kunder.csv").write_text(ACCOUNTS, encoding="cp1252")
    (tmp_path / "fakturaer.csv").write_text(INVOICES, encoding="utf-8")
    page = sign_in(browser, hub, "clerk@acme.example", acme)

    page.get_by_role("link", name="Upload File").first.click()
    expect(page.get_by_text("Only use this tab if you either do not pay for an ERP Integration")).to_be_visible()
    page.set_input_files("input[name=account]", tmp_path / "kunder.csv")
    page.set_input_files("input[name=invoice]", tmp_path / "fakturaer.csv")
    page.get_by_role("button", name="Review").click()

    commit = page.get_by_role("button", name="Upload 4 rows")
    expect(commit).to_be_visible(timeout=30_000)
    expect(page.get_by_text("2 invalid rows will not go in")).to_be_visible()
    expect(page.get_by_text("found '31-02-2026', February has no day 31")).to_be_visible()
    with scope(acme.pk):
        assert not Document.objects.exists()
    commit.click()

    expect(page.locator("[data-state=committed]")).to_be_visible(timeout=30_000)
    with scope(acme.pk):
        assert sorted(Document.objects.values_list("number", flat=True)) == ["100", "101"]

    page.get_by_role("link", name="All loads").click()
    page.locator("tr.data-row").first.click()
    drawer = page.get_by_role("dialog", name="Ingestion details")
    expect(drawer.get_by_role("link", name="Open")).to_be_visible()
    rows = drawer.locator("tbody tr").all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        ["ACCOUNT", "2", "2", "0", "0", "0"],
        ["INVOICE", "4", "2", "0", "0", "2"],
    ]
    with page.expect_download() as download:
        drawer.get_by_role("link", name="Download failed rows").click()
    download.value.save_as(tmp_path / "failed.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "failed.xlsx").active
    failed = [[cell.value for cell in row] for row in sheet.iter_rows()]
    titles = ["row_token", "Fakturanr", "Kundenr", "Fakturadato", "Beløb", "AR Hub line", "AR Hub problem"]
    assert failed[0] == titles
    assert failed[1][1:6] == ["102", "C9", "16-02-2026", "10,00", "4"]
    assert failed[2][4] == "'=1+2"

    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_clerk_cancels_a_review_and_nothing_goes_in(browser: Browser, hub: str, acme: Tenant, tmp_path: Path) -> None:
    page = sign_in(browser, hub, "clerk@acme.example", acme)
    upload_accounts(page, tmp_path, ACCOUNTS)

    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_text("was cancelled. Nothing of it went in.")).to_be_visible()


def test_upload_without_a_file_says_so(browser: Browser, hub: str, acme: Tenant) -> None:
    page = sign_in(browser, hub, "clerk@acme.example", acme)
    page.goto("/ingestion/ingestion/upload/")

    page.get_by_role("button", name="Review").click()

    expect(page.get_by_role("alert")).to_have_text("Choose at least one file: nothing was sent.")


def test_another_tenants_clerk_sees_none_of_it(browser: Browser, hub: str, acme: Tenant, tmp_path: Path) -> None:
    page = sign_in(browser, hub, "clerk@acme.example", acme)
    upload_accounts(page, tmp_path, ACCOUNTS)
    with scope(acme.pk):
        pk = Ingestion.objects.get().pk
    other = sign_in(browser, hub, "clerk@other.example", create_tenant("other", name="Other"))

    answers = {
        path: other.goto(path).status  # type: ignore[union-attr]
        for path in (
            f"/ingestion/ingestion/{pk}/change/",
            f"/ingestion/ingestion/{pk}/drawer/", f"/ingestion/ingestion/{pk}/body/",
            f"/ingestion/ingestion/{pk}/failed-rows.xlsx", f"/ingestion/ingestion/{pk}/failed-rows.csv",
        )
    }  # fmt: skip
    other.goto("/ingestion/ingestion/")

    assert set(answers.values()) == {404}
    expect(other.get_by_text("No loads yet")).to_be_visible()
    assert "kunder.csv" not in other.content()
