"""Incidents: what is late, missing or not as it should be; closed with a reason."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from arhub.api.base import given, person_of
from arhub.api.columns import BOOL, ID, INTEGER, TEXT, RecordSerializer, Value, choice, time
from arhub.api.errors import ApiError
from arhub.api.filters import IdFilter, WordFilter, described
from arhub.api.reading import ReadView
from arhub.api.sharing import Level, require
from arhub.domain import incidents
from arhub.domain.askers import asker_of
from arhub.models import Incident


def _name(attribute: str, help_text: str) -> Value:
    def read(incident: Any) -> str | None:
        person = getattr(incident, attribute)
        return str(person) if person else None

    return Value(read, TEXT, allow_null=True, help_text=help_text)


class IncidentSerializer(RecordSerializer):
    """Something that was expected and is not so."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the incident.")
    kind = choice(attrgetter("kind"), Incident.Kind.values, "What is not as it should be.")
    state = choice(attrgetter("state"), Incident.State.values, "Whether it still waits for somebody.")
    key = Value(attrgetter("key"), TEXT, help_text="What it is about; one incident at most is open under each key.")
    subject = Value(attrgetter("subject"), TEXT, help_text="What it is about, for people.")
    text = Value(attrgetter("text"), TEXT, help_text="What was expected, and what was found.")
    owner = Value(attrgetter("owner_id"), ID, allow_null=True, help_text="The id of who sees to it.")
    owner_name = _name("owner", "Who sees to it.")
    source = Value(attrgetter("source_id"), ID, allow_null=True, help_text="The source it is about.")
    url = Value(attrgetter("url"), TEXT, help_text="The hub's page of what it is about.")
    opened_at = time("opened_at", "When it was found first.", allow_null=False)
    last_seen_at = time("last_seen_at", "When it was found last.", allow_null=False)
    times = Value(attrgetter("times"), INTEGER, help_text="How often it was found to be so.")
    closed_at = time("closed_at", "When it was closed.")
    closed_by_name = _name("closed_by", "Who closed it; null for a program, and when it was closed by arrival.")
    by_arrival = Value(attrgetter("by_arrival"), BOOL, help_text="Whether what was missing closed it by coming.")
    reason = Value(attrgetter("reason"), TEXT, help_text="Why it was closed.")


class ReasonSerializer(serializers.Serializer):
    """Why an incident is closed."""

    reason = serializers.CharField(max_length=2_000, help_text="Why it need not worry anybody any more.")


class IncidentFilters(FilterSet):
    state = described(WordFilter("state", Incident.State.values), "Whether it still waits for somebody.")
    kind = described(WordFilter("kind", Incident.Kind.values), "What is not as it should be.")
    source = described(IdFilter("source"), "The id of a source.")
    owner = described(IdFilter("owner"), "The id of who sees to it.")


class Incidents(ReadView):
    """What is late, missing or not as it should be, the newest first."""

    resource = "incidents"
    model = Incident
    serializer_class = IncidentSerializer
    filterset_class = IncidentFilters
    related = ("owner", "closed_by")
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"-id": ("-pk",), "id": ("pk",)}

    def get_queryset(self) -> QuerySet[Any]:
        return incidents.visible(asker_of(self.request), super().get_queryset())

    @extend_schema(request=ReasonSerializer, responses={200: IncidentSerializer})
    @action(detail=True, methods=["post"])
    def close(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Close an incident, with a reason."""
        incident = self.get_object()
        if (thing := incidents.thing_of(incident)) is not None:
            require(request, thing, Level.OPERATE)
        if not incidents.close(incident, person_of(request), given(request, ReasonSerializer)["reason"]):
            raise ApiError(409, "It is closed already.")
        return Response(self.shown([self.get_object()])[0])
