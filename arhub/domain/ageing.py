"""How old the open money is: per account and currency, in buckets that add up to the balance.

The one place that ages. A receivable document is as old as its due date, else its own date, in the tenant's time
zone; without either it is not due. Voided documents and drafts do not count. Credit memos and unapplied payments
are no older than today: they are buckets of their own, with negative amounts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connections

from arhub.domain.receivables import OTHER_KINDS, today_of
from arhub.models import Tenant

ZERO = Decimal(0)
BUCKETS = (
    ("not_due", "Not due"),
    ("days_1_30", "1-30"),
    ("days_31_60", "31-60"),
    ("days_61_90", "61-90"),
    ("over_90", "Over 90"),
)
"""Attribute → what people call it, youngest first."""


@dataclass(frozen=True, slots=True)
class Ageing:
    """Open money in one currency, of one account or (`account_id` None) of all of them."""

    account_id: int | None
    currency: str
    not_due: Decimal = ZERO
    days_1_30: Decimal = ZERO
    days_31_60: Decimal = ZERO
    days_61_90: Decimal = ZERO
    over_90: Decimal = ZERO
    unapplied_credits: Decimal = ZERO
    unapplied_payments: Decimal = ZERO

    @property
    def invoiced(self) -> Decimal:
        """What is open on invoices and debit memos."""
        return self.not_due + self.overdue

    @property
    def overdue(self) -> Decimal:
        return self.days_1_30 + self.days_31_60 + self.days_61_90 + self.over_90

    @property
    def outstanding(self) -> Decimal:
        """What is open on documents: invoices less credit memos."""
        return self.invoiced + self.unapplied_credits

    @property
    def balance(self) -> Decimal:
        """What the account owes when everything unapplied is counted against it."""
        return self.outstanding + self.unapplied_payments

    @property
    def oldest(self) -> str | None:
        """The attribute of the oldest bucket with money in it."""
        return next((name for name, _ in reversed(BUCKETS) if getattr(self, name)), None)

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in AMOUNTS)


AMOUNTS = tuple(field.name for field in fields(Ageing) if field.name not in ("account_id", "currency"))


def added(row: Ageing, more: Ageing) -> Ageing:
    """`row` with the amounts of `more` on top."""
    return replace(row, **{name: getattr(row, name) + getattr(more, name) for name in AMOUNTS})


def difference(row: Ageing, less: Ageing) -> Ageing:
    """`row` without the amounts of `less`."""
    return replace(row, **{name: getattr(row, name) - getattr(less, name) for name in AMOUNTS})


def by_account(tenant: Tenant, account_ids: Collection[int], using: str = "default") -> dict[int, list[Ageing]]:
    """The ageing of each of these accounts, by currency. One query; an account without open money is left out."""
    found: dict[int, list[Ageing]] = defaultdict(list)
    if account_ids:
        for row in _rows(tenant, today_of(tenant), list(account_ids), using):
            if not row.is_empty:
                found[row.account_id or 0].append(row)
    return dict(found)


def totals(tenant: Tenant) -> list[Ageing]:
    """The ageing of all accounts together, one per currency, the largest balance first. One query."""
    rows = [replace(row, account_id=None) for row in _rows(tenant, today_of(tenant), None)]
    return sorted((row for row in rows if not row.is_empty), key=lambda row: (-abs(row.balance), row.currency))


def _rows(tenant: Tenant, today: date, account_ids: list[int] | None, using: str = "default") -> Iterator[Ageing]:
    only = "" if account_ids is None else "and {0}.account_id = any(%(accounts)s)"
    sql = _SQL.format(
        account="null::bigint" if account_ids is None else "x.account_id",
        amounts=", ".join(f"coalesce(sum(x.{name}), 0)" for name in AMOUNTS),
        documents=only.format("d"),
        payments=only.format("p"),
    )
    values: dict[str, Any] = {
        "tenant": tenant.pk,
        "today": today,
        "accounts": account_ids,
        "currency": tenant.currency,
        "other_kinds": list(OTHER_KINDS),
    }
    with connections[using].cursor() as cursor:
        cursor.execute(sql, values)
        for account, currency, *amounts in cursor.fetchall():
            yield Ageing(account, currency, *amounts)


# Days are positive once the date has passed. Money without a currency is in its account's, else the tenant's.
# Summed before it is joined: right after a first load the database has no idea how many rows there are.
_SQL = """
with x as materialized (
    select account_id, currency,
        sum(amount) filter (where what = 'document' and days <= 0) as not_due,
        sum(amount) filter (where what = 'document' and days between 1 and 30) as days_1_30,
        sum(amount) filter (where what = 'document' and days between 31 and 60) as days_31_60,
        sum(amount) filter (where what = 'document' and days between 61 and 90) as days_61_90,
        sum(amount) filter (where what = 'document' and days > 90) as over_90,
        sum(-amount) filter (where what = 'credit') as unapplied_credits,
        sum(-amount) filter (where what = 'payment') as unapplied_payments
    from (
        select d.account_id, d.currency, d.outstanding_amount as amount,
            case d.document_type when 'credit_memo' then 'credit' else 'document' end as what,
            coalesce(%(today)s::date - coalesce(d.due_date, d.invoice_date), 0) as days
        from arhub_document d
        where d.tenant_id = %(tenant)s and d.direction = 'receivable' and d.outstanding_amount <> 0
            and d.is_voided is not true and d.is_draft is not true {documents}
        union all
        select p.account_id, p.currency, p.open_amount, 'payment', 0
        from arhub_payment p
        where p.tenant_id = %(tenant)s and p.direction = 'receivable' and p.open_amount <> 0
            and p.is_voided is not true {payments}
    ) open_money
    group by account_id, currency
)
select {account} as account_id, coalesce(x.currency, a.currency, %(currency)s) as currency, {amounts}
from x join arhub_account a on a.tenant_id = %(tenant)s and a.id = x.account_id
where a.kind is null or a.kind <> all(%(other_kinds)s)
group by 1, 2
order by 1, 2
"""
