"""Outstanding items: what an ERP says is still open on an invoice number."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from arhub.api.columns import ID, TEXT, Value, columns_of
from arhub.api.filters import OfDocument, TextFilter, described
from arhub.api.writing import WriteView
from arhub.domain import search
from arhub.domain.receivables import of_customers
from arhub.models import Direction, Document, OutstandingItem
from arhub.records.money import OUTSTANDING_ITEM


def _currency(item: OutstandingItem) -> str | None:
    return item.currency or (item.document.currency if item.document else None)


class OutstandingItemSerializer(columns_of(OUTSTANDING_ITEM)):  # type: ignore[misc]
    """What an ERP says is still open on an invoice number. Without a document it waits for its invoice."""

    currency = Value(_currency, TEXT, allow_null=True, help_text="Its own currency, else the document's.")
    document_hub_id = Value(
        lambda item: item.document_id, ID, allow_null=True, help_text="The hub's own id of the document it is about."
    )


class OutstandingItemFilters(OfDocument):
    invoice_number = described(TextFilter(method="by_number"), "The number of the document, as it is written.")

    def by_number(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The ledgers lead the number's index."""
        return rows.filter(ledger_id__in=search.ledger_ids(), number=value)


class OutstandingItems(WriteView):
    """What ERPs say is still open on invoice numbers."""

    resource = "outstanding_items"
    record_types = (OUTSTANDING_ITEM,)
    model = OutstandingItem
    serializer_class = OutstandingItemSerializer
    filterset_class = OutstandingItemFilters
    related = (Prefetch("document", Document.objects.only("erp_key", "currency")),)
    search_in = "the beginning of the invoice number"

    def get_queryset(self) -> QuerySet[Any]:
        mine = of_customers("document__account_id") & Q(document__direction=Direction.RECEIVABLE)
        return super().get_queryset().filter(Q(document__isnull=True) | mine)

    def search(self, term: str) -> Q:
        return Q(ledger_id__in=search.ledger_ids()) & Q(number__startswith=term)
