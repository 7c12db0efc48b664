"""A real hub over the test database: web server and both clusters in processes of their own, and a browser."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright

from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Role, Tenant
from arhub.paths import BASE_DIR

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


@pytest.fixture(scope="session")
def hub_process(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a hub that `manage.py up` serves from the test database. The person it makes on an empty
    database goes with the rows of the first test that uses it."""
    folder, port = tmp_path_factory.mktemp("hub"), _free_port()
    environment = {
        **os.environ, "DATABASE_URL": _url(), "ARHUB_VAR": str(folder / "var"), "PORT": str(port), "DEMO": "0",
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "manage.py", "up"], cwd=BASE_DIR, env=environment, stderr=log)
        try:
            _wait(port, process, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


@pytest.fixture
def hub(transactional_db: None, hub_process: str) -> str:
    return hub_process


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


def _url() -> str:
    where = connection.settings_dict
    secret = f":{quote(str(where['PASSWORD']), safe='')}" if where["PASSWORD"] else ""
    place = f"host={quote(str(where['HOST']), safe='')}&port={where['PORT']}"
    return f"postgresql://{quote(str(where['USER']))}{secret}@/{quote(str(where['NAME']))}?{place}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The hub did not come up: {log.read_text()}")
