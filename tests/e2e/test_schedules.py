"""A manager makes a schedule, sees it read back while choosing, runs it and follows the run."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from arhub.models import Role, Tenant
from tests.arhub.runs.conftest import KINDS
from tests.e2e.conftest import sign_in


@pytest.fixture
def hub(live_server: Any, settings: Any) -> str:
    """One in this process, since only here there are kinds of runs."""
    settings.RUN_KINDS = KINDS
    return str(live_server.url)


def test_schedule_is_made_read_back_and_run(browser: Browser, hub: str, acme: Tenant) -> None:
    page = sign_in(browser, hub, "mia@example.com", acme, Role.MANAGER)
    page.get_by_role("link", name="Schedules").click()
    page.get_by_role("link", name="Add schedule").first.click()
    page.get_by_label("Name").fill("Nightly copies")
    expect(page.get_by_text("Every day at 07:00 UTC; missed runs: once")).to_be_visible()

    page.get_by_label("Business days of").select_option("Germany")
    expect(page.get_by_text("Every business day in Germany at 07:00 UTC")).to_be_visible()
    page.get_by_label("Region").select_option("Bayern")
    page.get_by_label("Every").select_option("Week")
    for day in ("Tuesday", "Wednesday", "Thursday"):
        page.get_by_label(day).uncheck()
    told = "Every Monday and Friday that is a business day in Germany (Bayern) at 07:00 UTC; missed runs: once"
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_label("The next times").locator("li")).to_have_count(5)
    expect(page.get_by_label("Cron pattern")).to_be_hidden()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("row", name=re.compile("Nightly copies.*Monday and Friday"))).to_be_visible()
    page.locator("#result_list").get_by_role("link", name="Nightly copies").click()
    expect(page.get_by_label("Region")).to_have_value("BY")
    page.get_by_role("link", name="Run now").click()
    page.get_by_role("button", name="Run now").click()

    expect(page.get_by_role("heading", name="Copy of folder 1", exact=True)).to_be_visible()
    expect(page.get_by_text("Queued", exact=True)).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_text("Cancelled by Mia")).to_be_visible()
    expect(page.get_by_role("link", name="Retry")).to_be_visible()
    page.context.close()  # lets go of the server's threads, and they of the database
