"""The filters people use first, as buttons above a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from arhub.domain.kept import kept
from arhub.domain.receivables import (
    OTHER_KINDS,
    customers,
    is_open,
    is_overdue,
    of_customers,
    overdue_account_ids,
    today_of,
)
from arhub.models import Account, Tenant


class QuickFilter(SimpleListFilter):
    """Buttons of which one is pressed. The first option is the one without a parameter in the address."""

    is_quick = True
    title = "Show"
    parameter_name = "show"
    template = "arhub/list/kept_filter.html"
    options: tuple[tuple[str, str], ...] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return self.options

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        first = self.options[0][0]
        chosen = self.value() if self.value() in dict(self.options) else first
        for value, label in self.options:
            query = (
                changelist.get_query_string(remove=[self.parameter_name])
                if value == first
                else changelist.get_query_string({self.parameter_name: value})
            )
            yield {"selected": value == chosen, "query_string": query, "display": label, "value": value}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.narrow(request, queryset, self.value() or self.options[0][0])

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        raise NotImplementedError


class InvoiceFilter(QuickFilter):
    options = (("all", "All"), ("open", "Open"), ("overdue", "Overdue"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "open":
            return queryset.filter(is_open())
        return queryset.filter(is_overdue(today_of(request.tenant))) if value == "overdue" else queryset  # type: ignore[attr-defined]


class InvoiceKindFilter(SimpleListFilter):
    """Of the kinds of documents the two that stand in the list of invoices."""

    title = "kind"
    parameter_name = "document_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("invoice", "Invoices"), ("debit_memo", "Debit memos")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(document_type=self.value()) if self.value() else queryset


class CreditMemoFilter(QuickFilter):
    options = (("all", "All"), ("open", "Open"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(is_open()) if value == "open" else queryset


class PaymentFilter(QuickFilter):
    options = (("all", "All"), ("unapplied", "Unapplied"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        unapplied = ~Q(is_voided=True) & Q(open_amount__isnull=False) & ~Q(open_amount=0)
        return queryset.filter(unapplied) if value == "unapplied" else queryset


class AccountFilter(QuickFilter):
    options = (("customers", "Customers"), ("overdue", "With overdue"), ("other", "Vendors and own"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "other":
            return queryset.filter(kind__in=OTHER_KINDS)
        owing = customers(queryset)
        if value != "overdue":
            return owing
        tenant: Tenant = request.tenant  # type: ignore[attr-defined]
        return owing.filter(pk__in=kept(tenant, "overdue", lambda: overdue_account_ids(tenant)))


class ContactFilter(QuickFilter):
    options = (("customers", "Customers'"), ("primary", "Main contacts"), ("other", "Vendors' and own"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "other":
            return queryset.filter(account__kind__in=OTHER_KINDS)
        owing = queryset.filter(of_customers())
        if value != "primary":
            return owing
        named = Account.objects.filter(pk=OuterRef("account_id"), primary_contact_id=OuterRef("pk"))
        return owing.filter(Q(is_primary=True) | Exists(named))


class MatchFilter(QuickFilter):
    options = (("all", "All"), ("unmatched", "Unmatched"), ("matched", "Matched"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset if value == "all" else queryset.filter(document__isnull=value == "unmatched")


class ApplicationFilter(QuickFilter):
    options = (("all", "All"), ("payment", "Of payments"), ("credit_memo", "Of credit memos"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset if value == "all" else queryset.filter(application_type=value)
