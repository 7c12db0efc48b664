"""A manager shares an adaptor and its rules with one colleague, who uses them; another finds nothing of them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from adaptors.models import Activation
from arhub.models import Role, Source, Tenant, User
from arhub.tenancy.scope import scope
from tests.adaptors.conftest import account_of
from tests.adaptors.world import connection, rule
from tests.e2e.conftest import sign_in

NAME = "Invoices to the public sector"


@pytest.fixture
def activation(acme: Tenant) -> Activation:
    """With one customer, and shared with all as everything is at first."""
    with scope(acme.pk):
        source = Source.objects.select_related("ledger").get(kind=Source.Kind.UPLOAD)
        made = Activation.objects.create(
            adaptor="file_invoices", name=NAME, source=source, destination=connection("folder", "Outgoing"),
            format="bis3", document_types=["invoice"],
        )  # fmt: skip
        rule(made, account_of(source))
    return made


def share_with(page: Page, activation: Activation, person: str) -> None:
    page.goto(f"/adaptors/activation/{activation.pk}/change/?tab=sharing")
    page.get_by_label("Chosen groups or users").check()
    page.get_by_role("button", name="Save sharing").click()
    expect(page.get_by_text("is shared as chosen.")).to_be_visible()
    page.get_by_label("Let", exact=True).select_option(label=person)
    page.get_by_label("do", exact=True).select_option("operate")
    page.get_by_role("button", name="Add", exact=True).click()
    row = page.get_by_role("row", name=person)
    expect(row).to_contain_text("Operate")


def test_adaptor_and_its_rules_are_shared_with_one_and_refused_to_another(
    browser: Browser, hub: str, acme: Tenant, activation: Activation
) -> None:
    colleague = sign_in(browser, hub, "berit@example.com", acme, Role.MANAGER)
    other = sign_in(browser, hub, "claus@example.com", acme, Role.MANAGER)
    manager = sign_in(browser, hub, "ana@example.com", acme, Role.MANAGER)
    with scope(acme.pk):
        Activation.objects.update(owner=User.objects.get(email="ana@example.com"))
    rules = f"/adaptors/activation/{activation.pk}/rules/"

    share_with(manager, activation, "Berit")

    colleague.goto("/adaptors/activation/")
    expect(colleague.get_by_role("row", name=NAME)).to_contain_text("Chosen groups or users")
    colleague.goto(rules)
    expect(colleague.get_by_role("link", name="Settings of Customer 10042")).to_be_visible()
    expect(colleague.get_by_role("link", name="Deactivate Customer 10042")).to_have_count(0)
    other.goto("/adaptors/activation/")
    expect(other.get_by_text("Nothing is activated yet")).to_be_visible()
    answer = other.goto(rules)
    assert answer is not None and answer.status == 404
    assert other.get_by_text(NAME).count() == 0
