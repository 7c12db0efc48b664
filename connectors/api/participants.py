"""Participants: who can be reached electronically, under which endpoint and by which network."""

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
from rest_framework.response import Response

from arhub.api.base import given
from arhub.api.columns import BOOL, ID, TEXT, RecordSerializer, Value, choice, time
from arhub.api.errors import ApiError
from arhub.api.filters import TextFilter, WordFilter, described
from arhub.api.reading import ReadView
from arhub.domain.askers import asker_of
from arhub.domain.sharing import Level, reachable
from connectors.domain import participants
from connectors.domain.participants import NotAParticipant
from connectors.models import Connection, Participant

ROUTES = Participant.Route.values
_ENDPOINT = "Scheme and id, such as 0184:12345674."
_NAME = "What it is called."
_COUNTRY = "Two letters, such as DK; may be empty."
_REGISTRATION = "The company's number in its register, without blanks, full stops and hyphens; may be empty."
_VAT = "Its VAT number with the country, without blanks, full stops and hyphens; may be empty."
_ROUTE = "By which network it is reached."
_CONNECTION = "The id of the connection that is the way to this one alone; null where its route names one."


class ParticipantSerializer(RecordSerializer):
    """Somebody who takes documents electronically."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the participant.")
    endpoint = Value(attrgetter("endpoint"), TEXT, help_text=_ENDPOINT)
    scheme = Value(attrgetter("scheme"), TEXT, help_text="The part of the endpoint before the colon.")
    identifier = Value(attrgetter("identifier"), TEXT, help_text="The part after it, in capitals.")
    name = Value(attrgetter("name"), TEXT, help_text=_NAME)
    country = Value(attrgetter("country"), TEXT, help_text=_COUNTRY)
    registration_number = Value(attrgetter("registration_number"), TEXT, help_text=_REGISTRATION)
    vat_number = Value(attrgetter("vat_number"), TEXT, help_text=_VAT)
    route = choice(attrgetter("route"), ROUTES, _ROUTE)
    connection = Value(attrgetter("connection_id"), ID, allow_null=True, help_text=_CONNECTION)
    is_registered = Value(
        attrgetter("is_registered"), BOOL, allow_null=True, help_text="What its network's directory said; or null."
    )
    looked_up_at = time("looked_up_at", "When it said so.")
    look_up_text = Value(attrgetter("look_up_text"), TEXT, help_text="The last answer, in words.")
    created_at = time("created_at", "When it was made.", allow_null=False)


class ParticipantInputSerializer(serializers.Serializer):
    """What a participant is given."""

    endpoint = serializers.CharField(max_length=100, help_text=_ENDPOINT)
    name = serializers.CharField(max_length=255, help_text=_NAME)
    country = serializers.CharField(max_length=2, required=False, allow_blank=True, help_text=_COUNTRY)
    registration_number = serializers.CharField(
        max_length=60, required=False, allow_blank=True, help_text=_REGISTRATION
    )
    vat_number = serializers.CharField(max_length=60, required=False, allow_blank=True, help_text=_VAT)
    route = serializers.ChoiceField(ROUTES, required=False, help_text=f"{_ROUTE} Left out: peppol.")
    connection = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**63 - 1, help_text=_CONNECTION
    )


class ParticipantFilters(FilterSet):
    scheme = described(TextFilter(field_name="scheme"), "The scheme, such as 0184; give the identifier as well.")
    identifier = described(TextFilter(method="by_number"), "The identifier, whole, in any case.")
    registration_number = described(TextFilter(method="by_number"), "The registration number, whole.")
    vat_number = described(TextFilter(method="by_number"), "The VAT number, whole.")
    route = described(WordFilter("route", ROUTES), _ROUTE)

    def by_number(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        wanted = value.strip().upper() if name == "identifier" else participants.number_of(value)
        return rows.filter(**{name: wanted})


@contextmanager
def _told() -> Iterator[None]:
    """What makes no participant, in the API's own shape."""
    try:
        yield
    except NotAParticipant as problem:
        raise ApiError(400, str(problem), fields={problem.field: [str(problem)]}) from problem


class Participants(ReadView):
    """The directory of who can be reached electronically."""

    resource = "participants"
    model = Participant
    serializer_class = ParticipantSerializer
    filterset_class = ParticipantFilters
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {**ReadView.orderings, "name": ("name_lower", "pk")}
    search_in = "the beginnings of names and of all ids"

    def search(self, term: str) -> Q:
        return participants.begins(term)

    @extend_schema(request=ParticipantInputSerializer, responses={201: ParticipantSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take somebody into the directory."""
        with _told():
            made = participants.add(_with_connection(request, given(request, ParticipantInputSerializer)))
        location = reverse("participants-detail", args=[made.pk])
        return Response(self.shown([made])[0], status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(request=ParticipantInputSerializer(partial=True), responses={200: ParticipantSerializer})
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change what is given. Under another endpoint or route nothing is known of the look-up any more."""
        participant = self.get_object()
        asked = given(request, ParticipantInputSerializer, partial=True)
        with _told():
            participants.change(participant, _with_connection(request, asked))
        return Response(self.shown([participant])[0])

    @extend_schema(responses={204: None})
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take somebody out of the directory. What was sent there stays."""
        participants.remove(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _with_connection(request: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """With the connection itself for its id. Raises `NotAParticipant` when there is none."""
    if asked.get("connection") is None:
        return asked
    named = Connection.objects.filter(pk=asked["connection"])
    connection = reachable(asker_of(request), named, Level.OPERATE).first()
    if connection is None:
        raise NotAParticipant("connection", "There is no such connection.")
    return {**asked, "connection": connection}
