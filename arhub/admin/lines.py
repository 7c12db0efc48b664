"""Lines of invoices and credit memos."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from arhub.admin import cells
from arhub.admin.facts import page_of
from arhub.admin.record import RecordAdmin
from arhub.domain import search
from arhub.domain.receivables import of_documents
from arhub.models import DocumentLine


@admin.register(DocumentLine)
class LineAdmin(RecordAdmin):
    record_types = ("invoice_line",)
    table_key = "InvoiceLine"
    list_display = (
        "line_number", "document_", "account_", "product_code", "text", "quantity_", "price", "net", "total",
    )  # fmt: skip
    indexed_columns = ("document_",)
    list_filter = ("ledger",)
    ordering = ("-pk",)
    search_help_text = "Number of the document"
    empty_text = "The lines of your invoices and credit memos stand here. They come from the files you upload."

    def search_condition(self, term: str) -> Q:
        return search.of_document(term)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(of_documents()).prefetch_related("document__account")

    @display(description="Document", ordering="document__number_lower")
    def document_(self, line: DocumentLine) -> str:
        return cells.link(str(line.document), page_of(line.document))

    @display(description="Account")
    def account_(self, line: DocumentLine) -> str:
        return cells.link(str(line.document.account), page_of(line.document.account))

    @display(description="Description")
    def text(self, line: DocumentLine) -> str:
        return (line.description or "")[:80]

    @display(description="Quantity")
    def quantity_(self, line: DocumentLine) -> str:
        return cells.number(line.quantity)

    @display(description="Unit price")
    def price(self, line: DocumentLine) -> str:
        return cells.number(line.unit_price)

    @display(description="Net")
    def net(self, line: DocumentLine) -> str:
        return cells.money(line.net_amount, line.document.currency)

    @display(description="Total")
    def total(self, line: DocumentLine) -> str:
        return cells.money(line.total_amount, line.document.currency)
