"""What narrows the list of transactions: each so that an index finds the rows, or the newest are met soon."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from adaptors.models import Transaction
from adaptors.registry import FORMATS, label_of
from arhub.admin.filters import QuickFilter
from arhub.admin.sharing import visible
from arhub.domain import search
from arhub.models import Account
from arhub.requests import number_of
from connectors.domain.deliveries import can_deliver
from connectors.models import Connection

State = Transaction.State
MOST_CUSTOMERS = 500
SLACK = 10_000
"""Ids follow the order in which transactions are made, but for as many as are made at the same time."""


class ShowFilter(QuickFilter):
    options = (
        ("all", "All"), ("person", "Needs a person"), ("failed", "Failed"), ("uncertain", "Uncertain"),
        ("held", "On hold"), ("delivered", "Delivered"), ("changed", "Changed after sending"),
    )  # fmt: skip
    conditions: ClassVar[dict[str, Q]] = {
        "person": Q(asks_person=True),
        "failed": Q(state__in=[State.FAILED, State.REJECTED]),
        "uncertain": Q(state=State.UNCERTAIN),
        "held": Q(state=State.HELD),
        "delivered": Q(state__in=[State.DELIVERED, State.ACKNOWLEDGED]),
        "changed": Q(changed_at__isnull=False),
    }

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(self.conditions.get(value, Q()))


class FormatFilter(SimpleListFilter):
    title = "format"
    parameter_name = "format"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, label_of(kind)) for kind in FORMATS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(format=self.value()) if self.value() else queryset


class GatewayFilter(SimpleListFilter):
    title = "gateway"
    parameter_name = "gateway"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        seen = visible(request, Connection.objects.order_by("name"), "connection")
        return [(str(one.pk), one.name) for one in seen if can_deliver(one)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(connection=number_of(self.value() or "") or 0) if self.value() else queryset


class CauseFilter(SimpleListFilter):
    """Those in trouble for one reason: pages lead to it, nobody types it."""

    title = "cause"
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        given = request.GET.get(self.parameter_name, "")
        return [(given, "The one that was chosen")] if given else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(cause=self.value()) if self.value() else queryset


class TypedFilter(SimpleListFilter):
    """What people type into a field of the form of filters."""

    template = "adaptors/transaction/typed_filter.html"
    kind: ClassVar[str] = "text"
    help: ClassVar[str] = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("", ""),)

    def has_output(self) -> bool:
        return True


class CustomerFilter(TypedFilter):
    title = "Customer"
    parameter_name = "customer"
    help = "Beginning of a name or a number."

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = (self.value() or "").replace("\x00", "").strip()
        if not text:
            return queryset
        found = Account.objects.filter(search.accounts(text)).order_by().values_list("pk", flat=True)
        return queryset.filter(account__in=list(found[:MOST_CUSTOMERS]))


class DayFilter(TypedFilter):
    """A day of the tenant's on which transactions were made."""

    kind = "date"

    def moment(self, request: Any, days: int = 0) -> datetime | None:
        try:
            day = date.fromisoformat(self.value() or "") + timedelta(days=days)
        except (ValueError, OverflowError):
            return None
        return datetime.combine(day, time(), request.tenant.zone)


class SinceFilter(DayFilter):
    title = "From"
    parameter_name = "since"
    help = "Day on which the document was selected."

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        moment = self.moment(request)
        if moment is None:
            return queryset
        first = _ids(Transaction.objects.filter(created_at__gte=moment).order_by("created_at"))
        return queryset.filter(created_at__gte=moment, pk__gte=first - SLACK) if first else queryset.none()


class UntilFilter(DayFilter):
    title = "To"
    parameter_name = "until"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        moment = self.moment(request, days=1)
        if moment is None:
            return queryset
        last = _ids(Transaction.objects.filter(created_at__lt=moment).order_by("-created_at"))
        return queryset.filter(created_at__lt=moment, pk__lte=last + SLACK) if last else queryset.none()


def _ids(rows: QuerySet[Transaction]) -> int | None:
    """The id of the first of them: from there the list is read in its order, instead of past what nobody asked for."""
    return rows.values_list("pk", flat=True).first()
