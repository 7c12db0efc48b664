"""A company with documents of every kind: due, exported, on hold, of customers who are not activated, and such that
never go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adaptors.domain.customers import rules
from adaptors.domain.transactions import exporting, manual_search
from adaptors.domain.transactions.manual_search import List, on_list
from adaptors.models import Activation, ManualSearch, Transaction
from arhub.domain import outbound
from arhub.models import Document, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection, Delivery
from tests.adaptors.conftest import account_of, document_of, rules_of

Find = Callable[..., ManualSearch]
OWN = {"supplier_bank_branch": "0040", "supplier_bank_account": "0440116243"}


@pytest.fixture
def books(tenant: Tenant, activation: Activation, source: Source, gateway: Connection) -> dict[str, Document]:
    """By number: 1000 to 1005 of an active customer, 2000 and 2001 of one who is not."""
    with scope(tenant.pk):
        active, other = account_of(source), account_of(source, "10043")
        made = {"1000": document_of(active, "1000", invoice_date=date(2026, 3, 1))}
        rules.follow(activation)
        rules.activate(activation, rules_of(activation).filter(account=active), format="bis3", destination=gateway)
        rules.set_own(rules_of(activation).get(account=active), OWN)
        for number, facts in {
            "1001": {}, "1002": {}, "1003": {"total_amount": Decimal("1250.10")}, "1004": {"is_draft": True},
            "1005": {"is_voided": True},
        }.items():  # fmt: skip
            made[number] = document_of(active, number, **facts)  # type: ignore[arg-type]
        made |= {number: document_of(other, number) for number in ("2000", "2001")}
        exporting.export(activation, [made["1002"].pk, made["1003"].pk])
        return made


@pytest.fixture
def find(tenant: Tenant, activation: Activation, books: dict[str, Document]) -> Find:
    """find("1000-1005") keeps a search by numbers, find(asked={...}) any other."""

    def found(text: str = "", asked: dict[str, Any] | None = None) -> ManualSearch:
        with scope(tenant.pk):
            given = asked or manual_search.by_numbers(activation, text)
            search = manual_search.keep(activation, given)
            search.activation = activation
            return search

    return found


def numbers_on(search: ManualSearch, which: List) -> list[str]:
    with scope(search.tenant_id):
        return sorted(on_list(search, which).values_list("number", flat=True))


def deliver_all() -> None:
    """Let everything reach the folder."""
    while claimed := outbound.claim():
        outbound.deliver(*claimed)


def sent(tenant: Tenant) -> list[tuple[str, int, str]]:
    """(number, again, state) of every transaction."""
    with scope(tenant.pk):
        return list(Transaction.objects.order_by("number", "again").values_list("number", "again", "state"))


def deliveries(tenant: Tenant) -> int:
    with scope(tenant.pk):
        return Delivery.objects.count()
