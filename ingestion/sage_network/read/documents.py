"""Invoices, in which credit and debit memos stand too, and their lines."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from arhub.exports.values import as_given
from arhub.models import Account, Direction, Document, DocumentLine
from arhub.models.columns import ExactDecimalField
from arhub.records.documents import INVOICE as INVOICE_TYPE
from arhub.records.documents import INVOICE_LINE, SAGE_TYPE_CODES
from ingestion.sage_network.ids import Kind
from ingestion.sage_network.read.addresses import OF_DOCUMENTS, OF_LINES
from ingestion.sage_network.read.properties import Context, Property, constant, derived, reference
from ingestion.sage_network.read.resources import Resource
from ingestion.sage_network.read.shared import RECORD, UPDATES, own_id
from ingestion.sage_network.searchlight import Column, Holds

ZERO = Decimal(0)
_COUNTED = ("totalAmount", "salesTaxAmount", "discountAmount", "outstandingBalanceAmount")
_AMOUNTS = (*_COUNTED, *(f"baseCurrency{name[0].upper()}{name[1:]}" for name in _COUNTED))
_FLAGS = ("isVoided", "inDispute", "isDraft", "onHold", "isEInvoice")
_SYNC_ONLY = frozenset(
    {"workflowStatusReasonCode", "workflowStatusCode", "invoiceTypeCode", "outstandingBalanceAmount"}
)

_PREFIXES = {Direction.RECEIVABLE: "AR", Direction.PAYABLE: "AP"}
_TYPE_NAMES = {
    (direction, kind): f"{prefix} {name}"
    for direction, prefix in _PREFIXES.items()
    for kind, name in SAGE_TYPE_CODES.items()
}

_TYPE_CODE = Coalesce(
    "given_type",
    Case(
        *(
            When(direction=direction, document_type=kind, then=Value(name))
            for (direction, kind), name in _TYPE_NAMES.items()
        ),
        output_field=CharField(),
    ),
)
"""The code as the source gave it, else the vendor's."""


def _type_code(document: Any, context: Context) -> str | None:
    return document.given_type or _TYPE_NAMES.get((document.direction, document.document_type))


def _rows() -> QuerySet[Any, Any]:
    name = Account.objects.filter(pk=OuterRef("account_id")).values("name")
    return Document.objects.annotate(customer_name=Subquery(name))  # type: ignore[no-any-return]


def _signed(name: str, attribute: str, default: Decimal | None) -> Property:
    """An amount with the sign its source gave it: those of a credit memo are stored positive."""

    def read(document: Any, context: Context) -> Decimal | None:
        amount = as_given(getattr(document, attribute), document.document_type, document.given_sign)
        return default if amount is None else amount

    turned = When(document_type="credit_memo", given_sign__lt=0, then=-F(attribute))
    source = Case(turned, default=F(attribute), output_field=ExactDecimalField())
    return Property(name, read, Column(name, Holds.DECIMAL, source, default, stored=attribute))


def _of_record_type() -> Iterator[Property]:
    defaults = {"currencyRate": Decimal(1), **dict.fromkeys(_FLAGS, False)}
    signed = {item.sage: item.attribute for item in INVOICE_TYPE.fields if item.signed and item.sage}
    for item in derived(INVOICE_TYPE, without=_SYNC_ONLY, defaults=defaults):
        if item.name in signed:
            yield _signed(item.name, signed[item.name], ZERO if item.name in _AMOUNTS else None)
        else:
            yield item


INVOICE = Resource(
    name="Invoice",
    kind=Kind.INVOICE,
    scope="documents",
    rows=_rows,
    properties=(
        own_id("invoiceId", Kind.INVOICE),
        reference("companyId", Kind.COMPANY, "company_id"),
        reference("customerId", Kind.COMPANY, "account_id"),
        Property(
            "customerName",
            lambda document, context: document.customer_name,
            Column("customerName", Holds.TEXT, "account__name"),
        ),
        *RECORD,
        *UPDATES,
        Property("invoiceTypeCode", _type_code, Column("invoiceTypeCode", Holds.TEXT, _TYPE_CODE)),
        _signed("outstandingBalanceAmount", "outstanding_amount", ZERO),
        *_of_record_type(),
        constant("excludeFromAging", Holds.BOOL, False),
        *(
            place.id_as(name)
            for place, name in zip(
                OF_DOCUMENTS,
                ("primaryOriginAddressId", "primaryBillToAddressId", "primaryShipToAddressId"),
                strict=True,
            )
        ),
    ),
    collections={
        "Addresses": ("addresses",),
        "Lines": ("lines",),
        "Payments": ("payments",),
        "Notes": ("notes",),
        "Attachments": ("attachments",),
        "Company": ("company",),
        "Customer": ("customer", "customerPrimaryContact"),
        "CustomFields": ("customFieldValues", "customFieldDefinitions"),
        "CreditMemos": ("creditMemos",),
        "WorkflowStatuses": ("workflowStatuses",),
        "PDFSupport": ("hasPdf",),
    },
)

LINE = Resource(
    name="InvoiceLine",
    kind=Kind.INVOICE_LINE,
    scope="lines",
    rows=DocumentLine.objects.all,
    properties=(
        own_id("invoiceLineId", Kind.INVOICE_LINE),
        reference("invoiceId", Kind.INVOICE, "document_id"),
        *RECORD,
        *UPDATES,
        *derived(INVOICE_LINE, defaults={"unitPrice": ZERO}),
        *(
            place.id_as(name)
            for place, name in zip(
                OF_LINES, ("overrideOriginAddressId", "overrideBillToAddressId", "overrideShipToAddressId"), strict=True
            )
        ),
    ),
    collections={"Notes": ("notes",), "Attachments": ("attachments",)},
)
