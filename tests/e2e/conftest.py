"""A browser before a real hub."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Browser, Page, sync_playwright

from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Role, Tenant

PASSWORD = "a long enough one 7"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session", autouse=True)
def allow_orm_beside_playwright() -> Iterator[None]:
    """Playwright runs an event loop in this thread, and Django refuses its synchronous calls beside one."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        message = "Chromium is missing: install it for the tests of the screens (apt install chromium)."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        switches = ["--no-sandbox"] if os.geteuid() == 0 else []
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=[*switches, "--disable-gpu", "--disable-sync"])


@pytest.fixture
def acme(hub: str) -> Tenant:
    return create_tenant("acme", name="Acme A/S", currency="DKK")


def sign_in(browser: Browser, hub: str, email: str, tenant: Tenant, role: Role = Role.CLERK) -> Page:
    """A signed-in person's page in a context of its own."""
    user = add_member(email, tenant, role, name=email.split("@")[0].capitalize())
    user.password = make_password(PASSWORD, hasher="pbkdf2_sha256")  # the hub knows no quicker one
    user.save()
    page = browser.new_context(base_url=hub, viewport={"width": 1400, "height": 900}, accept_downloads=True).new_page()
    page.goto("/")
    page.fill("input[name=username]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{hub}/")
    return page


def upload_accounts(page: Page, folder: Path, text: str) -> None:
    """Send a file of accounts and wait for its review."""
    (folder / "kunder.csv").write_text(text)
    page.goto("/ingestion/ingestion/upload/")
    page.set_input_files("input[name=account]", folder / "kunder.csv")
    page.get_by_role("button", name="Review").click()
    page.wait_for_selector("#commit", timeout=30_000)
