"""What is on its way to other systems, as pushes and deliveries share it: what it shows, what callers do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from arhub.api.base import person_of
from arhub.api.columns import ID, TEXT, Value, time
from arhub.api.errors import ApiError
from arhub.api.filters import IdFilter, TextFilter, WordFilter, described
from arhub.api.outbound import STATES, OutboundSerializer
from arhub.api.reading import ReadView
from arhub.api.sharing import Level, require, visible_to
from arhub.domain.askers import asker_of
from connectors.domain import settling
from connectors.domain.sight import things_of, visible_sent
from connectors.models import Connection


class SettledSerializer(OutboundSerializer):
    """Something on its way to another system. `uncertain` means that it may have arrived: it is not sent again before
    that is known."""

    connection = Value(lambda outbound: int(outbound.destination), ID, help_text="The connection it goes through.")
    digest = Value(attrgetter("digest"), TEXT, help_text="SHA-256 of its content, once that is made.")
    uncertain_at = time("uncertain_at", "Since when nobody knows whether it arrived.")


class SettledFilters(FilterSet):
    connection = described(IdFilter("destination"), "The id of a connection.")
    identity = described(TextFilter(method="by_identity"), "Its id there.")
    state = described(WordFilter("state", STATES), "How far it is.")

    def by_identity(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By the destinations as well, since that is how the index begins."""
        destinations = [str(pk) for pk in Connection.objects.values_list("pk", flat=True)]
        return rows.filter(destination__in=destinations, identity=value)


def settles(choice: str, act: Callable[..., bool], meaning: str, *, name: str = "") -> Any:
    """An action that a person or program takes about one thing, `name` at its address; refused with the reason when it
    cannot be taken."""

    def acted(self: SettledView, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self.act(choice, act)

    acted.__name__, acted.__doc__ = name or choice, meaning
    return action(detail=True, methods=["post"], url_path=acted.__name__.replace("_", "-"))(acted)


def answering(serializer: type[serializers.Serializer], *more: str) -> Mapping[str, Any]:
    """What actions answer with, and those of `more`, for `extend_schema_view`."""
    names = ("look_up", "did_not_arrive", "send_now", "cancel", *more)
    return dict.fromkeys(names, extend_schema(request=None, responses={202: serializer}))


class SettledView(ReadView):
    """What was sent to other systems, or is to be, the newest first."""

    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"-id": ("-pk",), "id": ("pk",)}

    def get_queryset(self) -> QuerySet[Any]:
        return visible_sent(asker_of(self.request), super().get_queryset().defer("content"))

    def used(self) -> Any:
        """What stands at the address, of a connection that the caller may use, and made by what they may use."""
        outbound = self.get_object()
        for thing in things_of(outbound):
            require(self.request, thing, Level.OPERATE)
        return outbound

    look_up = settles("look_up", settling.look_up, "Have what is uncertain looked up at the other side now.")
    did_not_arrive = settles(
        "did_not_arrive", settling.did_not_arrive, "Say that what is uncertain is not there: it is sent again."
    )
    send_now = settles("send_now", settling.send_now, "Try what waits or is held at once.")
    cancel = settles("cancel", settling.cancel, "Do not send what waits or is held.")

    def act(self, choice: str, act: Callable[..., bool]) -> Response:
        outbound = self.used()
        if not act(outbound, person_of(self.request)):
            reason = next(one.obstacle for one in settling.choices_of(outbound) if one.name == choice)
            raise ApiError(409, reason or "It moved on meanwhile.")
        return Response(self.shown([self.get_object()])[0], status.HTTP_202_ACCEPTED)


def usable(request: Any, pk: int) -> Connection:
    """The connection that a body names, to send something through it. Raises ApiError, of which a connection that the
    caller does not see gives the one of those that are not there."""
    connection = visible_to(request, Connection.objects.filter(pk=pk), "connection").first()
    if connection is None:
        raise wrong("connection", "There is no such connection.")
    require(request, connection, Level.OPERATE)
    return connection


def wrong(field: str, sentence: str) -> ApiError:
    return ApiError(400, sentence, fields={field: [sentence]})
