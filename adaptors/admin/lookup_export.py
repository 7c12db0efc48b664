"""What the list of lookup tables exports: the columns that a table imports."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from import_export.fields import Field
from import_export.resources import Resource

from adaptors.domain.mapping.lookup_tables import COLUMNS
from adaptors.models import LookupEntry
from arhub.exports.values import CHUNK_ROWS, Rows
from arhub.records import Kind


class LookupResource(Resource):
    """The entries of the tables of a list. Exports only: an import shows first what it would change."""

    table = Field("table__name", "table", readonly=True)
    key = Field("key", "key", readonly=True)
    value = Field("value", "value", readonly=True)

    @classmethod
    def get_display_name(cls) -> str:
        return "Lookup tables"

    def export(self, queryset: QuerySet[Any] | None = None, **kwargs: Any) -> Rows:
        if queryset is None:
            raise ValueError("An export needs the tables it is about.")
        names = [name for name in COLUMNS if name in (kwargs.get("export_fields") or COLUMNS)]
        tables = list(queryset.values_list("pk", flat=True))
        entries = LookupEntry.objects.filter(table__in=tables).select_related("table").order_by("table__name", "key")
        rows = entries.iterator(chunk_size=CHUNK_ROWS)
        values = ([self.fields[name].get_value(row) for name in names] for row in rows)
        return Rows(names, [Kind.TEXT] * len(names), values)
