"""What narrows the table of export rules."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from arhub.admin.filters import QuickFilter
from arhub.domain import search
from arhub.models import Account

NEW_DAYS = 30


class RuleFilter(QuickFilter):
    options = (
        ("all", "All"), ("active", "Active"), ("inactive", "Not active"), ("not_ready", "Not ready"), ("new", "New"),
    )  # fmt: skip
    conditions: ClassVar[dict[str, Q]] = {
        "active": Q(is_active=True), "inactive": Q(is_active=False), "not_ready": Q(is_ready=False),
    }  # fmt: skip

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "new":
            return queryset.filter(account__created_at__gte=timezone.now() - timedelta(days=NEW_DAYS))
        return queryset.filter(self.conditions.get(value, Q()))


class ChangedSinceFilter(SimpleListFilter):
    """A day, which people type. The customer's record was changed on it or later."""

    title = "Changed since"
    parameter_name = "since"
    template = "adaptors/rules/changed_since.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("", ""),)

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        day = _day(self.value() or "")
        if day is None:
            return queryset
        return queryset.filter(account__updated_at__gte=timezone.make_aware(datetime.combine(day, time())))


def of_customers(term: str) -> Q:
    """The rules of customers found by the beginning of a name, a number or any id, also one of their own settings."""
    found = search.accounts(term)
    for name in ("vat_number", "registration_number", "gln", "duns_number"):
        found |= Q(**{f"{name}__istartswith": term})
    own = Q(values__customer_endpoint_id__istartswith=term) | Q(values__customer_name__istartswith=term)
    return Q(account_id__in=Account.objects.filter(found).values("pk")) | own


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
