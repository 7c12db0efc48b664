"""People at accounts."""

from __future__ import annotations

from django.db.models import Prefetch, Q

from arhub.api.columns import columns_of
from arhub.api.filters import OfAccount
from arhub.api.writing import WriteView
from arhub.domain import search
from arhub.models import Account, Contact
from arhub.records.parties import CONTACT


class ContactSerializer(columns_of(CONTACT)):  # type: ignore[misc]
    """A person at an account."""


class Contacts(WriteView):
    """People at accounts."""

    resource = "contacts"
    record_types = (CONTACT,)
    model = Contact
    serializer_class = ContactSerializer
    filterset_class = OfAccount
    related = (Prefetch("account", Account.objects.only("erp_key")),)
    search_in = "the beginning of each word of the name, of the e-mail address or key, or the account's name or number"

    def search(self, term: str) -> Q:
        return search.contacts(term)
