"""Adaptors as the company uses them: activated, connected, changed, switched, run, removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.urls import reverse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from adaptors.api import shared
from adaptors.api.shared import wrong
from adaptors.catalogue import CATALOGUE
from adaptors.domain import activations
from adaptors.domain.customers import following
from adaptors.domain.customers.settings import GENERAL
from adaptors.domain.steps import missing, steps_of
from adaptors.domain.transactions.exporting import asks
from adaptors.models import Activation
from adaptors.registry import FORMATS
from arhub.api.base import given, person_of
from arhub.api.columns import BOOL, DAY, ID, TEXT, RecordSerializer, Value, time
from arhub.api.errors import ApiError
from arhub.api.filters import FlagFilter, TextFilter, described
from arhub.api.reading import ReadView
from arhub.api.runs import Runs, RunSerializer
from arhub.api.sharing import Level, require
from arhub.models import Source
from connectors.models import Connection

_TEXTS = {"type": "array", "items": TEXT}
_OBJECT = {"type": "object", "additionalProperties": True}
_NAME = "What people call it."
_DESTINATION = "The id of the connection it goes to, for all customers who have none of their own."
_CONNECTION = "The id of the connection that brings its records."
_SOURCE = "The id of the source whose records it takes, where no connection brings them."
_FORMAT = "The output format of all customers who have none of their own."
_OPTIONS = "The options of that format, by name."
_FROM = "Documents that are dated before are not exported by themselves."
_TYPES = "The types of documents that are exported."
_STATUSES = "The source's words for documents that are exported; none means any."
_FILE = "How files are called, such as {{ number }}.{{ ending }}; empty: as the format says."
_GENERAL = "The common settings of the group General, by name; an empty one is left to the default."
_VALUES = "What this adaptor asks for by itself, by name."
_TAKES = "Whether documents that fall in by the change, and are here already, are exported too."


def _lacking(activation: Activation) -> str:
    step = missing(activation.steps)  # type: ignore[attr-defined]
    return f"{step.label}: {step.text}" if step else ""


class ActivationSerializer(RecordSerializer):
    """An adaptor of the catalogue as the company uses it."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the adaptor.")
    adaptor = Value(attrgetter("adaptor"), TEXT, help_text="Which entry of the catalogue it is.")
    name = Value(attrgetter("name"), TEXT, help_text=_NAME)
    is_on = Value(attrgetter("is_on"), BOOL, help_text="Whether it runs.")
    lacking = Value(_lacking, TEXT, help_text="The first thing that it needs to run and has not; else empty.")
    source = Value(attrgetter("source_id"), ID, allow_null=True, help_text="The source whose records it takes.")
    connection = Value(attrgetter("connection_id"), ID, allow_null=True, help_text=_CONNECTION)
    destination = Value(attrgetter("destination_id"), ID, allow_null=True, help_text=_DESTINATION)
    format = Value(attrgetter("format"), TEXT, help_text=_FORMAT)
    format_values = Value(attrgetter("format_values"), _OBJECT, help_text=_OPTIONS)
    dated_from = Value(lambda one: one.dated_from.isoformat(), DAY, help_text=_FROM)
    document_types = Value(attrgetter("document_types"), _TEXTS, help_text=_TYPES)
    statuses = Value(attrgetter("statuses"), _TEXTS, help_text=_STATUSES)
    file_name = Value(attrgetter("file_name"), TEXT, help_text=_FILE)
    general = Value(attrgetter("general"), _OBJECT, help_text=_GENERAL)
    values = Value(attrgetter("values"), _OBJECT, help_text=_VALUES)
    created_at = time("created_at", "When it was activated.", allow_null=False)


def _id(help_text: str, **options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text=help_text, **options)


class NewActivationSerializer(serializers.Serializer):
    """What is activated."""

    adaptor = serializers.CharField(max_length=40, help_text="Which entry of the catalogue; see adaptors/catalogue.")
    name = serializers.CharField(max_length=120, required=False, help_text=_NAME)
    destination = _id(_DESTINATION, required=False)


class ActivationChangeSerializer(serializers.Serializer):
    """What of an adaptor is changed."""

    name = serializers.CharField(max_length=120, help_text=_NAME)
    is_on = serializers.BooleanField(help_text="On: its schedules run it, and people can. Off: nothing goes out.")
    connection = _id(_CONNECTION)
    source = _id(_SOURCE)  # type: ignore[assignment]
    destination = _id(_DESTINATION, allow_null=True)
    format = serializers.ChoiceField(list(FORMATS), allow_blank=True, help_text=_FORMAT)
    format_values = serializers.DictField(help_text=_OPTIONS)
    dated_from = serializers.DateField(help_text=_FROM)
    document_types = serializers.ListField(child=serializers.CharField(max_length=40), max_length=10, help_text=_TYPES)
    statuses = serializers.ListField(child=serializers.CharField(max_length=60), max_length=50, help_text=_STATUSES)
    file_name = serializers.CharField(max_length=200, allow_blank=True, help_text=_FILE)
    general = serializers.DictField(child=serializers.CharField(max_length=2_000, allow_blank=True), help_text=_GENERAL)
    values = serializers.DictField(help_text=_VALUES)  # type: ignore[assignment]
    takes_existing = serializers.BooleanField(help_text=_TAKES)


