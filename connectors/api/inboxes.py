"""Inboxes: where files come in; made, changed, switched, deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.urls import reverse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from arhub.api.base import given, person_of
from arhub.api.columns import BOOL, ID, INTEGER, TEXT, RecordSerializer, Value, choice, time
from arhub.api.errors import ApiError
from arhub.api.filters import FlagFilter, IdFilter, described
from arhub.api.reading import ReadView
from arhub.api.sharing import Level, require, visible_to
from arhub.domain.askers import asker_of
from arhub.domain.sharing import reachable
from arhub.records import RECORD_TYPES
from connectors.domain import inbox_settings, inboxes
from connectors.models import Inbox

_TEXTS = {"type": "array", "items": TEXT}
_PATTERN = "Such as *.csv or invoices_*.xml; several separated by blanks."
_SETTLE = "For so many seconds a file must stay as it is: one that grows is still being written."
_CONTENTS = "What its files are: records of one type, or the drops of ERP Cache."
_AFTERWARDS = "What becomes of a file that was taken: it is left and remembered, or moved."
_PROFILE = "The mapping profile that reads its files; null for the one that fits a file."
_REVIEW = "Whether a person looks at each load before it is written."
_SOURCE = "The source whose records they are."
_CONNECTION = "The gateway that can list files, or to which a partner sends."
_FOLDER = "Where the files lie; empty for the folder in which one arrives."
_RECORD_TYPE = "What the records are; empty for ERP Cache."
_MOVE_TO = "The folder into which files go that were taken."
_ORDER = "Which file is taken first."


class InboxSerializer(RecordSerializer):
    """Where files of a source come in."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the inbox.")
    name = Value(attrgetter("name"), TEXT, help_text="What people call it.")
    connection = Value(attrgetter("connection_id"), ID, help_text=_CONNECTION)
    folder = Value(attrgetter("folder"), TEXT, help_text=_FOLDER)
    pattern = Value(attrgetter("pattern"), TEXT, help_text=_PATTERN)
    order = choice(attrgetter("order"), Inbox.Order.values, _ORDER)
    settle_seconds = Value(attrgetter("settle_seconds"), INTEGER, help_text=_SETTLE)
    source = Value(attrgetter("source_id"), ID, help_text=_SOURCE)
    contents = choice(attrgetter("contents"), Inbox.Contents.values, _CONTENTS)
    record_type = choice(attrgetter("record_type"), ["", *RECORD_TYPES], _RECORD_TYPE)
    profile = Value(attrgetter("profile_id"), ID, allow_null=True, help_text=_PROFILE)
    review = Value(attrgetter("review"), BOOL, help_text=_REVIEW)
    afterwards = choice(attrgetter("afterwards"), Inbox.Afterwards.values, _AFTERWARDS)
    move_to = Value(attrgetter("move_to"), TEXT, help_text=_MOVE_TO)
    is_enabled = Value(attrgetter("is_enabled"), BOOL, help_text="Whether it takes files in.")
    looked_at = time("looked_at", "When was looked last what is there.")
    addresses = Value(
        lambda inbox: [str(address) for address in inbox.addresses.all()], _TEXTS,
        help_text="The endpoints under which other companies of this hub send to it.",
    )  # fmt: skip


def _id(help_text: str, **options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text=help_text, **options)


def _text(most: int, help_text: str, **options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, help_text=help_text, **options)


def _word(words: Any, help_text: str, **options: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(words, required=False, help_text=help_text, **options)


class NewInboxSerializer(serializers.Serializer):
    """What an inbox is given."""

    name = _text(120, "What people call it.")
    connection = _id(_CONNECTION)
    source = _id(_SOURCE)  # type: ignore[assignment]
    folder = _text(500, _FOLDER, required=False, allow_blank=True)
    pattern = _text(200, _PATTERN, required=False)
    order = _word(Inbox.Order.values, _ORDER)
    settle_seconds = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, help_text=_SETTLE)
    contents = _word(Inbox.Contents.values, _CONTENTS)
    record_type = _word(list(RECORD_TYPES), _RECORD_TYPE, allow_blank=True)
    profile = _id(_PROFILE, required=False, allow_null=True)
    review = serializers.BooleanField(required=False, help_text=_REVIEW)
    afterwards = _word(Inbox.Afterwards.values, _AFTERWARDS)
    move_to = _text(500, _MOVE_TO, required=False, allow_blank=True)


