"""Write-backs: what other systems call our records."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet

from arhub.api.columns import ID, TEXT, RecordSerializer, Value, time
from arhub.api.filters import IdFilter, TextFilter, WordFilter, described
from arhub.api.reading import ReadView
from arhub.api.sharing import visible_to
from connectors.api.pushes import TYPES
from connectors.models import WriteBack


class WriteBackSerializer(RecordSerializer):
    """A key that another system gave a record of ours, or the number under which it keeps it."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the write-back.")
    connection = Value(attrgetter("connection_id"), ID, help_text="The connection it came through.")
    system = Value(attrgetter("system"), TEXT, help_text="Which system it is.")
    record_type = Value(attrgetter("record_type"), {**TEXT, "enum": TYPES}, help_text="The type of our record.")
    record_id = Value(attrgetter("record_id"), ID, help_text="The hub's own id of our record.")
    name = Value(attrgetter("name"), TEXT, help_text="The field's name there.")
    value = Value(attrgetter("value"), TEXT, help_text="Its value there.")
    written_at = time("written_at", "When it was written back.", allow_null=False)


class WriteBackFilters(FilterSet):
    record_type = described(WordFilter("record_type", TYPES), "The type of our record; a credit memo is an adjustment.")
    record_id = described(IdFilter("record_id"), "The hub's own id of our record; give its type as well.")
    connection = described(IdFilter("connection_id"), "The id of a connection.")
    value = described(TextFilter(field_name="value"), "What stands there, whole.")


class WriteBacks(ReadView):
    """What other systems call our records. Who may read pushes may read these."""

    resource = "pushes"
    model = WriteBack
    serializer_class = WriteBackSerializer
    filterset_class = WriteBackFilters

    def get_queryset(self) -> QuerySet[Any]:
        return visible_to(self.request, super().get_queryset(), "connection", "connection")
