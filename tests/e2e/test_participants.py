"""A manager imports participants after seeing what that changes, and is asked whether to look two of them up."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from arhub.models import Role, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Participant
from tests.e2e.conftest import sign_in

LINES = "endpoint,name,country\n0184:12345674,Anna A/S,DK\n9930:DE1,Bo GmbH,DE\n0088:5790000435952,Wrong,DK\n"


def test_list_is_imported_and_some_chosen(browser: Browser, hub: str, acme: Tenant, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LINES)
    page = sign_in(browser, hub, "mia@example.com", acme, Role.MANAGER)

    page.get_by_role("link", name="Participants").click()
    page.get_by_role("link", name="Import a list").click()
    page.get_by_label("File").set_input_files(tmp_path / "list.csv")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Expected a GLN of 13 digits with the right check digit")).to_be_visible()
    page.get_by_role("button", name="Import 2 participants").click()
    expect(page.get_by_text("2 added, 0 changed.")).to_be_visible()

    for name in ("Anna A/S", "Bo GmbH"):
        page.get_by_role("row", name=name).get_by_label("Select record").check()
    page.select_option("select[name=action]", label="Look up now")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("button", name="Look up 2 participants")).to_be_visible()
    with scope(acme.pk):
        assert list(Participant.objects.values_list("name", flat=True)) == ["Anna A/S", "Bo GmbH"]
