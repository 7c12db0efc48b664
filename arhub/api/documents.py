"""Invoices, credit memos and debit memos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from arhub.api.accounts import AccountSerializer
from arhub.api.applications import ApplicationSerializer, fetch_ends
from arhub.api.columns import DECIMAL, INTEGER, TEXT, Value, as_decimal, choice, columns_of
from arhub.api.custom_fields import CustomFieldSerializer, custom_fields_on
from arhub.api.filters import DayFilter, FlagFilter, OfAccount, TextFilter, WordFilter, described, number_is
from arhub.api.lines import LineSerializer
from arhub.api.reading import RecordView
from arhub.api.writing import WriteView
from arhub.domain import receivables, search
from arhub.domain.receivables import STATES, state_of, today_of
from arhub.domain.sorting import natural_key
from arhub.exports.values import as_given
from arhub.models import Account, Application, Direction, Document, DocumentLine, OutstandingOrigin
from arhub.records.documents import DOCUMENT_TYPES, INVOICE

TYPES = [value for value, _ in DOCUMENT_TYPES]


def _named(state: str) -> str:
    return state.lower().replace(" ", "_")


def _outstanding(document: Document) -> str | None:
    return as_decimal(as_given(document.outstanding_amount, document.document_type, document.given_sign))


class DocumentSerializer(columns_of(INVOICE)):  # type: ignore[misc]
    """An invoice, credit memo or debit memo; `document_type` tells, and `invoice_number` is its number in any case.

    A credit memo's amounts have the sign they were given with, as in exports: some sources give them negative, others
    positive. Amounts are in `currency`, those whose names begin with `base_currency` in the company's own.
    """

    optional = ("account", "lines", "applications", "custom_fields")

    given_type = Value(attrgetter("given_type"), TEXT, allow_null=True, help_text="Its type as the source gave it.")
    outstanding_amount = Value(
        _outstanding, DECIMAL, allow_null=True, help_text="What is still open, in the document's currency."
    )
    outstanding_origin = choice(
        attrgetter("outstanding_origin"),
        OutstandingOrigin.values,
        "Where that amount comes from.",
        allow_null=True,
    )
    state = choice(
        lambda document: _named(document.state.name),
        [_named(state) for state in STATES],
        "Its state, as the screens tell it.",
    )
    days_overdue = Value(
        lambda document: document.state.days_overdue, INTEGER, help_text="Days since it should have been paid, else 0."
    )
    account = AccountSerializer(required=False)
    lines = LineSerializer(many=True, source="included_lines", required=False)
    applications = ApplicationSerializer(many=True, source="included_applications", required=False)
    custom_fields = CustomFieldSerializer(many=True, source="included_custom_fields", required=False)


class DocumentFilters(OfAccount):
    document_type = described(WordFilter("document_type", TYPES), "What kind of document it is.")
    invoice_number = described(TextFilter(method="by_number"), "The document's number, in any case.")
    invoice_date_from = described(DayFilter("invoice_date", lookup_expr="gte"), "Issued on this day or later.")
    invoice_date_to = described(DayFilter("invoice_date", lookup_expr="lte"), "Issued on this day or earlier.")
    open = described(FlagFilter("by_open"), "Whether something is still to be paid on it; never on a draft.")
    overdue = described(FlagFilter("by_overdue"), "Whether it should have been paid before today.")

    def by_number(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return number_is(rows, name, value)

    def by_open(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(receivables.is_open()) if value else rows.exclude(receivables.is_open())

    def by_overdue(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        late = receivables.is_overdue(today_of(self.request.tenant))
        return rows.filter(late) if value else rows.exclude(late)


def _account(documents: Sequence[Document]) -> None:
    accounts = Account.objects.select_related("parent", "primary_contact")
    prefetch_related_objects(documents, Prefetch("account", accounts))


def _lines(documents: Sequence[Any]) -> None:
    prefetch_related_objects(documents, Prefetch("lines", DocumentLine.objects.order_by("pk")))
    for document in documents:
        document.included_lines = sorted(document.lines.all(), key=lambda line: natural_key(line.line_number))


def _applications(documents: Sequence[Any]) -> None:
    """What reduces each document, and what a credit memo reduces."""
    ids = {document.pk for document in documents}
    found = list(Application.objects.filter(Q(document__in=ids) | Q(credit_memo__in=ids)).order_by("pk"))
    fetch_ends(found)
    of_document = defaultdict(list)
    for application in found:
        for pk in {application.document_id, application.credit_memo_id} & ids:
            of_document[pk].append(application)
    for document in documents:
        document.included_applications = of_document[document.pk]


class Documents(WriteView):
    """Receivable invoices, credit memos and debit memos; drafts and voided ones too."""

    resource = "documents"
    record_types = (INVOICE,)
    model = Document
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilters
    orderings = {
        **RecordView.orderings,
        "invoice_date": ("invoice_date", "pk"),
        "-invoice_date": ("-invoice_date", "-pk"),
        "invoice_number": ("number_lower", "pk"),
        "-invoice_number": ("-number_lower", "-pk"),
    }
    includes = {
        "account": _account,
        "lines": _lines,
        "applications": _applications,
        "custom_fields": custom_fields_on("Invoice"),
    }
    related = (
        Prefetch("account", Account.objects.only("erp_key")),
        Prefetch("company", Account.objects.only("erp_key")),
    )
    search_in = "the beginning of the number or key, or the account's name or number"

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(receivables.of_customers(), direction=Direction.RECEIVABLE)

    def search(self, term: str) -> Q:
        return search.documents(term)

    def shown(self, records: Sequence[Any]) -> Any:
        today = today_of(self.request.tenant)
        for document in records:
            document.state = state_of(document, today)
        return super().shown(records)
