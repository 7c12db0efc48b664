"""Payments, and what they and credit memos were applied to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from arhub.models import Account, Application, ApplicationType, Payment
from arhub.records.money import CREDIT_MEMO_APPLIED, PAYMENT, PAYMENT_APPLIED
from ingestion.sage_network.ids import Kind
from ingestion.sage_network.read.properties import Context, Property, constant, derived, reference, stored
from ingestion.sage_network.read.resources import Resource
from ingestion.sage_network.read.shared import RECORD, UPDATES, own_id
from ingestion.sage_network.searchlight import Column, Holds

ZERO = Decimal(0)
_NOTHING_OPEN = Q(open_amount=0) | Q(open_amount__isnull=True)
_IS_OPEN = Coalesce(
    "is_open", Case(When(_NOTHING_OPEN, then=Value(False)), default=Value(True), output_field=BooleanField())
)


def _is_open(payment: Any, context: Context) -> bool:
    """As the source says, else whether something of it is left."""
    return bool(payment.open_amount) if payment.is_open is None else payment.is_open


def _payments() -> QuerySet[Any, Any]:
    name = Account.objects.filter(pk=OuterRef("account_id")).values("name")
    return Payment.objects.annotate(company_name=Subquery(name))


PAYMENTS = Resource(
    name="Payment",
    kind=Kind.PAYMENT,
    scope="payments",
    rows=_payments,
    properties=(
        own_id("paymentId", Kind.PAYMENT),
        reference("companyId", Kind.COMPANY, "account_id"),
        Property(
            "companyName",
            lambda payment, context: payment.company_name,
            Column("companyName", Holds.TEXT, "account__name"),
        ),
        *RECORD,
        *UPDATES,
        *derived(
            PAYMENT,
            without={"isOpen", "unappliedAmount"},
            defaults={
                "paymentAmount": ZERO,
                "currencyRate": Decimal(1),
                "baseCurrencyPaymentAmount": ZERO,
                "baseCurrencyUnappliedAmount": ZERO,
                "isVoided": False,
                "inDispute": False,
            },
        ),
        stored("unappliedAmount", "open_amount", Holds.DECIMAL, ZERO),
        Property("isOpen", _is_open, Column("isOpen", Holds.BOOL, _IS_OPEN)),
        constant("serviceFabricStatus", Holds.INTEGER),
    ),
    collections={
        "Applications": ("applications",),
        "Notes": ("notes",),
        "Attachments": ("attachments",),
        "CustomFields": ("customFieldValues", "customFieldDefinitions"),
    },
)


def _applied(kind: ApplicationType) -> QuerySet[Any, Any]:
    return Application.objects.filter(application_type=kind)


_APPLIED = {"entryNumber": 0}

PAYMENT_APPLICATION = Resource(
    name="PaymentApplied",
    kind=Kind.PAYMENT_APPLIED,
    scope="applications",
    rows=lambda: _applied(ApplicationType.PAYMENT),
    properties=(
        own_id("paymentAppliedId", Kind.PAYMENT_APPLIED),
        reference("invoiceId", Kind.INVOICE, "document_id"),
        reference("paymentId", Kind.PAYMENT, "payment_id"),
        constant("refundId", Holds.UUID),
        *RECORD,
        *UPDATES,
        *derived(PAYMENT_APPLIED, without={"refundErpKey"}, defaults=_APPLIED),
    ),
    collections={"Invoice": ("invoice",), "Payment": ("payment",), "Refund": ("refund",)},
)

CREDIT_MEMO_APPLICATION = Resource(
    name="CreditMemoApplied",
    kind=Kind.CREDIT_MEMO_APPLIED,
    scope="applications",
    rows=lambda: _applied(ApplicationType.CREDIT_MEMO),
    properties=(
        own_id("creditMemoAppliedId", Kind.CREDIT_MEMO_APPLIED),
        reference("invoiceId", Kind.INVOICE, "document_id"),
        reference("creditMemoInvoiceId", Kind.INVOICE, "credit_memo_id"),
        *RECORD,
        *UPDATES,
        *derived(CREDIT_MEMO_APPLIED, defaults=_APPLIED),
    ),
    collections={
        "Attachments": ("attachments",),
        "CustomFields": ("customFieldValues", "customFieldDefinitions"),
        "Notes": ("notes",),
        "Invoice": ("invoice",),
        "CreditMemoInvoice": ("creditMemoInvoice",),
    },
)
