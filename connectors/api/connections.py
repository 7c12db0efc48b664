"""Connections: made, changed, tested, pulled from, deleted. Secrets go in and never come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from arhub.api.base import given, person_of
from arhub.api.columns import BOOL, ID, TEXT, RecordSerializer, Value, time
from arhub.api.errors import ApiError
from arhub.api.reading import ReadView
from arhub.api.runs import RunSerializer
from arhub.api.sharing import Level, require, visible_to
from arhub.models import Ledger
from connectors.domain import connections, pulls, removal
from connectors.domain.connections import WrongSettings
from connectors.models import Connection
from connectors.registry import CONNECTORS, load

_VALUES = "The settings by name, those that are secret left out."
_SET = "By the name of each secret that is stored: when it was set (`at`), and by whom (`by`)."
_OBJECT = {"type": "object", "additionalProperties": True}


class ConnectionSerializer(RecordSerializer):
    """How the hub reaches another system."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the connection.")
    name = Value(attrgetter("name"), TEXT, help_text="What people call it.")
    kind = Value(attrgetter("kind"), TEXT, help_text="Which system it is.")
    values = Value(attrgetter("values"), _OBJECT, help_text=_VALUES)
    secrets_set = Value(attrgetter("secrets_set"), _OBJECT, help_text=_SET)
    source = Value(attrgetter("source_id"), ID, allow_null=True, help_text="The source of what it pulls; see sources.")
    is_enabled = Value(attrgetter("is_enabled"), BOOL, help_text="Whether it pulls and pushes.")
    is_failing = Value(attrgetter("is_failing"), BOOL, help_text="Whether what was tried last did not work.")
    last_success_at = time("last_success_at", "When it worked last.")
    last_error_at = time("last_error_at", "When it last did not.")
    last_error = Value(attrgetter("last_error"), TEXT, help_text="Why not; empty when it worked since.")
    created_at = time("created_at", "When it was made.", allow_null=False)


class ConnectionInputSerializer(serializers.Serializer):
    """What a connection is given."""

    name = serializers.CharField(max_length=120, help_text="What people call it.")
    values = serializers.DictField(help_text="The settings by name, secrets too. One that is left out stays as it is.")  # type: ignore[assignment]


class NewConnectionSerializer(ConnectionInputSerializer):
    """What a new connection is given."""

    kind = serializers.CharField(
        max_length=40, help_text="Which system or gateway it is, such as intacct, dinero, sftp or as2."
    )
    ledger = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="Where its records go; left out: a new one."
    )


class ConnectionChangeSerializer(ConnectionInputSerializer):
    """What of a connection is changed."""

    is_enabled = serializers.BooleanField(help_text="Off: it neither pulls nor pushes; what waits is held.")


def secrets_among(connection: Connection, values: Mapping[str, Any]) -> bool:
    """Whether some of the values are of settings that are secret."""
    return any(setting.is_secret and setting.name in values for setting in load(connection.kind).settings)


class TickSerializer(serializers.Serializer):
    """A step of a test."""

    label = serializers.CharField(help_text="What was tried.")  # type: ignore[assignment]
    is_good = serializers.BooleanField(help_text="Whether it worked.")
    text = serializers.CharField(help_text="What was found, or what to do about it.")


class TestedSerializer(serializers.Serializer):
    """What a test came to."""

    is_good = serializers.BooleanField(help_text="Whether all steps passed.")
    ticks = TickSerializer(many=True, help_text="The steps, up to the first that failed.")


class PullSerializer(serializers.Serializer):
    """What is to be pulled."""

    full = serializers.BooleanField(default=False, help_text="Everything there is, instead of what changed.")


@contextmanager
def _told() -> Iterator[None]:
    """Wrong settings in the API's own shape."""
    try:
        yield
    except WrongSettings as problem:
        fields = {name if name == "name" else f"values.{name}": [text] for name, text in problem.errors.items()}
        raise ApiError(400, "Some settings are not as they should be.", fields=fields) from problem


class Connections(ReadView):
    """How the hub reaches other systems."""

    resource = "connections"
    model = Connection
    serializer_class = ConnectionSerializer
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {**ReadView.orderings, "name": ("name", "pk")}

    def get_queryset(self) -> QuerySet[Any]:
        return visible_to(self.request, super().get_queryset(), "connection")

    def allowed(self, needed: Level) -> Connection:
        """The connection at the address, with which the caller may do so much."""
        connection: Connection = self.get_object()
        require(self.request, connection, needed)
        return connection

    @extend_schema(request=NewConnectionSerializer, responses={201: ConnectionSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a connection. Test it next."""
        asked = given(request, NewConnectionSerializer)
        if asked["kind"] not in CONNECTORS:
            raise _wrong("kind", f"Expected one of {', '.join(CONNECTORS)}.")
        ledger = self._ledger(asked.get("ledger"))
        with _told():
            made = connections.create(
                asked["kind"], name=asked["name"], values=asked["values"], user=person_of(request), ledger=ledger
            )
        location = reverse("connections-detail", args=[made.pk])
        return Response(self.shown([made])[0], status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(request=ConnectionChangeSerializer(partial=True), responses={200: ConnectionSerializer})
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change a connection, or switch it on or off."""
        connection = self.allowed(Level.EDIT)
        asked = given(request, ConnectionChangeSerializer, partial=True)
        if "is_enabled" in asked or secrets_among(connection, asked.get("values", {})):
            require(request, connection, Level.ADMINISTER)
        if "name" in asked or "values" in asked:
            name, values = asked.get("name", connection.name), asked.get("values", {})
            with _told():
                connections.change(connection, name=name, values=values, user=person_of(request))
        if "is_enabled" in asked:
            connections.switch(connection, on=asked["is_enabled"], user=person_of(request))
        return Response(self.shown([self.get_object()])[0])

    @extend_schema(responses={204: None})
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Delete a connection through which nothing was ever pulled or pushed."""
        try:
            removal.remove(self.allowed(Level.ADMINISTER))
        except removal.InUse as problem:
            raise ApiError(409, str(problem)) from problem
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={200: TestedSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Try it step by step, up to the first that fails. Nothing is changed at the other side."""
        ticks = connections.test(self.allowed(Level.OPERATE), person_of(request))
        return Response(TestedSerializer({"is_good": all(tick.is_good for tick in ticks), "ticks": ticks}).data)

    @extend_schema(request=PullSerializer, responses={202: RunSerializer})
    @action(detail=True, methods=["post"])
    def pull(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Bring in what changed there since the last pull, or everything."""
        asked = given(request, PullSerializer)
        connection = self.allowed(Level.EDIT if asked["full"] else Level.OPERATE)
        if not connection.is_enabled:
            raise ApiError(409, "The connection is switched off: switch it on first.")
        if not pulls.can_pull(connection):
            raise ApiError(409, f"{connection.kind_label} brings no records.")
        run = pulls.start(connection, user=person_of(request), full=asked["full"])
        location = reverse("runs-detail", args=[run.pk])
        return Response(RunSerializer(run).data, status.HTTP_202_ACCEPTED, headers={"Location": location})

    def _ledger(self, pk: int | None) -> Ledger | None:
        found = Ledger.objects.filter(pk=pk).first() if pk else None
        if pk and found is None:
            raise _wrong("ledger", "There is no such ledger.")
        return found


def _wrong(field: str, sentence: str) -> ApiError:
    return ApiError(400, sentence, fields={field: [sentence]})
