"""What the list of participants exports: the columns that it imports."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from import_export.fields import Field
from import_export.resources import Resource

from arhub.exports.values import CHUNK_ROWS, Rows
from arhub.records import Kind
from connectors.domain.participant_files import COLUMNS


class ParticipantResource(Resource):
    """Exports only: what a file would change is shown before it is written, which the import of this library does with
    all rows and their HTML in memory."""

    endpoint = Field("endpoint", "endpoint", readonly=True)
    name = Field("name", "name", readonly=True)
    country = Field("country", "country", readonly=True)
    registration_number = Field("registration_number", "registration_number", readonly=True)
    vat_number = Field("vat_number", "vat_number", readonly=True)
    route = Field("route", "route", readonly=True)
    connection = Field("connection__name", "connection", readonly=True)

    @classmethod
    def get_display_name(cls) -> str:
        return "Participants"

    def export(self, queryset: QuerySet[Any] | None = None, **kwargs: Any) -> Rows:
        if queryset is None:
            raise ValueError("An export needs the participants it is about.")
        names = [name for name in COLUMNS if name in (kwargs.get("export_fields") or COLUMNS)]
        rows = queryset.select_related("connection").iterator(chunk_size=CHUNK_ROWS)
        values = ([self.fields[name].get_value(row) for name in names] for row in rows)
        return Rows(names, [Kind.TEXT] * len(names), values)
