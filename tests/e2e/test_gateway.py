"""A manager connects an SFTP server: trusts its host key, sends a file, and has files fetched from there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from arhub.models import Account, Role, Tenant
from arhub.tenancy.scope import scope
from tests.e2e.conftest import sign_in
from tests.hub import ALLOWED
from tests.servers.sshd import Sshd, sshd


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with sshd(tmp_path) as running:
        yield running


def add(page: Page, server: Sshd) -> None:
    page.get_by_role("link", name="Connections").click()
    page.get_by_role("link", name="Add connection").first.click()
    page.get_by_role("link", name="SFTP").click()
    page.fill("input[name=name]", "Partner")
    page.fill("input[name=setting-host]", ALLOWED)
    page.fill("input[name=setting-port]", str(server.port))
    page.fill("input[name=setting-user]", server.user)
    page.fill("[name=setting-private_key]", server.private_key)
    page.fill("input[name=setting-folder]", "{document_type}s")
    expect(page.get_by_text("For example: invoices")).to_be_visible()
    page.fill("input[name=setting-folder]", "out")
    page.get_by_role("button", name="Save", exact=True).click()


def trust(page: Page) -> None:
    """The host key is shown with its fingerprint, and nothing goes on before somebody has seen it."""
    steps = page.get_by_role("list", name="Steps of the test").get_by_role("listitem")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("SHA256:").first).to_be_visible()
    page.get_by_role("button", name="It is the right one: trust it").click()
    expect(page.locator("[data-health]").get_by_text("Working")).to_be_visible()
    expect(page.locator("[data-steps] .ar-wrong")).to_have_count(0)
    expect(steps.first).to_have_class("ar-good")


def send_a_file(page: Page) -> None:
    page.get_by_role("link", name="Send a file").click()
    page.get_by_role("button", name="Choose a file").click()
    page.set_input_files("input[name=file]", {"name": "INV-1.xml", "mimeType": "application/xml", "buffer": b"<a/>"})
    page.get_by_role("button", name="Send file").click()
    expect(page.get_by_text("INV-1.xml is on its way.")).to_be_visible()
    for _ in range(60):
        if page.get_by_text("Delivered", exact=True).first.is_visible():
            return
        page.wait_for_timeout(500)
        page.reload()
    pytest.fail("The file was not delivered in half a minute.")


def add_inbox(page: Page) -> None:
    page.get_by_role("link", name="Inboxes").first.click()
    page.get_by_role("link", name="Add inbox").first.click()
    page.fill("input[name=name]", "Customers")
    page.select_option("select[name=connection]", label="Partner")
    page.fill("input[name=folder]", "in")
    page.fill("input[name=settle_seconds]", "0")
    page.select_option("select[name=source]", index=1)
    page.select_option("select[name=record_type]", "account")
    page.get_by_role("button", name="Save", exact=True).click()


def test_files_go_to_an_sftp_server_and_come_from_there(browser: Browser, hub: str, acme: Tenant, server: Sshd) -> None:
    (server.files / "in").mkdir()
    (server.files / "in" / "kunder.csv").write_text("Customer Number,Customer Name\nC-1,Kunde 1\n")
    page = sign_in(browser, hub, "mia@example.com", acme, Role.MANAGER)
    add(page, server)
    trust(page)
    assert server.private_key.splitlines()[1] not in page.content()
    send_a_file(page)
    assert (server.files / "out" / "INV-1.xml").read_bytes() == b"<a/>"

    add_inbox(page)
    page.get_by_role("link", name="Fetch now").click()
    page.get_by_role("button", name="Fetch now").click()
    expect(page.get_by_text("Succeeded")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Ingestion", exact=False).last.click()
    expect(page.get_by_text("Committed").first).to_be_visible(timeout=60_000)
    with scope(acme.pk):
        assert Account.objects.get().name == "Kunde 1"
