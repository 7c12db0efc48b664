"""Outstanding items: what an ERP says is still open on an invoice number."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter, RangeNumericFilter
from unfold.decorators import display

from arhub.admin import cells
from arhub.admin.facts import page_of
from arhub.admin.filters import MatchFilter
from arhub.admin.record import RecordAdmin
from arhub.contributions import History
from arhub.domain.receivables import of_documents
from arhub.models import OutstandingItem


@admin.register(OutstandingItem)
class OutstandingItemAdmin(RecordAdmin):
    record_types = ("outstanding_item",)
    list_display = ("number_", "state", "document_", "account_", "amount_")
    indexed_columns = ()
    list_display_links = ("number_",)
    list_filter = (MatchFilter, ("amount", RangeNumericFilter), ("currency", FieldTextFilter), "ledger")
    ordering = ("-pk",)
    search_help_text = "Number of the invoice"
    empty_text = "What your ERP says is still open on an invoice stands here. It comes from the files you upload."

    def search_condition(self, term: str) -> Q:
        return Q(number__startswith=term) | Q(number__startswith=term.upper())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        shown = super().get_queryset(request).filter(Q(document__isnull=True) | of_documents())
        return shown.prefetch_related("document__account")

    @display(description="Invoice number", ordering="number")
    def number_(self, item: OutstandingItem) -> str:
        return item.number

    @display(description="State")
    def state(self, item: OutstandingItem) -> str:
        return cells.chip("Matched" if item.document_id else "Unmatched")

    @display(description="Document")
    def document_(self, item: OutstandingItem) -> str:
        return cells.link(str(item.document), page_of(item.document)) if item.document else "waits for its invoice"

    @display(description="Account")
    def account_(self, item: OutstandingItem) -> str:
        return cells.link(str(item.document.account), page_of(item.document.account)) if item.document else ""

    @display(description="Outstanding", ordering="amount")
    def amount_(self, item: OutstandingItem) -> str:
        currency = item.currency or (item.document.currency if item.document else None)
        return cells.money(item.amount, currency)

    def page(self, request: HttpRequest, record: Any, history: History) -> dict[str, Any]:
        found = super().page(request, record, history)
        url = page_of(record.document)
        return {**found, "parent": {"label": str(record.document), "url": url} if url else None}
