"""Receipts of documents: what the other sides said when they had them, of all transactions or of one."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import FilterSet

from adaptors.api import shared
from adaptors.api.transaction_fields import TransactionReceiptSerializer
from adaptors.models import Transaction
from arhub.api.filters import FlagFilter, IdFilter, TimeFilter, described
from arhub.api.reading import ListView
from connectors.api.deliveries import Receipts as DeliveryReceipts
from connectors.models import Delivery, DeliveryReceipt


class ReceiptFilters(FilterSet):
    transaction = described(IdFilter("delivery__transaction"), "The id of a transaction.")
    refusal = described(FlagFilter(method="by_refusal"), "Whether it says that the document was not taken.")
    received_since = described(TimeFilter("received_at", lookup_expr="gte"), "Came at this time or later.")

    def by_refusal(self, rows: QuerySet[Any], name: str, value: bool | None) -> QuerySet[Any]:
        return rows if value is None else rows.filter(is_refusal=value)


class Receipts(DeliveryReceipts):
    """What the other sides said of documents, the newest first."""

    resource = "transactions"
    serializer_class = TransactionReceiptSerializer
    filterset_class = ReceiptFilters
    related = (Prefetch("delivery", Delivery.objects.select_related("transaction")),)

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset().filter(delivery__transaction__isnull=False)
        return shared.narrowed(self.request, rows, "delivery__transaction__activation")


class OwnReceipts(ListView):
    """What the other side said of one document, the newest first."""

    resource = "transactions"
    model = DeliveryReceipt
    serializer_class = TransactionReceiptSerializer
    orderings = Receipts.orderings
    related = Receipts.related

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        rows = shared.narrowed(self.request, Transaction.objects.only("pk"))
        own = get_object_or_404(rows, pk=self.kwargs["transaction"])
        return super().get_queryset().defer("content").filter(delivery__transaction=own)
