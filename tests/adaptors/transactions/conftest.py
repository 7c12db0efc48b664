"""An activation that exports to a folder, and transactions in any state, without a gateway at work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from adaptors.domain.customers import rules
from adaptors.domain.transactions import exporting
from adaptors.models import Activation, Transaction
from arhub.domain.tenants import add_member
from arhub.models import Account, Attempt, Outbound, Role, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.conftest import account_of, document_of, rules_of
from tests.adaptors.world import document, transaction

BACKEND = "django.contrib.auth.backends.ModelBackend"
LIST = "/adaptors/transaction/"
Made = Callable[..., Transaction]


def signed_in(tenant: Tenant, role: Role = Role.CLERK) -> Client:
    client = Client()
    client.force_login(add_member(f"{role}@{tenant.slug}.example.com", tenant, role), backend=BACKEND)
    return client


@pytest.fixture
def client(tenant: Tenant) -> Client:
    return signed_in(tenant)


@pytest.fixture
def account(tenant: Tenant, activation: Activation, source: Source, gateway: Connection) -> Account:
    with scope(tenant.pk):
        found = account_of(source)
        rules.follow(activation)
        rules.activate(activation, rules_of(activation), format="bis3", destination=gateway)
        own = {"supplier_bank_branch": "0040", "supplier_bank_account": "0440116243"}
        rules.set_own(rules_of(activation).get(), own)
        return found


@pytest.fixture
def make(tenant: Tenant, activation: Activation, account: Account, gateway: Connection) -> Made:
    """Makes a transaction by its fields, of a document of its own."""

    def made(number: str, **fields: Any) -> Transaction:
        with scope(tenant.pk):
            given = {"connection": gateway, "receiver": "Customer", "sender": "Acme", "state": "delivered", **fields}
            return transaction(activation, document(account, number), **given)

    return made


@pytest.fixture
def export(tenant: Tenant, activation: Activation, account: Account) -> Made:
    """Makes a transaction as a run does: rendered, checked, and handed to the folder, which nobody brings it to."""

    def exported(number: str = "10482", **facts: Any) -> Transaction:
        with scope(tenant.pk):
            [row] = exporting.export(activation, [document_of(account, number, **facts).pk])
            return row

    return exported


def settle(row: Transaction, state: str, answer: str, outcome: str = "", **fields: Any) -> Transaction:
    """Have a delivery come to a state as the worker does, and the transaction follow it."""
    from adaptors.domain.transactions.ladder import followed

    with scope(row.tenant_id):
        assert row.delivery is not None
        key = row.delivery.outbound_id
        if outcome:
            Attempt.objects.create(outbound_id=key, outcome=outcome, text=answer, excerpt="<raw/>", duration_ms=12)
        Outbound.objects.filter(pk=key).update(state=state, answer=answer, **fields)
        followed([row.delivery.pk])
        return Transaction.objects.select_related("delivery__outbound", "activation").get(pk=row.pk)
