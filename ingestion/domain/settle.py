"""What else moves when rows were written: outstanding items find their document, open amounts are refreshed."""

from __future__ import annotations

from typing import Any

from arhub.domain import outstanding
from ingestion.domain.merge import Merge
from ingestion.domain.references import Scope


def remember_touched(cursor: Any, merges: list[Merge], table: str = "touched") -> None:
    """Before writing: note the stored documents and payments that the load updates, refers to, or takes a referrer
    from, in a temporary table (kind, id)."""
    cursor.execute(f"create temp table if not exists {table} (kind text, id bigint) on commit drop")
    for merge in merges:
        target, plan = merge.staged.target, merge.plan_table
        if not merge.fresh and target in KINDS:
            cursor.execute(f"insert into {table} select '{KINDS[target]}', tid from {plan} where tid is not null")
        for kind, column in REFERRERS.get(target, ()) if not merge.fresh else ():
            cursor.execute(
                f"insert into {table} select '{kind}', t.{column} from {plan} p join {target} t on t.id = p.tid "
                f"where t.{column} is not null"
            )
        for reference in merge.references if target in REFERRERS else ():
            if kind_ := _KIND_OF_REFERENCE.get(reference.references):
                cursor.execute(f"insert into {table} select '{kind_}', id from {reference.table} where id is not null")
    cursor.execute(REDUCED.format(table=table))


def settle(cursor: Any, scope: Scope, merges: list[Merge], table: str = "touched") -> None:
    """After writing: link outstanding items that waited, then refresh every open amount that may have moved."""
    if any(merge.staged.target == "arhub_document" for merge in merges):
        cursor.execute(
            _LINK.format(tenant=scope.tenant_id, ledger=scope.ledger_id, ingestion=scope.ingestion_id, table=table)
        )
    refresh_touched(cursor, table)


def refresh_touched(cursor: Any, table: str = "touched") -> None:
    """Refresh the open amounts of what the table names, and of what that pays."""
    cursor.execute(REDUCED.format(table=table))
    cursor.execute(f"analyze {table}")
    cursor.execute(f"select distinct kind from {table}")
    kinds = {kind for (kind,) in cursor.fetchall()}
    for kind, refresh in _REFRESH.items():
        if kind in kinds:
            refresh(cursor, f"select id from {table} where kind = '{kind}'")


_REFRESH = {"document": outstanding.refresh_documents, "payment": outstanding.refresh_payments}


KINDS = {"arhub_document": "document", "arhub_payment": "payment"}
_KIND_OF_REFERENCE = {"invoice": "document", "payment": "payment"}
REFERRERS: dict[str, tuple[tuple[str, str], ...]] = {
    "arhub_application": (("document", "document_id"), ("document", "credit_memo_id"), ("payment", "payment_id")),
    "arhub_outstandingitem": (("document", "document_id"),),
}

# A payment or credit memo that was voided, or is no longer, changes what it was applied to.
REDUCED = """
insert into {table}
select 'document', a.document_id from {table} t join arhub_application a on a.payment_id = t.id where t.kind = 'payment'
union
select 'document', a.document_id from {table} t join arhub_application a on a.credit_memo_id = t.id
where t.kind = 'document'
"""

# The link is a change like any other, by the line that brought the document: it has a history and can be undone.
_LINK = """
with waiting as materialized (
    select distinct number from arhub_outstandingitem
    where tenant_id = {tenant} and ledger_id = {ledger} and document_id is null
), one as (
    select d.number, min(d.id) as id, min(d.currency) as currency, min(d.erp_key) as erp_key,
        min(d.created_file) as file, min(d.created_line) as line
    from waiting w join arhub_document d on d.number_lower = lower(w.number) and d.number = w.number
    where d.tenant_id = {tenant} and d.ledger_id = {ledger} and d.direction = 'receivable'
    group by d.number having count(*) = 1
), found as (
    select i.id, i.number, i.currency as given, coalesce(i.currency, one.currency) as currency,
        one.id as document_id, one.erp_key, one.file, one.line
    from one join arhub_outstandingitem i on i.tenant_id = {tenant} and i.ledger_id = {ledger}
    and i.number = one.number and i.document_id is null
    and (i.currency is null or one.currency is null or i.currency = one.currency)
), linked as (
    update arhub_outstandingitem i set document_id = f.document_id, currency = f.currency
    from found f where i.tenant_id = {tenant} and i.ledger_id = {ledger} and i.number = f.number and i.id = f.id
), told as (
    insert into ingestion_change (tenant_id, ingestion_id, file, line, record_type, record, field, old, new)
    select {tenant}, {ingestion}, coalesce(f.file, 0), coalesce(f.line, 0), 'outstanding_item', f.id,
        v.field, v.old, v.new
    from found f cross join lateral (
        values ('document', null, f.erp_key), ('currency', f.given, f.currency)
    ) v (field, old, new) where v.old is distinct from v.new
)
insert into {table} select 'document', document_id from found
"""
