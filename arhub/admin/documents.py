"""Invoices and credit memos: their lists and their page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    FieldTextFilter,
    RangeDateFilter,
    RangeNumericFilter,
)
from unfold.decorators import display

from arhub.admin import cells
from arhub.admin.applied import applications_of
from arhub.admin.facts import Fact, address_lines, facts_of, page_of
from arhub.admin.filters import CreditMemoFilter, InvoiceFilter, InvoiceKindFilter
from arhub.admin.numbered import NumberedAdmin
from arhub.admin.workflow import statuses_of
from arhub.contributions import History, Origin, history_of
from arhub.domain.outstanding import applied_to
from arhub.domain.receivables import of_customers, state_of, today_of
from arhub.domain.sorting import natural_key
from arhub.domain.totals import Amount, totals_of
from arhub.models import Application, CreditMemo, Document, DocumentLine, Invoice, OutstandingOrigin

MOST_LINES = 1_000
_ADDRESSES = (("bill_to", "Billed to"), ("ship_to", "Delivered to"), ("origin", "Sent from"))
_ADDRESS_PARTS = ("line1", "line2", "line3", "postal_code", "city", "region", "country")
_DATES = ("due_date", "posting_date", "discount_date", "closed_date", "delivery_date", "period_start", "period_end",
          "tax_point_date", "planned_payment_date")  # fmt: skip
_ORDERS = ("customer_order_number", "supplier_order_number", "buyer_reference", "corrected_document", "payment_terms",
           "payment_means", "payment_reference", "status", "salesperson", "description")  # fmt: skip
_SUMS = ("total_amount", "net_amount", "tax_amount", "currency")
_ABOVE = ("erp_key", "document_type", "account_id", "network_id", "source_created_at", "source_modified_at",
          "on_match_action")  # fmt: skip


class DocumentAdmin(NumberedAdmin):
    table_key = "Invoice"
    change_form_template = "arhub/record/document.html"
    ordering = ("-invoice_date", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(of_customers()).prefetch_related("account")

    @display(description="State")
    def state(self, document: Any) -> str:
        return cells.chip(state_of(document, document.today).name)

    @display(description="Date", ordering="invoice_date")
    def dated(self, document: Document) -> str:
        return cells.day(document.invoice_date)

    @display(description="Due", ordering="due_date")
    def due(self, document: Document) -> str:
        return cells.day(document.due_date)

    @display(description="Overdue")
    def late(self, document: Any) -> str:
        return cells.late(state_of(document, document.today).days_overdue)

    @display(description="Amount", ordering="total_amount")
    def amount(self, document: Document) -> str:
        return cells.money(document.total_amount, document.currency)

    @display(description="Outstanding", ordering="outstanding_amount")
    def outstanding(self, document: Document) -> str:
        return cells.money(document.outstanding_amount, document.currency)

    def page(self, request: HttpRequest, record: Any, history: History) -> dict[str, Any]:
        record_type = self.record_type_of(record)
        state = state_of(record, today_of(request.tenant))  # type: ignore[attr-defined]
        number = record_type.fields[1].name
        dated = "credit_date" if record_type.name == "adjustment" else "invoice_date"
        shown = {*_ABOVE, *_DATES, *_ORDERS, *_SUMS, number, dated, *_address_names()}
        lines, has_more = _lines(record)
        statuses, has_more_statuses = statuses_of(record)
        return {
            "chip": cells.chip(state.name),
            "days_overdue": state.days_overdue,
            "account_url": page_of(record.account),
            "dates": facts_of(record, record_type, only=(dated, *_DATES)),
            "orders": facts_of(record, record_type, only=_ORDERS),
            "given": _given(record),
            "addresses": _addresses(record),
            "facts": facts_of(record, record_type, leave_out=shown),
            "lines": lines,
            "has_more_lines": has_more,
            "statuses": statuses,
            "has_more_statuses": has_more_statuses,
            "totals": [_shown(amount, record, history) for amount in totals_of(record, applied_to(record))],
            **_applications(record),
        }


@admin.register(Invoice)
class InvoiceAdmin(DocumentAdmin):
    record_types = ("invoice",)
    list_display = ("number_", "account_", "state", "dated", "due", "late", "amount", "outstanding", "order")
    list_filter = (
        InvoiceFilter, ("account", AutocompleteSelectFilter), ("invoice_date", RangeDateFilter),
        ("due_date", RangeDateFilter), ("outstanding_amount", RangeNumericFilter), ("currency", FieldTextFilter),
        InvoiceKindFilter, "in_dispute", "on_hold", "is_draft", "is_voided", "ledger",
    )  # fmt: skip
    empty_text = "Invoices and debit memos to your customers stand here. They come from the files you upload."

    @display(description="Order", ordering="customer_order_number")
    def order(self, document: Document) -> str:
        return document.customer_order_number or ""


@admin.register(CreditMemo)
class CreditMemoAdmin(DocumentAdmin):
    record_types = ("adjustment",)
    list_display = ("number_", "account_", "state", "dated", "amount", "outstanding", "corrects")
    list_filter = (
        CreditMemoFilter, ("account", AutocompleteSelectFilter), ("invoice_date", RangeDateFilter),
        ("outstanding_amount", RangeNumericFilter), ("currency", FieldTextFilter), "is_voided", "ledger",
    )  # fmt: skip
    empty_text = "Credit memos, returns and adjustments stand here. They come from the files you upload."

    @display(description="Corrects")
    def corrects(self, document: Document) -> str:
        return document.corrected_document or ""


def _lines(document: Document) -> tuple[list[DocumentLine], bool]:
    """The lines in the order of their numbers, and whether there are more than are shown."""
    found = list(document.lines.order_by("pk")[: MOST_LINES + 1])
    shown = sorted(found[:MOST_LINES], key=lambda line: natural_key(line.line_number))
    return shown, len(found) > MOST_LINES


def _applications(document: Document) -> dict[str, Any]:
    """What reduces the document, and what it reduces itself as a credit memo."""
    found = Application.objects.filter(Q(document=document) | Q(credit_memo=document)).order_by("applied_date", "pk")
    column = "credit_memo" if document.document_type == "credit_memo" else "document"
    return applications_of(document, found, column)


def _addresses(document: Document) -> list[dict[str, Any]]:
    found = []
    for name, label in _ADDRESSES:
        prefix = f"{name}_address_"
        streets = [getattr(document, f"{prefix}line{number}") for number in (1, 2, 3)]
        if lines := address_lines(streets, document, prefix):
            found.append({"label": label, "lines": lines})
    return found


def _address_names() -> Iterable[str]:
    return (f"{name}_address_{part}" for name, _ in _ADDRESSES for part in _ADDRESS_PARTS)


def _given(document: Document) -> list[Fact]:
    """How the source gave a document that the hub stores in a normalised form."""
    found = []
    if document.given_type:
        found.append(Fact("Given as", document.given_type, help="The type code as it stood in the source."))
    if document.document_type == "credit_memo":
        sign = "negative" if document.given_sign < 0 else "positive"
        found.append(Fact("Given with", f"{sign} amounts", help="Stored positive; exports give the sign back."))
    return found


def _shown(amount: Amount, document: Document, history: History) -> dict[str, Any]:
    """An amount with the stored raw line it comes from; one that is worked out comes from none."""
    origin = history.origin_of(amount.attribute) if amount.attribute else None
    if amount.attribute == "outstanding_amount":
        origin = _origin_of_outstanding(document, history)
    return {"amount": amount, "shown": cells.money(amount.value, document.currency), "origin": origin}


def _origin_of_outstanding(document: Document, history: History) -> Origin | None:
    """The line that says what is open: the document's own, or the one of its outstanding item."""
    if document.outstanding_origin == OutstandingOrigin.OWN:
        return history.origin_of("balance_due")
    if document.outstanding_origin == OutstandingOrigin.OUTSTANDING_ITEM:
        item = document.outstanding_items.order_by("pk").first()
        return history_of("outstanding_item", item).origin_of("amount") if item else None
    return None
