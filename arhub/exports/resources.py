"""A django-import-export resource for each record type."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from import_export.fields import Field as ResourceField
from import_export.resources import Resource

from arhub.exports.values import Rows, rows_of
from arhub.models import Direction
from arhub.records import RECORD_TYPES, RecordType

_ONLY = {
    "invoice": {"direction": Direction.RECEIVABLE},
    "adjustment": {"direction": Direction.RECEIVABLE},
    "payment": {"direction": Direction.RECEIVABLE},
    "invoice_line": {"document__direction": Direction.RECEIVABLE},
    "workflow_status": {"document__direction": Direction.RECEIVABLE},
    "payment_applied": {"document__direction": Direction.RECEIVABLE},
    "credit_memo_applied": {"document__direction": Direction.RECEIVABLE},
}
"""What leaves the hub is receivable, whatever the list it was asked from."""


class RecordResource(Resource):
    """Exports the columns of a record type. Nothing is imported this way: that is what ingestions are for."""

    record_type: RecordType

    @classmethod
    def get_display_name(cls) -> str:
        return cls.record_type.plural

    def export(self, queryset: QuerySet[Any] | None = None, **kwargs: Any) -> Rows:
        if queryset is None:
            raise ValueError("An export needs the records it is about.")
        only = {**_ONLY.get(self.record_type.name, {}), **dict(self.record_type.constants)}
        return rows_of(self.record_type, queryset.filter(**only), kwargs.get("export_fields"))


def resource_of(name: str) -> type[RecordResource]:
    """The resource of the record type of this name."""
    record_type = RECORD_TYPES[name]
    fields = {
        field.name: ResourceField(attribute=field.attribute, column_name=field.name, readonly=True)
        for field in record_type.fields
    }
    return type(
        f"{record_type.model.partition('.')[2]}Resource", (RecordResource,), {"record_type": record_type, **fields}
    )
