"""Statuses that invoices and credit memos have had over time."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.timezone import localdate
from unfold.contrib.filters.admin import FieldTextFilter
from unfold.decorators import display

from arhub.admin import cells
from arhub.admin.facts import page_of
from arhub.admin.record import RecordAdmin
from arhub.contributions import origins_of
from arhub.domain import search
from arhub.domain.receivables import of_customers
from arhub.models import Direction, Document, WorkflowStatus

MOST_STATUSES = 100


@admin.register(WorkflowStatus)
class WorkflowStatusAdmin(RecordAdmin):
    record_types = ("workflow_status",)
    list_display = ("status", "document_", "account_", "since", "notes_")
    indexed_columns = ("document_",)
    list_filter = (("code", FieldTextFilter), "ledger")
    ordering = ("-pk",)
    search_help_text = "Number of the document"
    empty_text = "What became of your invoices and credit memos stands here. It comes from the files you upload."

    def search_condition(self, term: str) -> Q:
        return search.of_document(term)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        mine = of_customers("document__account_id") & Q(document__direction=Direction.RECEIVABLE)
        return super().get_queryset(request).filter(mine).prefetch_related("document__account")

    @display(description="Status", ordering="code")
    def status(self, status: WorkflowStatus) -> str:
        return status.code or status.workflow_status_id

    @display(description="Document", ordering="document__number_lower")
    def document_(self, status: WorkflowStatus) -> str:
        return cells.link(str(status.document), page_of(status.document))

    @display(description="Account")
    def account_(self, status: WorkflowStatus) -> str:
        return cells.link(str(status.document.account), page_of(status.document.account))

    @display(description="Since", ordering="source_created_at")
    def since(self, status: WorkflowStatus) -> str:
        return cells.day(localdate(status.source_created_at) if status.source_created_at else None)

    @display(description="Notes")
    def notes_(self, status: WorkflowStatus) -> str:
        return (status.notes or "")[:80]


def statuses_of(document: Document) -> tuple[list[Any], bool]:
    """The newest statuses of a document with where each came in, and whether there are more than are shown."""
    newest = (F("source_created_at").desc(nulls_last=True), "-pk")
    found: list[Any] = list(document.workflow_statuses.order_by(*newest)[: MOST_STATUSES + 1])
    shown = found[:MOST_STATUSES]
    origins = origins_of(shown)
    for status in shown:
        status.origin = origins.get(status.pk)
    return shown, len(found) > MOST_STATUSES
