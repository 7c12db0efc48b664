"""What else moves when rows were written: outstanding items find their document, open amounts are refreshed."""

from __future__ import annotations

from typing import Any

from arhub.domain import outstanding
from ingestion.domain.merge import Merge
from ingestion.domain.references import Scope


def remember_touched(cursor: Any, merges: list[Merge], table: str = "written") -> None:
    """Before writing: note the stored documents and payments that the load updates, refers to, or takes a referrer
    from, in a temporary table (kind, id)."""
    cursor.execute(f"create temp table {table} (kind text, id bigint) on commit drop")
    for merge in merges:
        target, plan = merge.staged.target, merge.plan_table
        if not merge.fresh and target in _KINDS:
            cursor.execute(f"insert into {table} select '{_KINDS[target]}', tid from {plan} where tid is not null")
        for kind, column in _REFERRERS.get(target, ()) if not merge.fresh else ():
            cursor.execute(
                f"insert into {table} select '{kind}', t.{column} from {plan} p join {target} t on t.id = p.tid "
                f"where t.{column} is not null"
            )
        for reference in merge.references if target in _REFERRERS else ():
            if kind_ := _KIND_OF_REFERENCE.get(reference.references):
                cursor.execute(f"insert into {table} select '{kind_}', id from {reference.table} where id is not null")
    cursor.execute(_REDUCED.format(table=table))


def settle(cursor: Any, scope: Scope, merges: list[Merge], table: str = "written") -> None:
    """After writing: link outstanding items that waited, then refresh every open amount that may have moved."""
    if any(merge.staged.target == "arhub_document" for merge in merges):
        cursor.execute(_LINK.format(tenant=scope.tenant_id, ledger=scope.ledger_id, table=table))
    cursor.execute(_REDUCED.format(table=table))
    cursor.execute(f"analyze {table}")
    cursor.execute(f"select distinct kind from {table}")
    kinds = {kind for (kind,) in cursor.fetchall()}
    for kind, refresh in _REFRESH.items():
        if kind in kinds:
            refresh(cursor, f"select id from {table} where kind = '{kind}'")


_REFRESH = {"document": outstanding.refresh_documents, "payment": outstanding.refresh_payments}


_KINDS = {"arhub_document": "document", "arhub_payment": "payment"}
_KIND_OF_REFERENCE = {"invoice": "document", "payment": "payment"}
_REFERRERS = {
    "arhub_application": (("document", "document_id"), ("document", "credit_memo_id"), ("payment", "payment_id")),
    "arhub_outstandingitem": (("document", "document_id"),),
}

# A payment or credit memo that was voided, or is no longer, changes what it was applied to.
_REDUCED = """
insert into {table}
select 'document', a.document_id from {table} t join arhub_application a on a.payment_id = t.id where t.kind = 'payment'
union
select 'document', a.document_id from {table} t join arhub_application a on a.credit_memo_id = t.id
where t.kind = 'document'
"""

_LINK = """
with waiting as materialized (
    select distinct number from arhub_outstandingitem
    where tenant_id = {tenant} and ledger_id = {ledger} and document_id is null
), one as (
    select d.number, min(d.id) as id, min(d.currency) as currency
    from waiting w join arhub_document d on d.number_lower = lower(w.number) and d.number = w.number
    where d.tenant_id = {tenant} and d.ledger_id = {ledger} and d.direction = 'receivable'
    group by d.number having count(*) = 1
), linked as (
    update arhub_outstandingitem i set document_id = one.id, currency = coalesce(i.currency, one.currency)
    from one where i.tenant_id = {tenant} and i.ledger_id = {ledger} and i.document_id is null
    and i.number = one.number and (i.currency is null or one.currency is null or i.currency = one.currency)
    returning i.document_id
)
insert into {table} select 'document', document_id from linked
"""
