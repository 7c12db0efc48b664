"""A company whose documents have gone out, and an inbox to which answers come."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from adaptors.domain.customers import rules
from adaptors.domain.transactions import exporting
from adaptors.models import Activation, Transaction
from arhub.domain import outbound_by_hand as by_hand
from arhub.models import Account, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import intake
from connectors.models import Connection, Inbox, InboxFile
from tests.adaptors.conftest import account_of, document_of, rules_of

Send = Callable[..., Transaction]
Come = Callable[..., InboxFile]


@pytest.fixture
def account(
    tenant: Tenant, source: Source, activation: Activation, gateway: Connection, side_joins_default: None
) -> Account:
    """A customer to whom documents go."""
    with scope(tenant.pk):
        return customer(source, activation, gateway, "10042")


def customer(source: Source, activation: Activation, gateway: Connection, number: str, **facts: Any) -> Account:
    found = account_of(source, number, **facts)
    rules.follow(activation)
    rules.activate(activation, rules_of(activation).filter(account=found), format="bis3", destination=gateway)
    own = {"supplier_bank_branch": "0040", "supplier_bank_account": "0440116243"}
    rules.set_own(rules_of(activation).get(account=found), own)
    return found


@pytest.fixture
def send(tenant: Tenant, activation: Activation, account: Account) -> Send:
    """Have an invoice go out, and arrive."""

    def sent(number: str = "10482", to: Account | None = None, **facts: Any) -> Transaction:
        with scope(tenant.pk):
            [row] = exporting.export(activation, [document_of(to or account, number, **facts).pk])
            arrive(row)
            return stored(row)

    return sent


def arrive(row: Transaction) -> None:
    assert row.delivery is not None, row.problems
    assert by_hand.proved(row.delivery.outbound, "It is there.")


def stored(row: Transaction) -> Transaction:
    return Transaction.objects.select_related("delivery__outbound").get(pk=row.pk)


@pytest.fixture
def inbox(tenant: Tenant, source: Source, gateway: Connection) -> Inbox:
    with scope(tenant.pk):
        return Inbox.objects.create(name="Post", connection=gateway, source=source, record_type="account")


@pytest.fixture
def come(tenant: Tenant, inbox: Inbox) -> Come:
    """Have a file come in that its sender brings by itself."""

    def came(content: bytes, name: str = "answer.xml") -> InboxFile:
        with scope(tenant.pk):
            count = InboxFile.objects.count()
            return intake.take_sent(inbox, name, io.BytesIO(content), message_id=f"m{count}")

    return came
