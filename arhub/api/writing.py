"""Writing single records: by the function that upper packages contribute, for there is one way in."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.module_loading import import_string
from rest_framework import serializers, status
from rest_framework.response import Response

from arhub.api.columns import SCHEMAS, TEXT, Schema
from arhub.api.errors import ApiError
from arhub.api.reading import RecordView
from arhub.records import Field, RecordType


class Given(serializers.Field):
    """A value that a caller gives; `schema` is its OpenAPI type."""

    def __init__(self, schema: Schema, **options: Any) -> None:
        super().__init__(**options)
        self.schema = schema


@cache
def input_of(*record_types: RecordType) -> type[serializers.Serializer]:
    """What a record may be given: the fields of its types. The engine checks them: it knows which of them it needs."""
    found = {item.name: item for record_type in record_types for item in record_type.fields}
    fields = {name: Given(_schema(item), required=False, help_text=item.help) for name, item in found.items()}
    name = "".join(part.title() for part in record_types[0].name.split("_"))
    return type(f"{name}InputSerializer", (serializers.Serializer,), fields)


def _schema(item: Field) -> Schema:
    return {**SCHEMAS.get(item.kind, TEXT), "nullable": True}


class WriteView(RecordView):
    """Records that a program may make and change one by one. What is written belongs to the source of the key.

    `record_types` are what the records may be; with several of them the view says which a row is.
    """

    record_types: ClassVar[tuple[RecordType, ...]]

    def type_of(self, row: dict[str, Any], record: Any = None) -> RecordType:
        """What a new record is, by its row, or the record that is changed."""
        return self.record_types[0]

    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a record. One that is there already is not touched: 409."""
        row = self._row()
        pk = import_string(settings.RECORD_WRITER).create(request._request, self.type_of(row), row)
        location = reverse(f"{self.basename}-detail", args=[pk])
        return Response(self._written(pk), status.HTTP_201_CREATED, headers={"Location": location})

    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give fields other values; null empties one. What another source set is changed there: 409 source_owned."""
        record, row = self.get_object(), self._row()
        record_type = self.type_of(row, record)
        import_string(settings.RECORD_WRITER).update(request._request, record_type, record, row)
        return Response(self._written(record.pk))

    def _row(self) -> dict[str, Any]:
        row = self.request.data
        if not isinstance(row, dict) or isinstance(row, QueryDict) or not row:
            raise ApiError(400, "Expected a JSON object with the record's fields.")
        return row

    def _written(self, pk: int) -> Any:
        return self.shown([self.model._default_manager.get(pk=pk)])[0]
