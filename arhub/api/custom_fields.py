"""Values of a tenant's own fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from django.db.models import Q

from arhub.api.columns import ID, Value, columns_of
from arhub.api.filters import IdFilter, RecordFilters, WordFilter, described
from arhub.api.reading import Include
from arhub.api.writing import WriteView
from arhub.domain import search
from arhub.domain.owners import TABLES
from arhub.models import CustomFieldValue
from arhub.records.money import CUSTOM_FIELD


class CustomFieldSerializer(columns_of(CUSTOM_FIELD)):  # type: ignore[misc]
    """The value of one of the tenant's own fields on a record."""

    owner_hub_id = Value(attrgetter("owner"), ID, help_text="The hub's own id of the record the value is on.")


class CustomFieldFilters(RecordFilters):
    table = described(WordFilter("table_key", list(TABLES)), "What the field is on.")
    owner_hub_id = described(IdFilter("owner"), "The hub's own id of the record; give `table` with it.")


class CustomFields(WriteView):
    """Values of the tenant's own fields on accounts, contacts, documents, lines and payments."""

    resource = "custom_fields"
    record_types = (CUSTOM_FIELD,)
    model = CustomFieldValue
    serializer_class = CustomFieldSerializer
    filterset_class = CustomFieldFilters
    search_in = "the beginning of each word of the field's name, or of the record's key"

    def search(self, term: str) -> Q:
        return search.words_begin("label", term) | search.keyed(term, search.ledger_ids())


def custom_fields_on(table: str) -> Include:
    """Fetches the custom fields of records of this table, as `included_custom_fields`."""

    def include(records: Sequence[Any]) -> None:
        values = defaultdict(list)
        owners = [record.pk for record in records]
        for value in CustomFieldValue.objects.filter(table_key=table, owner__in=owners).order_by("label", "pk"):
            values[value.owner].append(value)
        for record in records:
            record.included_custom_fields = values[record.pk]

    return include
