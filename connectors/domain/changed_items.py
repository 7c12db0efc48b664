"""Which outstanding amounts differ from what a shop was told last, worked out by the database: a million documents take
no more memory here than ten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection as database

from arhub.domain import receivables
from arhub.models import Outbound
from connectors.erp_cache.writing import Item
from connectors.models import Delivery, ErpCachePublication, PublishedItem

_TABLE = "erp_cache_changed"
_ITEMS, _DELIVERIES, _OUTBOUND = (model._meta.db_table for model in (PublishedItem, Delivery, Outbound))


@dataclass(frozen=True, slots=True)
class Changes:
    """So many numbers whose amount has changed, those settled among them, and so many that several documents share."""

    items: int
    settled: int
    shared: int

    def __bool__(self) -> bool:
        return bool(self.items or self.shared)


def gather(cursor: Any, publication: ErpCachePublication) -> Changes:
    """Put what has changed into a temporary table of this transaction."""
    documents, params = _documents(publication).query.sql_with_params()
    cursor.execute(_FORGET, _place(publication))
    cursor.execute(f"drop table if exists {_TABLE}")
    cursor.execute(_GATHER.format(documents=documents), [*params, *_place(publication)])
    cursor.execute(
        f"select count(*), count(*) filter (where amount = 0), count(*) filter (where is_shared) from {_TABLE}"
    )
    return Changes(*cursor.fetchone())


def shared_numbers(cursor: Any, most: int) -> list[tuple[str, int]]:
    """The first numbers that several documents share, and how many do."""
    cursor.execute(f"select number, documents from {_TABLE} where is_shared order by number limit %s", [most])
    found: list[tuple[str, int]] = cursor.fetchall()
    return found


def changed() -> Iterator[Item]:
    """What was gathered, by number."""
    with database.chunked_cursor() as cursor:
        cursor.execute(f"select number, currency, amount from {_TABLE} order by number")
        for number, currency, amount in cursor:
            yield Item(number, currency, amount)


def remember(cursor: Any, publication: ErpCachePublication, delivery: Delivery) -> None:
    """Note that a delivery tells what was gathered."""
    cursor.execute(_REMEMBER, [*_place(publication), delivery.pk])


def _place(publication: ErpCachePublication) -> list[int | None]:
    return [publication.tenant_id, publication.pk]


def _documents(publication: ErpCachePublication) -> Any:
    """type, number, currency, amount of each document that counts."""
    rows = receivables.documents().filter(receivables.counting(), outstanding_amount__isnull=False, number__gt="")
    if publication.ledger_id:
        rows = rows.filter(ledger=publication.ledger_id)
    return rows.order_by().values_list("document_type", "number", "currency", "outstanding_amount")


_ARRIVED = "o.state = 'delivered' and d.verdict <> 'refused'"
_LOST = "p.delivery_id is null or o.state in ('failed', 'cancelled') or d.verdict = 'refused'"

# What is settled, and was told so, needs no row: it is as if it had never been told of.
_FORGET = f"""
delete from {_ITEMS} p using {_DELIVERIES} d, {_OUTBOUND} o
where p.tenant_id = %s and p.publication_id = %s and p.amount = 0
and d.tenant_id = p.tenant_id and d.id = p.delivery_id and o.tenant_id = d.tenant_id and o.id = d.outbound_id
and {_ARRIVED}
"""

_GATHER = f"""
create temp table {_TABLE} on commit drop as
with document as (
    select number collate "C" as number, min(currency) as currency, count(*) as documents,
        sum(case type when 'credit_memo' then -amount else amount end) as amount,
        count(*) > 1 and bool_or(amount <> 0) as is_shared
    from ({{documents}}) given (type, number, currency, amount) group by 1
), told as (
    select p.number, p.currency, p.amount, {_LOST} as is_lost from {_ITEMS} p
    left join {_DELIVERIES} d on d.tenant_id = p.tenant_id and d.id = p.delivery_id
    left join {_OUTBOUND} o on o.tenant_id = d.tenant_id and o.id = d.outbound_id
    where p.tenant_id = %s and p.publication_id = %s
), now as (
    select coalesce(document.number, told.number) as number,
        coalesce(document.currency, told.currency, '') as currency, coalesce(document.amount, 0) as amount,
        coalesce(document.documents, 0) as documents, coalesce(document.is_shared, false) as is_shared,
        told.number is not null as was_told, coalesce(told.is_lost, false) as is_lost,
        told.amount as told_amount, told.currency as told_currency
    from document full join told on told.number = document.number
)
select number, currency, amount, documents, is_shared from now
where is_shared or is_lost or (not was_told and amount <> 0)
or (was_told and (amount, currency) is distinct from (told_amount, told_currency))
"""

_REMEMBER = f"""
insert into {_ITEMS} (tenant_id, publication_id, number, currency, amount, delivery_id)
select %s, %s, number, currency, amount, %s from {_TABLE}
on conflict (tenant_id, publication_id, number)
do update set currency = excluded.currency, amount = excluded.amount, delivery_id = excluded.delivery_id
"""
