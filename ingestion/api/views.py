"""Loads: what they did, file by file, and what each of them left behind."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from arhub.api.errors import ApiError
from arhub.api.filters import IdFilter, TextFilter, WordFilter, described
from arhub.api.pagination import CURSOR, KeyPagination, page_size
from arhub.api.reading import ListView, ReadView
from arhub.domain.pages import Page
from arhub.models import Source
from ingestion.api import intake
from ingestion.api.schema import INTAKE
from ingestion.api.serializers import (
    TYPES,
    ChangeSerializer,
    IngestionSerializer,
    InvalidRowSerializer,
    LogEntrySerializer,
    ResultSerializer,
)
from ingestion.api.writer import person_of
from ingestion.domain import runs
from ingestion.domain.results import walk
from ingestion.models import Change, Ingestion, IngestionFile, InvalidRow, LogEntry
from ingestion.tasks import ring

_PLACE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


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

    @extend_schema(request=INTAKE, responses={202: IngestionSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Start a load of files or of JSON records, in bulk: the same engine and counts as for uploads. Its address
        tells how far it is, and its results what became of each row."""
        ingestion = intake.start(request._request)
        location = reverse("ingestions-detail", args=[ingestion.pk])
        return Response(self._told(ingestion.pk), status.HTTP_202_ACCEPTED, headers={"Location": location})

    @extend_schema(request=None, responses={202: IngestionSerializer})
    @action(detail=True, methods=["post"])
    def commit(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Write what the review of a dry run shows."""
        ingestion = self.get_object()
        if not runs.request_commit(ingestion, rejects=ingestion.rejects):
            raise ApiError(409, f"Only a load in review can be committed; this one is {ingestion.state}.")
        ring()
        return Response(self._told(ingestion.pk), status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={200: IngestionSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Stop a load that has not landed; nothing of it goes in."""
        ingestion = self.get_object()
        if not runs.cancel(ingestion, person_of(request._request)):
            raise ApiError(409, f"It is too late to cancel this load: it is {ingestion.state}.")
        return Response(self._told(ingestion.pk))

    def _told(self, pk: int) -> Any:
        return self.shown([self.get_queryset().get(pk=pk)])[0]


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


class ResultPages(KeyPagination):
    """A page goes on after a row of a file; the cursor names both."""

    def paginate_queryset(self, queryset: QuerySet[Any], request: Any, view: Any = None) -> list[Any]:
        self.address, size = request.build_absolute_uri(), page_size(request)
        match = _PLACE.fullmatch(request.query_params.get(CURSOR, "") or "0-0")
        if match is None:
            sentence = "Expected a cursor taken from “next” of a page."
            raise ApiError(400, sentence, fields={CURSOR: [sentence]})
        try:
            found = walk(view.ingestion(), (int(match[1]), int(match[2])), size + 1)
        except ValueError as error:
            raise ApiError(409, str(error)) from error
        place = f"{found[size - 1].file}-{found[size - 1].row}" if len(found) > size else ""
        self.page = Page(found[:size], next=place)
        return self.page.rows

    def link(self, direction: str, place: str) -> str | None:
        return super().link("", place)


class Results(PartView):
    """What became of each row of a load: inserted, updated, unchanged or invalid; of a load in review, what would."""

    model = IngestionFile
    serializer_class = ResultSerializer
    pagination_class = ResultPages
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"row": ("position",)}

    def ingestion(self) -> Ingestion:
        return get_object_or_404(Ingestion, pk=self.kwargs["ingestion"])
