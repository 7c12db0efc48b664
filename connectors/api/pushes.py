"""Pushes: records sent to other systems, what became of each, and settling what nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import prefetch_related_objects
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from arhub.api.base import given, person_of
from arhub.api.columns import ID, TEXT, RecordSerializer, Value
from arhub.api.errors import ApiError
from arhub.api.outbound import with_attempts
from connectors.api.settled import SettledFilters, SettledSerializer, SettledView, answering, settles, usable, wrong
from connectors.domain import pushes, settling
from connectors.domain.subjects import SENT_TYPES, sendable
from connectors.models import OutboundPush

MOST = 1_000
TYPES = sorted(SENT_TYPES)


class PushedRecordSerializer(RecordSerializer):
    """A record that a push carries."""

    record_type = Value(attrgetter("record_type"), {**TEXT, "enum": TYPES}, help_text="Its type.")
    record_id = Value(attrgetter("record_id"), ID, help_text="The hub's own id of the record.")
    refusal = Value(attrgetter("refusal"), TEXT, help_text="Why the other side did not take it; empty when it did.")


class PushSerializer(SettledSerializer):
    """Records on their way to another system. `uncertain` means that it may have arrived: it is not sent again before
    that is known."""

    optional = ("log", "records")

    identity = Value(attrgetter("identity"), TEXT, help_text="Its id there, the same at every attempt.")
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


def _records(found: Sequence[Any]) -> None:
    prefetch_related_objects(found, "pushes")


@extend_schema_view(**answering(PushSerializer, "replay"))
class Pushes(SettledView):
    """What was sent to other systems, or is to be, the newest first."""

    resource = "pushes"
    model = OutboundPush
    serializer_class = PushSerializer
    filterset_class = SettledFilters
    includes: ClassVar[dict[str, Any]] = {"log": with_attempts, "records": _records}

    @extend_schema(request=PushInputSerializer, responses={202: PushedSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send records to a connection. What was sent before does not go again."""
        asked = given(request, PushInputSerializer)
        connection = usable(request, asked["connection"])
        ids = set(asked["ids"])
        known = set(sendable(asked["record_type"]).filter(pk__in=ids).values_list("pk", flat=True))
        if unknown := sorted(ids - known):
            raise wrong("ids", f"There is no such record of this type that can be sent: {unknown[0]}.")
        try:
            pushed = pushes.push(connection, asked["record_type"], ids, person_of(request))
        except pushes.CannotPush as problem:
            raise ApiError(409, str(problem)) from problem
        return Response(PushedSerializer(pushed).data, status.HTTP_202_ACCEPTED)

    replay = settles(
        "send_again", settling.send_again, "Make what failed or was cancelled anew, and send it.", name="replay"
    )

    @extend_schema(request=ArrivedSerializer, responses={202: PushSerializer})
    @action(detail=True, methods=["post"])
    def arrived(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say that an uncertain push is there: it is never sent again."""
        push = self.used()
        keys = given(request, ArrivedSerializer).get("keys", {})
        names = settling.key_names(push)
        if unknown := sorted(set(keys) - set(names)):
            raise wrong("keys", f"Expected {', '.join(names) or 'no keys for this push'}; found {unknown[0]}.")
        return self.act("arrived", partial(settling.arrived, keys=keys))
