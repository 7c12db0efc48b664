"""Open amounts that move when a load is undone: which they are, and how far, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from arhub.domain import outstanding
from arhub.domain.receivables import OTHER_KINDS
from arhub.models import Application, Document, OutstandingItem, Payment
from ingestion.domain.settle import KINDS, REDUCED, REFERRERS
from ingestion.domain.undo.tables import Table, relations, tables
from ingestion.models import Ingestion

MOST_TOUCHED = 50_000
"""Records that stay and whose open amount is worked out for a preview; of more it says that they move, not how."""


@dataclass(frozen=True, slots=True)
class Money:
    """What is open in one currency on the documents or payments that the undo removes or moves."""

    kind: str
    currency: str
    before: Decimal
    after: Decimal

    @property
    def moves_by(self) -> Decimal:
        return self.after - self.before


def find_touched(cursor: Any, ingestion: Ingestion) -> None:
    """Note in the table `touched` the documents and payments whose open amount may move, those removed included."""
    cursor.execute("drop table if exists pg_temp.touched")
    cursor.execute("create temp table touched (kind text, id bigint) on commit drop")
    for table in tables():
        if table.name in KINDS:
            cursor.execute(
                f"insert into touched select '{KINDS[table.name]}', id from {table.plan} where round is null"
            )
        for kind, column in REFERRERS.get(table.name, ()):
            field = table.model._meta.get_field(column.removesuffix("_id")).name
            cursor.execute(
                f"insert into touched select distinct '{kind}', v.id from {table.plan} u "
                f"join {table.name} t on t.tenant_id = {ingestion.tenant_id} and t.id = u.id "
                f"cross join lateral (values (t.{column}), ({table.final(field)})) v (id) "
                "where u.round is null and v.id is not null"
            )
    cursor.execute("analyze touched")


def moved(cursor: Any, ingestion: Ingestion) -> list[Money] | None:
    """Per currency what is open before and after; None when it is too much to work out beforehand."""
    find_touched(cursor, ingestion)
    cursor.execute(REDUCED.format(table="touched"))
    if sum(_staying(cursor, table) for table in tables() if table.name in KINDS) > MOST_TOUCHED:
        return None
    _make_future(cursor, Application, ingestion)
    _make_future(cursor, OutstandingItem, ingestion)
    return [*_compared(cursor, ingestion, "document"), *_compared(cursor, ingestion, "payment")]


def _staying(cursor: Any, table: Table) -> int:
    """How many of the touched ones stay."""
    cursor.execute(
        f"select count(distinct x.id) from touched x where x.kind = '{KINDS[table.name]}' and not exists "
        f"(select 1 from {table.plan} u where u.id = x.id and u.inserted and u.round is null)"
    )
    return int(cursor.fetchone()[0])


def _table(model: Any) -> Table:
    return next(table for table in tables() if table.model is model)


def _make_future(cursor: Any, model: Any, ingestion: Ingestion) -> None:
    """The rows on touched documents and payments as they will be, so that they can be looked up by these."""
    table = _table(model)
    names = [relation.field for relation in relations() if relation.child == table]
    on_touched = " union ".join(
        f"select r.id from touched x join {table.name} r on r.tenant_id = {ingestion.tenant_id} "
        f"and r.{column} = x.id and x.kind = '{kind}'"
        for kind, column in REFERRERS[table.name]
    )
    cursor.execute(f"drop table if exists pg_temp.{table.plan}_future")
    cursor.execute(
        f"create temp table {table.plan}_future on commit drop as select * from {table.future()} t "
        f"where t.tenant_id = {ingestion.tenant_id} and t.id in ({on_touched} "
        f"union select id from {table.plan} where not inserted and round is null)"
    )
    for name in names:
        cursor.execute(f"create index on {table.plan}_future ({table.fields[name].column})")
    cursor.execute(f"analyze {table.plan}_future")


def _compared(cursor: Any, ingestion: Ingestion, kind: str) -> list[Money]:
    cursor.execute(
        _MOVED[kind].format(
            tenant=ingestion.tenant_id,
            other=", ".join(f"'{name}'" for name in OTHER_KINDS),
            ids=f"select id from touched where kind = '{kind}'",
            documents=_table(Document).future(),
            payments=_table(Payment).future(),
            items=f"{_table(OutstandingItem).plan}_future",
            applications=f"{_table(Application).plan}_future",
        )
    )
    rows = [Money(kind, *row) for row in cursor.fetchall()]
    return [row for row in rows if row.before or row.after]


_CUSTOMER = (
    "direction = 'receivable' and is_voided is not true and account_id not in "
    "(select id from arhub_account where tenant_id = {tenant} and kind in ({other}))"
)
_SIGNED = "case document_type when 'credit_memo' then -{0} else {0} end"
_SUM = (
    "select coalesce(currency, ''), coalesce(sum(before), 0), coalesce(sum(after), 0) "
    "from ({rows}) x group by 1 order by 1"
)

_MOVED = {
    "document": _SUM.format(
        rows=(
            f"select currency, {_SIGNED.format('outstanding_amount')} as before, null::numeric as after "
            f"from arhub_document where tenant_id = {{tenant}} and id in ({{ids}}) "
            f"and is_draft is not true and {_CUSTOMER} "
            f"union all select f.currency, null, {_SIGNED.format('n.amount')} "
            f"from ({outstanding.DOCUMENTS}) n join {{documents}} f on f.id = n.id "
            f"where f.is_draft is not true and {_CUSTOMER}"
        )
    ),
    "payment": _SUM.format(
        rows=(
            "select currency, open_amount as before, null::numeric as after "
            f"from arhub_payment where tenant_id = {{tenant}} and id in ({{ids}}) and {_CUSTOMER} "
            f"union all select f.currency, null, n.amount "
            f"from ({outstanding.PAYMENTS}) n join {{payments}} f on f.id = n.id where {_CUSTOMER}"
        )
    ),
}
