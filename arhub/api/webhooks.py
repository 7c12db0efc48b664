"""Webhooks: where events go, what was delivered, and sending it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from arhub.api.base import given, person_of
from arhub.api.columns import BOOL, ID, TEXT, RecordSerializer, Value, time
from arhub.api.errors import ApiError
from arhub.api.filters import IdFilter, described
from arhub.api.outbound import OutboundSerializer, with_attempts
from arhub.api.reading import ReadView
from arhub.domain import webhook_endpoints
from arhub.domain.askers import asker_of
from arhub.domain.webhook_endpoints import NotAnEndpoint
from arhub.domain.webhooks import CHANNEL
from arhub.models import Outbound, WebhookEndpoint

SECRET = {"Cache-Control": "no-store"}
_KINDS = "The events it is told of, such as ingestion.committed; none means all of them."


class WebhookSerializer(RecordSerializer):
    """An address that is called when something happens."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the webhook.")
    name = Value(attrgetter("name"), TEXT, help_text="What people call it.")
    url = Value(attrgetter("url"), TEXT, help_text="The address that is called.")
    kinds = Value(attrgetter("kinds"), {"type": "array", "items": TEXT}, help_text=_KINDS)
    is_enabled = Value(attrgetter("is_enabled"), BOOL, help_text="Whether events are sent to it.")
    reason = Value(attrgetter("reason"), TEXT, help_text="Why it was switched off; else empty.")
    failing_since = time("failing_since", "Since when nothing has reached it; null while it works.")
    created_at = time("created_at", "When it was made.", allow_null=False)


class WebhookWithKeySerializer(WebhookSerializer):
    """A webhook with its signing key, which is shown only in this answer."""

    key = Value(attrgetter("shown_key"), TEXT, help_text="The signing key. It cannot be read again; rotate it if lost.")


class WebhookInputSerializer(serializers.Serializer):
    """What a webhook is given."""

    name = serializers.CharField(max_length=120, help_text="What people call it.")
    url = serializers.CharField(max_length=500, help_text="An address that begins with https:// or http://.")
    kinds = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=100, required=False, help_text=_KINDS
    )


class WebhookChangeSerializer(WebhookInputSerializer):
    """What of a webhook is changed."""

    is_enabled = serializers.BooleanField(help_text="Off: nothing is sent, and what waits is cancelled.")


class DeliverySerializer(OutboundSerializer):
    """An event on its way to a webhook."""

    webhook = Value(lambda delivery: int(delivery.destination), ID, help_text="The webhook it goes to.")
    event = Value(attrgetter("identity"), TEXT, help_text="The event's id: the header webhook-id of each attempt.")


@contextmanager
def _told() -> Iterator[None]:
    """What makes no webhook, in the API's own shape."""
    try:
        yield
    except NotAnEndpoint as problem:
        fields = {problem.field: [str(problem)]} if problem.field else {}
        raise ApiError(400 if problem.field else 409, str(problem), fields=fields) from problem


class Webhooks(ReadView):
    """Where events go."""

    resource = "webhooks"
    model = WebhookEndpoint
    serializer_class = WebhookSerializer

    @extend_schema(request=WebhookInputSerializer, responses={201: WebhookWithKeySerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a webhook. The answer has its signing key, and is the only one that does."""
        with _told():
            endpoint, key = webhook_endpoints.make(**given(request, WebhookInputSerializer), user=person_of(request))
        location = reverse("webhooks-detail", args=[endpoint.pk])
        return self._with_key(endpoint, key, status.HTTP_201_CREATED, {"Location": location})

    @extend_schema(request=WebhookChangeSerializer(partial=True), responses={200: WebhookSerializer})
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change a webhook, or switch it on or off."""
        endpoint = self.get_object()
        asked = given(request, WebhookChangeSerializer, partial=True)
        is_enabled = asked.pop("is_enabled", None)
        with _told():
            webhook_endpoints.change(endpoint, **asked)
        if is_enabled is not None:
            webhook_endpoints.switch(endpoint, is_enabled, user=person_of(request))
        return Response(self.shown([self.get_object()])[0])

    @extend_schema(responses={204: None})
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Delete a webhook with everything that was or is to be delivered to it."""
        webhook_endpoints.delete(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={200: WebhookWithKeySerializer})
    @action(detail=True, methods=["post"], url_path="rotate-key")
    def rotate_key(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a new signing key. Calls are signed with both keys for 7 days."""
        endpoint = self.get_object()
        return self._with_key(endpoint, webhook_endpoints.rotate(endpoint), status.HTTP_200_OK, {})

    @extend_schema(
        request=None,
        responses={202: inline_serializer("Sent", {"event": serializers.UUIDField(help_text="Its webhook-id.")})},
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send the event webhook.test to this webhook alone."""
        endpoint = self.get_object()
        if not endpoint.is_enabled:
            raise ApiError(409, "The webhook is switched off: switch it on first.")
        return Response({"event": str(webhook_endpoints.send_test(endpoint).public_id)}, status.HTTP_202_ACCEPTED)

    @extend_schema(
        request=None,
        responses={202: inline_serializer("Replayed", {"deliveries": serializers.IntegerField(help_text="How many.")})},
    )
    @action(detail=True, methods=["post"])
    def replay(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send everything that failed or was cancelled again, with the ids and contents it had."""
        with _told():
            count = webhook_endpoints.replay(self.get_object())
        return Response({"deliveries": count}, status.HTTP_202_ACCEPTED)

    def _with_key(self, endpoint: Any, key: str, code: int, headers: dict[str, str]) -> Response:
        endpoint.shown_key = key
        return Response(WebhookWithKeySerializer(endpoint).data, code, headers={**headers, **SECRET})


class DeliveryFilters(FilterSet):
    webhook = described(IdFilter("destination"), "The id of a webhook.")


class Deliveries(ReadView):
    """What was sent to webhooks, or is to be, the newest first; kept for 30 days after it is settled."""

    resource = "webhooks"
    model = Outbound
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilters
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"-id": ("-pk",), "id": ("pk",)}
    includes: ClassVar[dict[str, Any]] = {"log": with_attempts}

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(channel=CHANNEL).defer("content")

    def shown(self, records: Any) -> Any:
        return super().shown(webhook_endpoints.kept_back(asker_of(self.request), records))

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def replay(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send a delivery again, with the id and content it had."""
        delivery = self.get_object()
        endpoint = get_object_or_404(WebhookEndpoint, pk=int(delivery.destination))
        with _told():
            if not webhook_endpoints.replay(endpoint, [delivery.pk]):
                raise ApiError(409, f"Only what is settled can be replayed; this is {delivery.state}.")
        return Response(self.shown([self.get_object()])[0], status.HTTP_202_ACCEPTED)
