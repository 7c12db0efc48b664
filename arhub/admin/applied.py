"""The applications on the page of a document or a payment."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from arhub.admin import cells
from arhub.admin.facts import page_of
from arhub.models import Application, Document, Payment

MOST = 1_000


def applications_of(record: Document | Payment, applications: QuerySet[Application], column: str) -> dict[str, Any]:
    """The first of them, each with the record on the other side; where there are more, the address of the list that
    has them all, which finds them by `column`."""
    found = list(applications.select_related("payment", "credit_memo", "document")[: MOST + 1])
    for item in found:
        _complete(item, record)
    everything = f"{reverse('admin:arhub_application_changelist')}?{column}__id__exact={record.pk}"
    return {"applications": found[:MOST], "all_applications": everything if len(found) > MOST else ""}


def _complete(item: Any, record: Document | Payment) -> None:
    """`is_void`: it reduces nothing, because what it is a part of was voided."""
    reduces = isinstance(record, Document) and item.credit_memo_id != record.pk
    item.other = (item.payment or item.credit_memo) if reduces else item.document
    item.other_url = page_of(item.other)
    item.is_void = reduces and item.other is not None and item.other.is_voided
    item.shown = cells.money(item.amount, record.currency)
