"""An administrator gives a program a key and a webhook."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from arhub.models import Role, Tenant
from tests.e2e.conftest import sign_in


def test_key_is_made_used_and_rotated(browser: Browser, hub: str, acme: Tenant) -> None:
    page = sign_in(browser, hub, "ada@example.com", acme, Role.ADMINISTRATOR)
    page.get_by_role("link", name="API keys").click()
    page.get_by_role("link", name="Add API key").click()
    page.fill("input[name=name]", "Web shop")
    page.get_by_label("accounts:read").check()
    page.get_by_role("button", name="Save", exact=True).click()
    key = page.get_by_label("Key", exact=True).input_value()

    accounts = page.request.get("/api/hub/v1/accounts/", headers={"Api-Key": key})
    payments = page.request.get("/api/hub/v1/payments/", headers={"Api-Key": key})
    page.get_by_role("link", name="Back to the list").click()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("link", name="Rotate").click()
    page.get_by_role("button", name="Make new key").click()
    new = page.get_by_label("Key", exact=True).input_value()

    assert (accounts.status, payments.status) == (200, 403)
    assert new != key and page.request.get("/api/hub/v1/accounts/", headers={"Api-Key": new}).status == 200


def test_webhook_is_added_and_tried(browser: Browser, hub: str, acme: Tenant) -> None:
    page = sign_in(browser, hub, "ada@example.com", acme, Role.ADMINISTRATOR)
    page.goto("/arhub/webhookendpoint/add/")
    page.fill("input[name=name]", "Shop")
    page.fill("input[name=url]", "http://127.0.0.1:9/hooks")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Signing key")).to_have_value(re.compile("whsec_.{40,}"))
    page.get_by_role("link", name="Go on to the webhook").click()
    page.get_by_role("link", name="Send a test").click()
    page.get_by_role("button", name="Send test").click()
    expect(page.get_by_role("link", name="webhook.test, Shop")).to_be_visible()

    for _ in range(60):  # the hub's own worker tries it, and may not call a private address
        page.reload()
        if page.get_by_text("may not be called").count():
            break
        page.wait_for_timeout(250)

    expect(page.get_by_text("127.0.0.1 is a loopback address and may not be called")).to_be_visible()
