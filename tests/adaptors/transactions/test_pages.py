"""Transactions: what was made of each document, why it is held, its files."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from adaptors.domain.customers import rules
from adaptors.domain.transactions import exporting
from adaptors.models import Activation, Transaction
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Account, Document, Role, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.conftest import account_of, document_of, rules_of

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def account(tenant: Tenant, activation: Activation, source: Source, gateway: Connection) -> Account:
    with scope(tenant.pk):
        found = account_of(source)
        rules.follow(activation)
        rules.activate(activation, rules_of(activation), format="bis3", destination=gateway)
        own = {"supplier_bank_branch": "0040", "supplier_bank_account": "0440116243"}
        rules.set_own(rules_of(activation).get(), own)
        return found


def exported(tenant: Tenant, activation: Activation, account: Account, **facts: object) -> Transaction:
    with scope(tenant.pk):
        [row] = exporting.export(activation, [document_of(account, **facts).pk])  # type: ignore[arg-type]
        return row


def signed_in(tenant: Tenant, role: Role) -> Client:
    client = Client()
    client.force_login(add_member(f"{role}@example.com", tenant, role), backend=BACKEND)
    return client


def test_page_shows_document_rules_and_files(tenant: Tenant, activation: Activation, account: Account) -> None:
    row = exported(tenant, activation, account)
    client = signed_in(tenant, Role.VIEWER)
    text = client.get(f"/adaptors/transaction/{row.pk}/change/").content.decode()
    for wanted in ("10482 to Customer 10042", "&lt;cbc:ID&gt;10482&lt;/cbc:ID&gt;", "EN 16931", row.sha256):
        assert wanted in text
    file = b"".join(client.get(f"/adaptors/transaction/{row.pk}/file/").streaming_content)  # type: ignore[arg-type]
    assert (len(file), file[:5]) == (row.size, b"<?xml")
    page = b"".join(client.get(f"/adaptors/transaction/{row.pk}/page/").streaming_content)  # type: ignore[arg-type]
    assert page.startswith(b"%PDF")
    with scope(tenant.pk):
        Document.objects.filter(pk=row.document_id).update(customer_order_number="PO-2")
    answer = client.get(f"/adaptors/transaction/{row.pk}/page/", follow=True)
    assert "changed since" in answer.content.decode()


def test_a_held_one_says_where_to_mend_it_and_is_tried_again(
    tenant: Tenant, activation: Activation, account: Account
) -> None:
    row = exported(tenant, activation, account, total_amount=Decimal("1250.10"))
    client = signed_in(tenant, Role.CLERK)
    text = client.get(f"/adaptors/transaction/{row.pk}/change/").content.decode()
    assert "0.10 differ" in text and "total amount" in text and "Nothing was sent" in text
    assert "On hold" in client.get("/adaptors/transaction/?show=held").content.decode()
    with scope(tenant.pk):
        Document.objects.filter(pk=row.document_id).update(total_amount=Decimal(1250))
    client.post(f"/adaptors/transaction/{row.pk}/act/try_again/")
    with scope(tenant.pk):
        assert Transaction.objects.get().state == Transaction.State.SENDING


def test_document_to_read_has_units_as_people_write_them(
    tenant: Tenant, activation: Activation, account: Account
) -> None:
    row = exported(tenant, activation, account)

    page = signed_in(tenant, Role.CLERK).get(f"/adaptors/transaction/{row.pk}/change/").content.decode()

    assert '<td class="ar-num">2 pcs</td>' in page


def test_others_see_nothing(tenant: Tenant, activation: Activation, account: Account) -> None:
    row = exported(tenant, activation, account)
    client = signed_in(create_tenant("other", name="Other"), Role.ADMINISTRATOR)
    assert client.get(f"/adaptors/transaction/{row.pk}/file/").status_code == 404
    assert client.get(f"/adaptors/transaction/{row.pk}/page/").status_code == 404
    assert b"10482" not in client.get("/adaptors/transaction/").content


def test_what_is_held_is_tried_again_only_while_it_is_on(
    tenant: Tenant, activation: Activation, account: Account
) -> None:
    row = exported(tenant, activation, account, total_amount=Decimal("1250.10"))
    with scope(tenant.pk):
        Activation.objects.filter(pk=activation.pk).update(is_on=False)
        Document.objects.filter(pk=row.document_id).update(total_amount=Decimal(1250))
    client = signed_in(tenant, Role.CLERK)

    client.post(f"/adaptors/transaction/{row.pk}/act/try_again/")

    with scope(tenant.pk):
        assert Transaction.objects.get().state == Transaction.State.HELD


def test_address_with_a_digit_that_is_no_number_leads_nowhere(
    tenant: Tenant, activation: Activation, account: Account
) -> None:
    client = signed_in(tenant, Role.CLERK)
    assert client.get("/adaptors/transaction/²/change/").status_code == 404
    assert client.post("/adaptors/transaction/²/act/try_again/").status_code == 302
