"""A company with people, whose customer was sent something before: from there on everything waits that changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest

from adaptors.domain.approvals.asking import KINDS
from adaptors.domain.customers import rules
from adaptors.domain.transactions import exporting
from adaptors.models import Activation, ExportRule, Transaction
from arhub.domain import approvals
from arhub.domain.acting import acting
from arhub.domain.tenants import add_member
from arhub.models import Account, Approval, ApprovalPolicy, Document, Membership, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.models import Connection
from tests.adaptors.conftest import account_of, document_of, rules_of

PAY = {"supplier_iban": "DK5000400440116243"}
OTHER = {"supplier_iban": "DE89370400440532013000"}


@pytest.fixture(autouse=True)
def inside(tenant: Tenant, side_joins_default: None) -> Iterator[None]:
    with scope(tenant.pk):
        yield


def person(tenant: Tenant, name: str, role: str = "manager") -> Membership:
    user = add_member(f"{name.lower()}@acme.example", tenant, role, name=name)
    return Membership.objects.select_related("user").get(user=user, tenant=tenant)


@pytest.fixture
def mia(tenant: Tenant) -> Membership:
    return person(tenant, "Mia")


@pytest.fixture
def ole(tenant: Tenant) -> Membership:
    return person(tenant, "Ole")


@pytest.fixture
def account(activation: Activation, source: Source) -> Account:
    """A customer who is active with the gateway of all, has been sent one document, and waits for nothing."""
    found = account_of(source, ap_email="faktura@kunde.example")
    Activation.objects.filter(pk=activation.pk).update(format="json", supplier=PAY)
    activation.refresh_from_db()
    rules.follow(activation)
    rules.activate(activation, rules_of(activation), format="", destination=None)
    return found


@pytest.fixture
def sent(activation: Activation, account: Account) -> Transaction:
    [row] = export(activation, document_of(account, "1"))
    assert row.state == Transaction.State.SENDING, row.problems
    return row


@pytest.fixture
def policy() -> ApprovalPolicy:
    return ApprovalPolicy.objects.create(kinds=list(KINDS), amount=Decimal(10_000))


def export(activation: Activation, *documents: Document, **given: Any) -> list[Transaction]:
    return exporting.export(activation, [one.pk for one in documents], **given)


def set_own(rule: ExportRule, values: dict[str, str], who: Membership | None = None, **columns: Any) -> None:
    with acting(who):
        rules.set_own(rule, values, **columns)


def asked() -> list[tuple[str, str]]:
    return list(Approval.objects.order_by("pk").values_list("kind", "state"))


def only() -> Approval:
    return Approval.objects.get(state=Approval.State.PENDING)


def changes(approval: Approval) -> list[tuple[str, str, str]]:
    return [(one["label"], one["before"], one["after"]) for one in approval.details if one["before"] != one["after"]]


def approve(who: Membership, approval: Approval | None = None) -> Approval:
    return approvals.decide(approval or only(), who, approves=True)


def states() -> dict[str, str]:
    return dict(Transaction.objects.order_by("pk").values_list("number", "state"))


def retried(rows: Sequence[Transaction] | None = None) -> dict[str, str]:
    for row in rows or Transaction.objects.filter(state=Transaction.State.HELD).order_by("pk"):
        exporting.retry(row)
    return states()


def other_gateway(name: str = "Other share") -> Connection:

    return connections.create("folder", name=name, values={})
