"""What a person in two companies does in two windows."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Role, Tenant
from arhub.tenancy.scope import scope
from ingestion.models import Ingestion
from tests.e2e.conftest import sign_in, upload_accounts


def test_review_of_one_company_is_not_sent_after_going_to_another(
    browser: Browser, hub: str, acme: Tenant, tmp_path: Path
) -> None:
    other = create_tenant("other", name="Other")
    page = sign_in(browser, hub, "clerk@acme.example", acme)
    add_member("clerk@acme.example", other, Role.CLERK)
    upload_accounts(page, tmp_path, "account_id,account_name\nC1,Alpha\n")

    second = page.context.new_page()
    second.goto("/")
    second.locator("details.ar-switch summary").click()
    second.get_by_role("button", name="Other").click()
    expect(second.locator(".ar-switch-name")).to_have_text("Other")
    page.get_by_role("button", name="Upload 1 row").click()

    expect(page.get_by_text("This page was for another company")).to_be_visible()
    with scope(acme.pk):
        assert Ingestion.objects.get().state == "review"


def test_pages_show_no_error_in_the_browsers_console(browser: Browser, hub: str, acme: Tenant) -> None:
    page = sign_in(browser, hub, "boss@acme.example", acme, Role.ADMINISTRATOR)
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))

    links = page.locator("a").evaluate_all("links => links.map(link => link.href)")
    pages = {link.split("#")[0] for link in links if link.startswith(f"{hub}/") and "/change" not in link}
    for address in pages:
        page.goto(address)
        page.wait_for_load_state("networkidle")

    assert len(pages) > 10
    assert said == []
