"""A manager says by when files are expected; nothing comes, and the Start page says so until somebody closes it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Browser, expect

from arhub.models import Role, Tenant
from ingestion.domain import arrivals
from tests.e2e.conftest import sign_in


def test_expected_file_that_does_not_come_is_an_incident(browser: Browser, hub: str, acme: Tenant) -> None:
    page = sign_in(browser, hub, "mia@example.com", acme, Role.MANAGER)
    page.get_by_role("link", name="Sources").click()
    page.get_by_role("link", name="Uploaded files").click()
    page.get_by_role("link", name="Say what is expected").click()
    page.get_by_label("At least rows").fill("100")
    expect(page.get_by_text("Every day by 07:00 UTC, at least 1 file and 100 rows")).to_be_visible()
    page.get_by_label("Business days of").select_option("Denmark")
    told = "Every business day in Denmark by 07:00 UTC, at least 1 file and 100 rows"
    expect(page.get_by_text(told)).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(told, exact=True)).to_be_visible()
    expect(page.get_by_label("The next times").locator("li")).to_have_count(3)

    arrivals.check_due(timezone.now() + timedelta(days=30))
    page.goto("/")
    page.get_by_role("link", name="See to it: Uploaded files: missing").click()
    page.locator('a[href$="/close/"]').click()
    page.get_by_role("button", name="Close incident").click()
    expect(page.get_by_text("This field is required.")).to_be_visible()
    page.get_by_label("Reason").fill("They moved to another system.")
    page.get_by_role("button", name="Close incident").click()

    expect(page.get_by_text("They moved to another system.")).to_be_visible()
    expect(page.get_by_text(", by Mia")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    page.context.close()
