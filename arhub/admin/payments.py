"""Payments: money received, and what it was applied to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Sum
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
from arhub.admin.facts import facts_of, page_of
from arhub.admin.filters import PaymentFilter
from arhub.admin.numbered import NumberedAdmin
from arhub.contributions import History
from arhub.domain.receivables import of_customers
from arhub.models import Direction, Payment
from arhub.records import RECORD_TYPES

TYPE = RECORD_TYPES["payment"]
_ABOVE = ("erp_key", "payment_id", "account_id", "amount", "unapplied_amount", "currency", "payment_date",
          "network_id", "source_created_at", "source_modified_at", "on_match_action")  # fmt: skip


@admin.register(Payment)
class PaymentAdmin(NumberedAdmin):
    record_types = ("payment",)
    table_key = "Payment"
    change_form_template = "arhub/record/payment.html"
    list_display = ("number_", "account_", "state", "dated", "amount_", "open_", "method", "reference")
    list_filter = (
        PaymentFilter, ("account", AutocompleteSelectFilter), ("payment_date", RangeDateFilter),
        ("open_amount", RangeNumericFilter), ("currency", FieldTextFilter), "is_voided", "ledger",
    )  # fmt: skip
    ordering = ("-payment_date", "-pk")
    empty_text = "Payments from your customers stand here, advances too. They come from the files you upload."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request).filter(of_customers(), direction=Direction.RECEIVABLE)
        return found.prefetch_related("account")

    @display(description="State")
    def state(self, payment: Payment) -> str:
        return cells.chip(_state_of(payment))

    @display(description="Date", ordering="payment_date")
    def dated(self, payment: Payment) -> str:
        return cells.day(payment.payment_date)

    @display(description="Amount", ordering="amount")
    def amount_(self, payment: Payment) -> str:
        return cells.money(payment.amount, payment.currency)

    @display(description="Not applied", ordering="open_amount")
    def open_(self, payment: Payment) -> str:
        return cells.money(payment.open_amount, payment.currency)

    @display(description="Method", ordering="tender_type")
    def method(self, payment: Payment) -> str:
        return payment.tender_type or payment.payment_type or ""

    def page(self, request: HttpRequest, record: Any, history: History) -> dict[str, Any]:
        applied = record.applications.aggregate(applied=Sum("amount"))["applied"] or Decimal(0)
        return {
            "chip": cells.chip(_state_of(record)),
            "account_url": page_of(record.account),
            "amount_origin": history.origin_of("amount"),
            "amount": cells.money(record.amount, record.currency),
            "applied": cells.money(applied, record.currency),
            "open_amount": cells.money(record.open_amount, record.currency),
            "difference": _difference(record, applied),
            "facts": facts_of(record, TYPE, leave_out=_ABOVE),
            **applications_of(record, record.applications.order_by("entry_number", "pk"), "payment"),
        }


def _state_of(payment: Payment) -> str:
    if payment.is_voided:
        return "Voided"
    if payment.in_dispute:
        return "Disputed"
    return "Unapplied" if payment.open_amount else "Applied"


def _difference(payment: Payment, applied: Decimal) -> str:
    """What the source says is open beyond amount less applications; empty when they agree."""
    if payment.amount is None or payment.open_amount is None:
        return ""
    rest = payment.open_amount - (payment.amount - applied)
    return cells.money(rest, payment.currency) if rest else ""
