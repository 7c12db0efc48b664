"""Accounts: customers, and vendors and the own company that come along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from arhub.api.columns import columns_of
from arhub.api.contacts import ContactSerializer
from arhub.api.custom_fields import CustomFieldSerializer, custom_fields_on
from arhub.api.filters import RecordFilters, TextFilter, described, number_is
from arhub.api.reading import RecordView
from arhub.api.writing import WriteView
from arhub.domain import search
from arhub.models import Account, Contact
from arhub.records.parties import ACCOUNT


class AccountSerializer(columns_of(ACCOUNT)):  # type: ignore[misc]
    """A customer, or a vendor or the own company. `account_id` is the number people use."""

    optional = ("contacts", "custom_fields")

    contacts = ContactSerializer(many=True, required=False)
    custom_fields = CustomFieldSerializer(many=True, source="included_custom_fields", required=False)


class AccountFilters(RecordFilters):
    account_id = described(TextFilter(method="by_number"), "The account's number, in any case.")

    def by_number(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return number_is(rows, name, value)


def _contacts(accounts: Sequence[Account]) -> None:
    prefetch_related_objects(accounts, Prefetch("contacts", Contact.objects.order_by("pk")))


class Accounts(WriteView):
    """Customers, and the vendors and own companies that came along."""

    resource = "accounts"
    record_types = (ACCOUNT,)
    model = Account
    serializer_class = AccountSerializer
    filterset_class = AccountFilters
    orderings = {
        **RecordView.orderings,
        "account_name": ("name", "pk"),
        "-account_name": ("-name", "-pk"),
        "account_id": ("number_lower", "pk"),
        "-account_id": ("-number_lower", "-pk"),
    }
    includes = {"contacts": _contacts, "custom_fields": custom_fields_on("Company")}
    related = (
        Prefetch("parent", Account.objects.only("erp_key")),
        Prefetch("primary_contact", Contact.objects.only("erp_key")),
    )
    search_in = "the beginning of the number or key, or of each word of the name"

    def search(self, term: str) -> Q:
        return search.accounts(term)
