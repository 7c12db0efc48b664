"""Pushes: records sent to other systems, what became of each, and settling what nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import QuerySet, prefetch_related_objects
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from arhub.api.base import given, person_of
from arhub.api.columns import ID, TEXT, RecordSerializer, Value, time
from arhub.api.errors import ApiError
from arhub.api.filters import IdFilter, TextFilter, WordFilter, described
from arhub.api.outbound import STATES, OutboundSerializer, with_attempts
from arhub.api.reading import ReadView
from connectors.domain import pushes, settling
from connectors.domain.subjects import SENT_TYPES, sendable
from connectors.models import Connection, OutboundPush

MOST = 1_000
TYPES = sorted(SENT_TYPES)


class PushedRecordSerializer(RecordSerializer):
    """A record that a push carries."""

    record_type = Value(attrgetter("record_type"), {**TEXT, "enum": TYPES}, help_text="Its type.")
    record_id = Value(attrgetter("record_id"), ID, help_text="The hub's own id of the record.")
    refusal = Value(attrgetter("refusal"), TEXT, help_text="Why the other side did not take it; empty when it did.")


class PushSerializer(OutboundSerializer):
    """Records on their way to another system. `uncertain` means that it may have arrived: it is not sent again before
    that is known."""

    optional = ("log", "records")

    connection = Value(lambda push: int(push.destination), ID, help_text="The connection it goes through.")
    identity = Value(attrgetter("identity"), TEXT, help_text="Its id there, the same at every attempt.")
    digest = Value(attrgetter("digest"), TEXT, help_text="SHA-256 of its content, once that is made.")
    uncertain_at = time("uncertain_at", "Since when nobody knows whether it arrived.")
    records = PushedRecordSerializer(many=True, source="pushes", required=False)


class PushInputSerializer(serializers.Serializer):
    """What is to be sent where."""

    connection = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The id of a connection.")
    record_type = serializers.ChoiceField(TYPES, help_text="The type of the records; a credit memo is an adjustment.")
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=MOST,
        help_text="The hub's own ids of the records.",
    )  # fmt: skip


class PushedSerializer(serializers.Serializer):
    """What became of a wish to send."""

    queued = serializers.IntegerField(help_text="So many are on their way now.")
    sent_before = serializers.IntegerField(help_text="So many were sent before, and do not go again.")
    from_there = serializers.IntegerField(help_text="So many came from there themselves.")


class ArrivedSerializer(serializers.Serializer):
    """What was seen at the other side."""

    keys = serializers.DictField(
        child=serializers.CharField(max_length=255), required=False,
        help_text="What the other side calls the record, by name; kept as write-backs.",
    )  # fmt: skip


class PushFilters(FilterSet):
    connection = described(IdFilter("destination"), "The id of a connection.")
    identity = described(TextFilter(method="by_identity"), "Its id there.")
    state = described(WordFilter("state", STATES), "How far it is.")

    def by_identity(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By the destinations as well, since that is how the index begins."""
        destinations = [str(pk) for pk in Connection.objects.values_list("pk", flat=True)]
        return rows.filter(destination__in=destinations, identity=value)


def _records(found: Sequence[Any]) -> None:
    prefetch_related_objects(found, "pushes")


def _settles(name: str, act: Callable[..., bool], meaning: str) -> Any:
    """An action that a person or program takes about one push; refused with the reason when it cannot be taken."""

    def acted(self: Pushes, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self._act(name, act)

    acted.__name__, acted.__doc__ = name, meaning
    described_action = extend_schema(request=None, responses={202: PushSerializer})(acted)
    return action(detail=True, methods=["post"], url_path=name.replace("_", "-"))(described_action)


class Pushes(ReadView):
    """What was sent to other systems, or is to be, the newest first."""

    resource = "pushes"
    model = OutboundPush
    serializer_class = PushSerializer
    filterset_class = PushFilters
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"-id": ("-pk",), "id": ("pk",)}
    includes: ClassVar[dict[str, Any]] = {"log": with_attempts, "records": _records}

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().defer("content")

    @extend_schema(request=PushInputSerializer, responses={202: PushedSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send records to a connection. What was sent before does not go again."""
        asked = given(request, PushInputSerializer)
        connection = Connection.objects.filter(pk=asked["connection"]).first()
        if connection is None:
            raise _wrong("connection", "There is no such connection.")
        ids = set(asked["ids"])
        known = set(sendable(asked["record_type"]).filter(pk__in=ids).values_list("pk", flat=True))
        if unknown := sorted(ids - known):
            raise _wrong("ids", f"There is no such record of this type that can be sent: {unknown[0]}.")
        try:
            pushed = pushes.push(connection, asked["record_type"], ids, person_of(request))
        except pushes.CannotPush as problem:
            raise ApiError(409, str(problem)) from problem
        return Response(PushedSerializer(pushed).data, status.HTTP_202_ACCEPTED)

    look_up = _settles("look_up", settling.look_up, "Have an uncertain push looked up at the other side now.")
    did_not_arrive = _settles(
        "did_not_arrive", settling.did_not_arrive, "Say that an uncertain push is not there: it is sent again."
    )
    replay = _settles("replay", settling.send_again, "Make what failed or was cancelled anew, and send it.")
    send_now = _settles("send_now", settling.send_now, "Try what waits or is held at once.")
    cancel = _settles("cancel", settling.cancel, "Do not send what waits or is held.")

    @extend_schema(request=ArrivedSerializer, responses={202: PushSerializer})
    @action(detail=True, methods=["post"])
    def arrived(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say that an uncertain push is there: it is never sent again."""
        push = self.get_object()
        keys = given(request, ArrivedSerializer).get("keys", {})
        names = settling.key_names(push)
        if unknown := sorted(set(keys) - set(names)):
            raise _wrong("keys", f"Expected {', '.join(names) or 'no keys for this push'}; found {unknown[0]}.")
        return self._act("arrived", partial(settling.arrived, keys=keys))

    def _act(self, name: str, act: Callable[..., bool]) -> Response:
        push = self.get_object()
        if not act(push, person_of(self.request)):
            wanted = "send_again" if name == "replay" else name
            reason = next(choice.obstacle for choice in settling.choices_of(push) if choice.name == wanted)
            raise ApiError(409, reason or "It moved on meanwhile.")
        return Response(self.shown([self.get_object()])[0], status.HTTP_202_ACCEPTED)


def _wrong(field: str, sentence: str) -> ApiError:
    return ApiError(400, sentence, fields={field: [sentence]})
