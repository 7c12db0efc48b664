"""Ageing: buckets that add up to the balance, per account and currency."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arhub.domain import ageing
from arhub.models import Account, Document, Ledger, Payment, Tenant
from arhub.tenancy.scope import scope

TODAY = date(2026, 6, 15)
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
AMOUNTS = st.decimals(min_value=-1000, max_value=100_000, places=2)
DAYS = st.none() | st.integers(-120, 120).map(lambda days: TODAY + timedelta(days=days))


@pytest.fixture
def tenant(tenants: tuple[Tenant, Tenant, Tenant]) -> Tenant:
    return tenants[0]


def account_of(tenant: Tenant, key: str = "A", kind: str | None = "customer", currency: str = "EUR") -> Account:
    with scope(tenant.pk):
        ledger, _ = Ledger.objects.get_or_create(name="Main", is_default=True)
        return Account.objects.create(ledger=ledger, erp_key=key, number=key, name=key, kind=kind, currency=currency)


def add(account: Account, amount: Any, due: date | None = None, **facts: Any) -> None:
    facts = {"document_type": "invoice", "currency": "EUR", **facts}
    with scope(account.tenant_id):
        key = str(Document.objects.count())
        Document.objects.create(ledger=account.ledger, account=account, erp_key=key, number=key, due_date=due,
                                outstanding_amount=amount, **facts)  # fmt: skip


def pay(account: Account, open_amount: Any, **facts: Any) -> None:
    with scope(account.tenant_id):
        key = str(Payment.objects.count())
        facts = {"currency": "EUR", "amount": open_amount, **facts}
        Payment.objects.create(ledger=account.ledger, account=account, erp_key=key, number=key, open_amount=open_amount,
                               **facts)  # fmt: skip


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("late", "bucket"),
    [(-1, "not_due"), (0, "not_due"), (1, "days_1_30"), (30, "days_1_30"), (31, "days_31_60"), (60, "days_31_60"),
     (61, "days_61_90"), (90, "days_61_90"), (91, "over_90"), (4000, "over_90")],
)  # fmt: skip
def test_bucket_by_days_since_due(tenant: Tenant, late: int, bucket: str) -> None:
    add(account_of(tenant), 10, TODAY - timedelta(days=late))

    with scope(tenant.pk):
        (row,) = ageing.totals(tenant)

    assert {name: getattr(row, name) for name, _ in ageing.BUCKETS if getattr(row, name)} == {bucket: Decimal(10)}


@time_machine.travel(NOON, tick=False)
def test_document_date_stands_in_and_no_date_is_not_due(tenant: Tenant) -> None:
    account = account_of(tenant)
    add(account, 10, invoice_date=TODAY - timedelta(days=45))
    add(account, 5)

    with scope(tenant.pk):
        (row,) = ageing.totals(tenant)

    assert (row.days_31_60, row.not_due) == (Decimal(10), Decimal(5))


@time_machine.travel(datetime(2026, 6, 15, 23, 30, tzinfo=UTC), tick=False)
@pytest.mark.parametrize(("zone", "bucket"), [("UTC", "not_due"), ("Europe/Copenhagen", "days_1_30")])
def test_the_tenants_time_zone_decides_what_day_it_is(tenant: Tenant, zone: str, bucket: str) -> None:
    tenant.time_zone = zone
    add(account_of(tenant), 10, TODAY)

    with scope(tenant.pk):
        (row,) = ageing.totals(tenant)

    assert row.oldest == bucket


def test_what_does_not_count(tenant: Tenant) -> None:
    account = account_of(tenant)
    add(account, 1, is_voided=True)
    add(account, 1, is_draft=True)
    add(account, 1, direction="payable")
    add(account, None)
    pay(account, 1, is_voided=True)
    pay(account, 1, direction="payable")
    for kind in ("vendor", "own"):
        add(account_of(tenant, kind, kind), 1)

    with scope(tenant.pk):
        assert ageing.totals(tenant) == []
        assert ageing.by_account(tenant, list(Account.objects.values_list("pk", flat=True))) == {}


def test_another_tenants_money_does_not_count(tenants: tuple[Tenant, Tenant, Tenant]) -> None:
    acting, hidden, _ = tenants
    stranger = account_of(hidden)
    add(stranger, 999)

    with scope(acting.pk):
        assert ageing.totals(acting) == []
        assert ageing.by_account(acting, [stranger.pk]) == {}
        assert ageing.totals(hidden) == []


def test_currencies_stay_apart_and_default_to_the_accounts(tenant: Tenant) -> None:
    account = account_of(tenant, currency="DKK")
    add(account, 10, currency="USD")
    add(account, 7, currency=None)
    pay(account, 3)

    with scope(tenant.pk):
        rows = ageing.by_account(tenant, [account.pk])[account.pk]

    assert [(row.currency, row.balance) for row in rows] == [("DKK", 7), ("EUR", -3), ("USD", 10)]


def test_one_query_for_any_number_of_accounts(tenant: Tenant) -> None:
    accounts = [account_of(tenant, str(number)) for number in range(3)]
    for account in accounts:
        add(account, 10)

    with scope(tenant.pk), CaptureQueriesContext(connection) as queries:
        found = ageing.by_account(tenant, [account.pk for account in accounts])

    assert len(queries) == 1
    assert set(found) == {account.pk for account in accounts}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    documents=st.lists(
        st.tuples(AMOUNTS, DAYS, st.sampled_from(["invoice", "debit_memo", "credit_memo"]), st.sampled_from("AB"),
                  st.sampled_from(["EUR", "USD"])), max_size=8),
    payments=st.lists(st.tuples(AMOUNTS, st.sampled_from("AB")), max_size=4),
)  # fmt: skip
def test_buckets_add_up(tenant: Tenant, documents: list[Any], payments: list[Any]) -> None:
    with transaction.atomic():
        accounts = {key: account_of(tenant, key) for key in "AB"}
        for amount, due, kind, key, currency in documents:
            add(accounts[key], amount, due, document_type=kind, currency=currency)
        for amount, key in payments:
            pay(accounts[key], amount)
        with scope(tenant.pk):
            totals = {row.currency: row for row in ageing.totals(tenant)}
            each = ageing.by_account(tenant, [account.pk for account in accounts.values()])
        transaction.set_rollback(True)

    for currency in ("EUR", "USD"):
        signed = [
            -amount if kind == "credit_memo" else amount for amount, _, kind, _, given in documents if given == currency
        ]
        paid = [amount for amount, _ in payments] if currency == "EUR" else []
        row = totals.get(currency, ageing.Ageing(None, currency))
        assert row.outstanding == sum(signed)
        assert row.balance == sum(signed) - sum(paid)
        assert row.balance == sum(getattr(row, name) for name in ageing.AMOUNTS)
        parts = [part for rows in each.values() for part in rows if part.currency == currency]
        assert sum(part.balance for part in parts) == row.balance
