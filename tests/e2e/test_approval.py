"""A manager changes the IBAN and cannot approve it; another one looks at both, approves, and the invoice goes."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Browser, expect

from adaptors.domain.customers import rules
from adaptors.domain.customers.impact import Proposal, apply, impact
from adaptors.domain.transactions import exporting
from adaptors.models import Activation, ExportRule, Transaction
from arhub.domain.acting import acting
from arhub.domain.tenants import create_tenant
from arhub.models import Membership, Role, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections
from tests.adaptors.conftest import COMPANY, account_of, document_of
from tests.adaptors.four_eyes.conftest import OTHER, PAY
from tests.e2e.conftest import sign_in

APPROVE = re.compile("Approve$")
LOOKS = [(width, scheme) for width in (1400, 800) for scheme in ("light", "dark")]


@pytest.fixture
def company(hub: str) -> Tenant:
    return create_tenant("acme", name="Acme A/S", **COMPANY)


def sends_once(company: Tenant) -> Activation:
    """An adaptor whose customer was sent an invoice with the first IBAN."""
    source = Source.objects.select_related("ledger").get(kind=Source.Kind.UPLOAD)
    made = Activation.objects.create(
        adaptor="file_invoices", name="Export", source=source, format="json", is_on=True, supplier=PAY,
        destination=connections.create("folder", name="Share", values={}), dated_from=date(2026, 1, 1),
        document_types=["invoice"],
    )  # fmt: skip
    account = account_of(source)
    rules.follow(made)
    rules.activate(made, ExportRule.objects.filter(activation=made), format="", destination=None)
    [row] = exporting.export(made, [document_of(account, "10481").pk])
    assert row.state == Transaction.State.SENDING, row.problems
    return made


def changes_the_iban(made: Activation, who: Membership) -> None:
    with acting(who):
        apply(made, Proposal(OTHER), impact(made, Proposal(OTHER)).digest)
    made.refresh_from_db()
    account = ExportRule.objects.get(activation=made).account
    exporting.export(made, [document_of(account, "10482").pk])


def test_a_second_person_approves_a_changed_iban(browser: Browser, hub: str, company: Tenant) -> None:
    ada = sign_in(browser, hub, "ada@example.com", company, Role.ADMINISTRATOR)
    ada.get_by_role("link", name="Approval policy").click()
    ada.get_by_label("Bank details").check()
    ada.get_by_label("First export above an amount").check()
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_text("Expected the amount above which")).to_be_visible()
    ada.get_by_label(re.compile("First export above \\(")).fill("10000")
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_text("The policy was changed.")).to_be_visible()

    mia = sign_in(browser, hub, "mia@example.com", company, Role.MANAGER)
    with scope(company.pk):
        made = sends_once(company)
        changes_the_iban(made, Membership.objects.get(user__email="mia@example.com"))
        held = Transaction.objects.get(number="10482")
        assert held.state == Transaction.State.HELD
    mia.get_by_role("link", name="Approvals").click()
    mia.get_by_role("link", name="Bank details on documents of Export").click()
    expect(mia.get_by_text("You have put it there yourself (IBAN)")).to_be_visible()
    expect(mia.get_by_role("link", name=APPROVE)).to_have_count(0)

    ole = sign_in(browser, hub, "ole@example.com", company, Role.MANAGER)
    ole.get_by_role("link", name="Look at it").click()
    expect(ole.get_by_role("heading", name="Bank details on documents of Export").last).to_be_visible()
    expect(ole.locator("del")).to_have_text(PAY["supplier_iban"])
    expect(ole.locator("ins")).to_have_text(OTHER["supplier_iban"])
    for width, scheme in LOOKS:
        ole.set_viewport_size({"width": width, "height": 900})
        ole.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", scheme == "dark")
        assert ole.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ole.set_viewport_size({"width": 1400, "height": 900})
    ole.get_by_role("link", name=APPROVE).first.click()
    ole.get_by_role("button", name="Approve", exact=True).click()
    expect(ole.get_by_text("Approved. What waited for it is sent.")).to_be_visible()
    with scope(company.pk):
        exporting.retry(Transaction.objects.get(number="10482"))
        assert Transaction.objects.get(number="10482").state in (Transaction.State.SENDING, Transaction.State.DELIVERED)
