"""The API's docs in a browser: everything comes from the hub itself, and what a person tries is answered."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Browser

from arhub.models import Tenant
from tests.e2e.conftest import sign_in


def test_docs_load_nothing_from_elsewhere_and_answer(browser: Browser, hub: str, acme: Tenant) -> None:
    page = sign_in(browser, hub, "anna@example.com", acme)
    asked, problems = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))

    page.goto("/api/hub/v1/docs/")
    page.locator("#operations-accounts-accounts_list").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table .response-col_status").last
    answer.wait_for()

    assert answer.inner_text().strip().startswith("200")
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {urlsplit(hub).netloc}
    assert problems == []
    for width in (1400, 800):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
