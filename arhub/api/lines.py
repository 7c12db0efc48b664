"""Lines of documents."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from arhub.api.columns import TEXT, Value, columns_of
from arhub.api.filters import OfDocument
from arhub.api.writing import WriteView
from arhub.domain import search
from arhub.domain.receivables import of_customers
from arhub.models import Direction, Document, DocumentLine
from arhub.records.documents import INVOICE_LINE


class LineSerializer(columns_of(INVOICE_LINE)):  # type: ignore[misc]
    """A line of a document. Line numbers are text and sort naturally: 2 before 10."""

    currency = Value(attrgetter("document.currency"), TEXT, allow_null=True, help_text="The document's currency.")


class Lines(WriteView):
    """Lines of invoices, credit memos and debit memos."""

    resource = "lines"
    record_types = (INVOICE_LINE,)
    model = DocumentLine
    serializer_class = LineSerializer
    filterset_class = OfDocument
    related = (Prefetch("document", Document.objects.only("erp_key", "currency")),)
    search_in = "the beginning of the document's number, or of the line's key"

    def get_queryset(self) -> QuerySet[Any]:
        mine = of_customers("document__account_id") & Q(document__direction=Direction.RECEIVABLE)
        return super().get_queryset().filter(mine)

    def search(self, term: str) -> Q:
        return search.of_document(term)
