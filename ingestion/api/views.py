"""Loads: what they did, file by file, and what each of them left behind."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import FilterSet

from arhub.api.filters import IdFilter, TextFilter, WordFilter, described
from arhub.api.reading import ListView, ReadView
from arhub.models import Source
from ingestion.api.serializers import (
    TYPES,
    ChangeSerializer,
    IngestionSerializer,
    InvalidRowSerializer,
    LogEntrySerializer,
)
from ingestion.models import Change, Ingestion, IngestionFile, InvalidRow, LogEntry


class Ingestions(ReadView):
    """Loads, the newest first."""

    resource = "ingestions"
    model = Ingestion
    serializer_class = IngestionSerializer
    orderings = {"-id": ("-pk",), "id": ("pk",)}
    related = (
        Prefetch("source", Source.objects.only("name")),
        Prefetch("files", IngestionFile.objects.defer("offsets", "left_out")),
        "files__counts",
    )


class PartView(ListView):
    """What a load left behind, listed below its address."""

    resource = "ingestions"

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        ingestion = get_object_or_404(Ingestion.objects.only("pk"), pk=self.kwargs["ingestion"])
        return super().get_queryset().filter(ingestion=ingestion)


class InvalidRowFilters(FilterSet):
    file = described(IdFilter("file_id"), "The id of a file of the load.")


class InvalidRows(PartView):
    """The rows that did not go in, in the order of the files and their lines."""

    model = InvalidRow
    serializer_class = InvalidRowSerializer
    filterset_class = InvalidRowFilters
    orderings = {"line": ("file_id", "line", "pk")}


class ChangeFilters(FilterSet):
    field = described(TextFilter(field_name="field"), "The column of the record.")
    record_type = described(WordFilter("record_type", TYPES), "What the record is.")
    record = described(IdFilter("record"), "The hub's own id of the record.")


class Changes(PartView):
    """Each field of each record that the load changed, with what it held and what it holds since."""

    model = Change
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilters


class Log(PartView):
    """The load's story."""

    model = LogEntry
    serializer_class = LogEntrySerializer
