"""Applications: which payment or credit memo reduced which document by how much."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from arhub.admin import cells
from arhub.admin.facts import page_of
from arhub.admin.filters import ApplicationFilter
from arhub.admin.record import RecordAdmin
from arhub.domain import search
from arhub.domain.receivables import of_documents
from arhub.models import Application, ApplicationType
from arhub.records import RECORD_TYPES, RecordType


@admin.register(Application)
class ApplicationAdmin(RecordAdmin):
    record_types = ("payment_applied", "credit_memo_applied")
    list_display = ("what", "by", "document_", "account_", "dated", "amount_")
    indexed_columns = ()
    list_filter = (ApplicationFilter, ("applied_date", RangeDateFilter), "ledger")
    ordering = ("-pk",)
    search_help_text = "Number of the document"
    empty_text = "What payments and credit memos were applied to stands here. It comes from the files you upload."

    def search_condition(self, term: str) -> Q:
        return search.of_document(term)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        related = ("document__account", "payment", "credit_memo")
        return super().get_queryset(request).filter(of_documents()).prefetch_related(*related)

    def get_resource_classes(self, request: HttpRequest) -> list[Any]:
        """The kind the list is narrowed to comes first, and so is what the export page proposes."""
        classes = super().get_resource_classes(request)
        return classes[::-1] if request.GET.get("show") == ApplicationType.CREDIT_MEMO else classes

    def record_type_of(self, record: Any) -> RecordType:
        is_payment = record.application_type == ApplicationType.PAYMENT
        return RECORD_TYPES["payment_applied" if is_payment else "credit_memo_applied"]

    @display(description="Kind", ordering="application_type")
    def what(self, application: Application) -> str:
        return application.get_application_type_display()

    @display(description="By")
    def by(self, application: Application) -> str:
        record = application.payment or application.credit_memo
        return cells.link(str(record), page_of(record))

    @display(description="Reduces")
    def document_(self, application: Application) -> str:
        return cells.link(str(application.document), page_of(application.document))

    @display(description="Account")
    def account_(self, application: Application) -> str:
        return cells.link(str(application.document.account), page_of(application.document.account))

    @display(description="Date", ordering="applied_date")
    def dated(self, application: Application) -> str:
        return cells.day(application.applied_date)

    @display(description="Amount", ordering="amount")
    def amount_(self, application: Application) -> str:
        return cells.money(application.amount, application.document.currency)