class RunNowSerializer(serializers.Serializer):
    """What a run takes."""

    all = serializers.BooleanField(
        default=False, help_text="A first run that would send many documents is refused unless this says that it may."
    )


@contextmanager
def _told() -> Iterator[None]:
    """What cannot be, in the API's own shape."""
    try:
        yield
    except activations.WrongSettings as problem:
        fields = {name.replace("-", ".", 1): [text] for name, text in problem.errors.items()}
        raise ApiError(400, "Some settings are not as they should be.", fields=fields) from problem
    except activations.Refused as problem:
        raise ApiError(409, str(problem)) from problem


class ActivationFilters(FilterSet):
    adaptor = described(TextFilter(field_name="adaptor"), "An entry of the catalogue.")
    on = described(FlagFilter(method="by_state"), "Whether it runs.")

    def by_state(self, rows: QuerySet[Any], name: str, value: bool | None) -> QuerySet[Any]:
        return rows if value is None else rows.filter(is_on=value)


class Activations(ReadView):
    """The adaptors that the company has activated."""

    resource = "adaptors"
    model = Activation
    serializer_class = ActivationSerializer
    filterset_class = ActivationFilters
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {**ReadView.orderings, "name": ("name", "pk")}
    search_in = "the beginning of the name"

    def search(self, term: str) -> Q:
        return Q(name__istartswith=term)

    def get_queryset(self) -> QuerySet[Any]:
        return shared.activations(self.request).select_related("source", "connection", "destination")

    def shown(self, records: Any) -> Any:
        lists = steps_of(records)
        for record in records:
            record.steps = lists[record.pk]
        return super().shown(records)

    @extend_schema(request=NewActivationSerializer, responses={201: ActivationSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Activate an adaptor of the catalogue. It is off until it has all it needs; `lacking` says what is next."""
        asked = given(request, NewActivationSerializer)
        if asked["adaptor"] not in CATALOGUE:
            raise wrong("adaptor", f"Expected one of {', '.join(CATALOGUE)}.")
        with _told():
            made = activations.activate(
                asked["adaptor"], name=asked.get("name", ""), user=person_of(request),
                destination=self._connection("destination", asked.get("destination")),
            )  # fmt: skip
        location = reverse("adaptors-detail", args=[made.pk])
        return Response(self.shown([made])[0], status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(request=ActivationChangeSerializer(partial=True), responses={200: ActivationSerializer})
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change settings, connect it to what brings its records, or switch it on or off. Of `format_values`, `general`
        and `values` those that are not named stay as they are."""
        activation, user = self.get_object(), person_of(request)
        asked = given(request, ActivationChangeSerializer, partial=True)
        is_on, takes = asked.pop("is_on", None), asked.pop("takes_existing", False)
        require(request, activation, Level.EDIT if is_on is None else Level.ADMINISTER)
        with _told():
            self._connect(activation, asked)
            if "destination" in asked:
                asked["destination"] = self._connection("destination", asked["destination"], activation.destination)
            if unknown := sorted(set(asked.get("general", {})) - set(GENERAL)):
                raise wrong(f"general.{unknown[0][:60]}", f"Expected one of {', '.join(GENERAL)}.")
            activations.change(activation, asked, user, takes_existing=takes)
            if is_on is not None:
                activations.switch(self.get_object(), on=is_on, user=user)
        return Response(self.shown([self.get_object()])[0])

    @extend_schema(responses={204: None})
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Delete an adaptor through which no document went, with its settings, export rules and schedules."""
        activation = self.get_object()
        require(request, activation, Level.ADMINISTER)
        with _told():
            activations.remove(activation, person_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=RunNowSerializer, responses={202: RunSerializer})
    @action(detail=True, methods=["post"], url_path="run-now")
    def run_now(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a run of all that is due."""
        activation = self.get_object()
        require(request, activation, Level.OPERATE)
        is_meant = given(request, RunNowSerializer)["all"]
        if activation.is_on and not is_meant and (found := asks(activation)):
            raise ApiError(409, f'The first run would send {found:,} documents: say {{"all": true}} if that is meant.')
        with _told():
            return Runs.started(activations.run_now(activation, person_of(request)))

    def _connect(self, activation: Activation, asked: dict[str, Any]) -> None:
        """Take the records from the connection or source that is named, and forget that it was."""
        chosen: Connection | Source | None = self._connection(
            "connection", asked.pop("connection", None), activation.connection
        )
        if pk := asked.pop("source", None):
            chosen = Source.objects.filter(pk=pk).first()
            if chosen is None:
                raise wrong("source", "There is no such source.")
        if chosen is not None:
            activations.connect(activation, chosen, person_of(self.request))
            following.look_later(activation)

    def _connection(self, field: str, pk: int | None, now: Connection | None = None) -> Connection | None:
        """The one that is named: one that the caller may use, or the one that is there `now`."""
        if now is not None and now.pk == pk:
            return now
        found = shared.usable(self.request, Connection.objects.filter(pk=pk)).first() if pk else None
        if pk and found is None:
            raise wrong(field, "There is no such connection.")
        return found