class InboxChangeSerializer(NewInboxSerializer):
    """What of an inbox is changed."""

    is_enabled = serializers.BooleanField(
        help_text="Off: it takes nothing in; what lies there stays, and partners who send are told to come later."
    )


class InboxFilters(FilterSet):
    connection = described(IdFilter("connection_id"), "The id of a connection.")
    source = described(IdFilter("source_id"), "The id of a source.")
    enabled = described(FlagFilter(method="by_state"), "Whether it takes files in.")

    def by_state(self, rows: QuerySet[Any], name: str, value: bool | None) -> QuerySet[Any]:
        return rows if value is None else rows.filter(is_enabled=value)


@contextmanager
def _told() -> Iterator[None]:
    """What makes no inbox, in the API's own shape."""
    try:
        yield
    except inbox_settings.NotAnInbox as problem:
        fields = {name: [sentence] for name, sentence in problem.errors.items()}
        raise ApiError(400, "Some fields are not as they should be.", fields=fields) from problem


class Inboxes(ReadView):
    """Where files come in."""

    resource = "inboxes"
    model = Inbox
    serializer_class = InboxSerializer
    filterset_class = InboxFilters
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {**ReadView.orderings, "name": ("name", "pk")}
    related = ("addresses",)
    search_in = "the beginning of the name"

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset().select_related("connection")
        return visible_to(self.request, rows, "connection", "connection")

    def changed(self) -> Inbox:
        """The inbox at the address, of a connection that the caller may change."""
        inbox: Inbox = self.get_object()
        require(self.request, inbox.connection, Level.EDIT)
        return inbox

    def search(self, term: str) -> Q:
        return Q(name__istartswith=term)

    @extend_schema(request=NewInboxSerializer, responses={201: InboxSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make an inbox. Fetch next, to see what comes; then schedule it."""
        with _told():
            made = inbox_settings.create(_found(request, given(request, NewInboxSerializer)), person_of(request))
        location = reverse("inboxes-detail", args=[made.pk])
        return Response(self.shown([made])[0], status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(request=InboxChangeSerializer(partial=True), responses={200: InboxSerializer})
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change an inbox, or switch it on or off."""
        inbox, user = self.changed(), person_of(request)
        asked = given(request, InboxChangeSerializer, partial=True)
        is_enabled = asked.pop("is_enabled", None)
        if asked:
            with _told():
                inbox_settings.change(inbox, _found(request, asked), user)
        if is_enabled is not None:
            inboxes.switch(inbox, on=is_enabled, user=user)
        return Response(self.shown([self.get_object()])[0])

    @extend_schema(responses={204: None})
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Delete an inbox, its schedules, and what it remembers of files. The loads stay."""
        try:
            inboxes.remove(self.changed(), person_of(request))
        except inboxes.InUse as problem:
            raise ApiError(409, str(problem)) from problem
        return Response(status=status.HTTP_204_NO_CONTENT)


def _found(request: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """With the records themselves for their ids, of those that an inbox may have."""
    choices = {
        "connection": (
            reachable(asker_of(request), inbox_settings.connections(), Level.EDIT),
            "There is no such connection that can list files or receive them.",
        ),
        "source": (inbox_settings.sources(), "There is no such source that takes files."),
        "profile": (inbox_settings.profiles(), "There is no such mapping profile."),
    }
    found: dict[str, Any] = dict(asked)
    errors: dict[str, str] = {}
    for name, (rows, sentence) in choices.items():
        if asked.get(name) is not None:
            found[name] = rows.filter(pk=asked[name]).first()
            errors |= {} if found[name] else {name: sentence}
    if errors:
        raise inbox_settings.NotAnInbox(errors)
    return found
