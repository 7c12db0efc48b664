"""Values of a tenant's own fields, on whatever record they belong to."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter
from unfold.decorators import display

from arhub.admin import cells
from arhub.admin.facts import page_of
from arhub.admin.record import RecordAdmin
from arhub.domain import search
from arhub.domain.owners import owners_of
from arhub.models import CustomFieldValue, DocumentLine


@admin.register(CustomFieldValue)
class CustomFieldAdmin(RecordAdmin):
    record_types = ("custom_field",)
    list_display = ("label", "shown", "table", "owner_")
    indexed_columns = ("table",)
    list_filter = ("table_key", ("label", FieldTextFilter), "ledger")
    ordering = ("-pk",)
    search_help_text = "Field, or key"
    empty_text = "Values of your own fields on accounts, documents and payments. They come from the files you upload."

    def search_condition(self, term: str) -> Q:
        return search.words_begin("label", term) | search.keyed(term, search.ledger_ids())

    def prepare_rows(self, request: HttpRequest, rows: list[CustomFieldValue]) -> None:
        owners = owners_of(rows)
        for value in rows:
            value.record = owners.get((value.table_key, value.owner))  # type: ignore[attr-defined]

    @display(description="Value")
    def shown(self, value: CustomFieldValue) -> str:
        return value.value or value.string_value or cells.number(value.numeric_value)

    @display(description="On", ordering="table_key")
    def table(self, value: CustomFieldValue) -> str:
        return str(value.table_key)

    @display(description="Record")
    def owner_(self, value: CustomFieldValue) -> str:
        record = getattr(value, "record", None)
        if isinstance(record, DocumentLine):
            return cells.link(f"{record}, {record.document}", page_of(record.document))
        return cells.link(str(record), page_of(record)) if record else ""
