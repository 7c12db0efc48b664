"""Payments: money received."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from arhub.api.applications import ApplicationSerializer, fetch_ends
from arhub.api.columns import amount, columns_of
from arhub.api.filters import DayFilter, OfAccount, TextFilter, described, number_is
from arhub.api.reading import RecordView
from arhub.api.writing import WriteView
from arhub.domain import search
from arhub.domain.receivables import of_customers
from arhub.models import Account, Application, Direction, Payment
from arhub.records.money import PAYMENT


class PaymentSerializer(columns_of(PAYMENT)):  # type: ignore[misc]
    """Money received. A payment that is not applied yet is an advance. `payment_id` is its number."""

    optional = ("applications",)

    open_amount = amount("open_amount", "What is not applied yet, in the payment's currency.")
    applications = ApplicationSerializer(many=True, required=False)


class PaymentFilters(OfAccount):
    payment_id = described(TextFilter(method="by_number"), "The payment's number, in any case.")
    payment_date_from = described(DayFilter("payment_date", lookup_expr="gte"), "Paid on this day or later.")
    payment_date_to = described(DayFilter("payment_date", lookup_expr="lte"), "Paid on this day or earlier.")

    def by_number(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return number_is(rows, name, value)


def _applications(payments: Sequence[Payment]) -> None:
    prefetch_related_objects(payments, Prefetch("applications", Application.objects.order_by("pk")))
    fetch_ends([application for payment in payments for application in payment.applications.all()])


class Payments(WriteView):
    """Payments from customers."""

    resource = "payments"
    record_types = (PAYMENT,)
    model = Payment
    serializer_class = PaymentSerializer
    filterset_class = PaymentFilters
    orderings = {
        **RecordView.orderings,
        "payment_date": ("payment_date", "pk"),
        "-payment_date": ("-payment_date", "-pk"),
        "payment_id": ("number_lower", "pk"),
        "-payment_id": ("-number_lower", "-pk"),
    }
    includes = {"applications": _applications}
    related = (Prefetch("account", Account.objects.only("erp_key")),)
    search_in = "the beginning of the number or key, or the account's name or number"

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(of_customers(), direction=Direction.RECEIVABLE)

    def search(self, term: str) -> Q:
        return search.documents(term)
