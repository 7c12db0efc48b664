"""A document goes out, and the answer of the customer's server is lost: a clerk finds out, and says that it arrived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db.models import QuerySet
from playwright.sync_api import Browser, Page, expect

from adaptors.domain import activations
from adaptors.domain.customers import rules
from adaptors.models import Activation, ExportRule, Transaction
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Role, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.simulators.http_receiver.simulator import HttpReceiver
from connectors.simulators.server import RunningSimulator
from tests.adaptors.conftest import COMPANY, account_of, document_of
from tests.e2e.conftest import sign_in
from tests.hub import ALLOWED

State = Transaction.State


@pytest.fixture
def receiver() -> Iterator[RunningSimulator]:
    with RunningSimulator(HttpReceiver(), host=ALLOWED) as running:
        yield running


@pytest.fixture
def company(hub: str) -> Tenant:
    return create_tenant("acme", name="Acme A/S", **COMPANY)


def activation_to(receiver: RunningSimulator) -> Activation:
    """One that sends JSON to the receiver for one customer."""
    source = Source.objects.select_related("ledger").get(kind=Source.Kind.UPLOAD)
    gateway = connections.create("http", name="Nordic's server", values={"url": f"{receiver.url}/in"})
    activation = Activation.objects.create(
        adaptor="file_invoices", name="Export", source=source, destination=gateway, format="json", is_on=True,
        dated_from=date(2026, 1, 1), document_types=["invoice"],
    )  # fmt: skip
    account_of(source, name="Nordic Pumps A/S")
    rules.follow(activation)
    rows: QuerySet[ExportRule] = ExportRule.objects.filter(activation=activation)
    rules.activate(activation, rows, format="json", destination=gateway)
    return activation


def wait_for(page: Page, text: str) -> None:
    """The worker brings it there while the page is loaded anew."""
    for _ in range(60):
        if page.get_by_text(text, exact=True).first.is_visible():
            return
        page.wait_for_timeout(500)
        page.reload()
    pytest.fail(f"{text} was not there in half a minute.")


def test_uncertain_transaction_is_resolved_by_a_person(
    browser: Browser, hub: str, company: Tenant, receiver: RunningSimulator
) -> None:
    page = sign_in(browser, hub, "mia@example.com", company, Role.CLERK)
    receiver.misbehave("drop")
    with scope(company.pk):
        activation = activation_to(receiver)
        document_of(Account.objects.get(), "INV-4711")
        activations.run_now(activation, None)
    page.goto("/adaptors/transaction/?show=uncertain")
    wait_for(page, "INV-4711")
    page.get_by_role("link", name="INV-4711").click()

    expect(page.get_by_text("no answer said whether it was taken")).to_be_visible()
    page.get_by_label("Find in the document").fill("inv-4711")
    expect(page.locator("[data-find-count]")).to_have_text("1 of 1")
    opener, dialog = page.get_by_role("link", name="It arrived"), page.get_by_role("dialog", name="It arrived")
    opener.press("Enter")
    expect(dialog.locator(":focus")).to_have_count(1)
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(dialog.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    opener.click()
    expect(dialog.get_by_text("You have seen it there")).to_be_visible()
    page.get_by_role("button", name="It arrived").click()

    expect(page.get_by_text("It arrived: done. It is delivered.")).to_be_visible()
    expect(page.get_by_text("Seen to have arrived.")).to_be_visible()
    with scope(company.pk):
        assert Transaction.objects.get().state == State.DELIVERED
    assert len(receiver.simulator.kept) == 1  # type: ignore[attr-defined]
