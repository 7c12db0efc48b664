"""What is still open: of a document, of a payment. The one place that decides it.

A document's outstanding amount is its own when the source gives one, else its outstanding item's, else its
total less what was applied to it (or, for a credit memo, from it); what a voided payment or credit memo paid does not
count. A document that a full snapshot of its source left out counts as closed. A payment's open amount is its own
unapplied amount, else its amount less its applications. Both are stored beside the record, so that lists and ageing
can sort and sum them; `refresh` writes them whenever something they rest on was written.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import connection

from arhub.models import Document

OUTSTANDING = "coalesce({own}, {item}, {total} - coalesce({applied}, 0))"
ORIGIN = (
    "case when {own} is not null then 'own' when {item} is not null then 'outstanding item' "
    "when {total} is not null then 'computed' end"
)
OPEN_PAYMENT = "coalesce({own}, {amount} - coalesce({applied}, 0))"


def of_new_document(own: str, total: str) -> tuple[str, str]:
    """SQL for the amount and origin of a document nothing refers to yet."""
    parts = {"own": own, "item": "null::numeric", "total": total, "applied": "0"}
    return OUTSTANDING.format(**parts), ORIGIN.format(**parts)


def of_new_payment(own: str, amount: str) -> str:
    """SQL for the open amount of a payment nothing refers to yet."""
    return OPEN_PAYMENT.format(own=own, amount=amount, applied="0")


def applied_to(document: Document) -> Decimal:
    """What applications reduce the document by."""
    with connection.cursor() as cursor:
        cursor.execute(f"select ({_APPLIED}) from {{documents}} d where d.id = %s".format(**STORED), [document.pk])
        return cursor.fetchone()[0] or Decimal(0)


def refresh_documents(cursor: Any, ids: str) -> int:
    """Write amount and origin of the documents whose ids the query `ids` selects; returns how many changed."""
    cursor.execute(_REFRESH_DOCUMENTS.format(ids=ids, **STORED))
    return int(cursor.rowcount)


def refresh_payments(cursor: Any, ids: str) -> int:
    """Write the open amount of the payments whose ids the query `ids` selects; returns how many changed."""
    cursor.execute(_REFRESH_PAYMENTS.format(ids=ids, **STORED))
    return int(cursor.rowcount)


_OF_DOCUMENT = {
    "own": "d.balance_due",
    "item": "case d.document_type when 'credit_memo' then abs(i.amount) else i.amount end",
    "total": "d.total_amount",
    "applied": "a.amount",
}

STORED = {
    "documents": "arhub_document",
    "items": "arhub_outstandingitem",
    "applications": "arhub_application",
    "payments": "arhub_payment",
}
"""What the rules are applied to. Others may put tables or queries with the same columns in their place."""

_APPLIED = """
    select sum(a.amount) as amount from (
        select a.amount from {applications} a
        left join {payments} p on p.tenant_id = a.tenant_id and p.id = a.payment_id
        left join {documents} c on c.tenant_id = a.tenant_id and c.id = a.credit_memo_id
        where a.tenant_id = d.tenant_id and a.document_id = d.id
        and p.is_voided is not true and c.is_voided is not true
        union all
        select a.amount from {applications} a where a.tenant_id = d.tenant_id and a.credit_memo_id = d.id
    ) a
"""

DOCUMENTS = f"""
    select d.id, case when d.missing_at is null then {OUTSTANDING.format(**_OF_DOCUMENT)} else 0 end as amount,
        case when d.missing_at is null then {ORIGIN.format(**_OF_DOCUMENT)} else 'missing' end as origin
    from {{documents}} d
    left join lateral (
        select sum(i.amount) as amount from {{items}} i
        where i.tenant_id = d.tenant_id and i.document_id = d.id
    ) i on true
    left join lateral ({_APPLIED}) a on true
    where d.id in ({{ids}})
"""
"""SQL for id, amount and origin of the documents whose ids a query selects, out of the tables named."""

PAYMENTS = f"""
    select p.id, {OPEN_PAYMENT.format(own="p.unapplied_amount", amount="p.amount", applied="a.amount")} as amount
    from {{payments}} p
    left join lateral (
        select sum(a.amount) as amount from {{applications}} a
        where a.tenant_id = p.tenant_id and a.payment_id = p.id
    ) a on true
    where p.id in ({{ids}})
"""
"""SQL for id and open amount of the payments whose ids a query selects."""

_REFRESH_DOCUMENTS = f"""
update arhub_document d set outstanding_amount = n.amount, outstanding_origin = n.origin
from ({DOCUMENTS}) n
where d.id = n.id and (d.outstanding_amount, d.outstanding_origin) is distinct from (n.amount, n.origin)
"""

_REFRESH_PAYMENTS = f"""
update arhub_payment p set open_amount = n.amount
from ({PAYMENTS}) n
where p.id = n.id and p.open_amount is distinct from n.amount
"""
