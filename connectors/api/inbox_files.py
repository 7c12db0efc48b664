"""Files that come into inboxes: fetched, and what became of each. Who may take files in may do this."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from arhub.api.base import person_of
from arhub.api.columns import ID, INTEGER, TEXT, RecordSerializer, Value, choice, time
from arhub.api.errors import ApiError
from arhub.api.filters import TextFilter, TimeFilter, WordFilter, described
from arhub.api.reading import ListView
from arhub.api.runs import Runs, RunSerializer
from arhub.api.sharing import Level, require, visible_to
from connectors.domain import fetching, inboxes
from connectors.models import Inbox, InboxFile


class InboxFileSerializer(RecordSerializer):
    """A file that an inbox has seen, or was sent."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the file.")
    name = Value(attrgetter("name"), TEXT, help_text="Its name there.")
    folder = Value(attrgetter("folder"), TEXT, help_text="The folder it lay in.")
    size = Value(attrgetter("size"), INTEGER, allow_null=True, help_text="Bytes, once they are known.")
    digest = Value(attrgetter("sha256"), TEXT, help_text="SHA-256 of its bytes, once it was fetched.")
    state = choice(attrgetter("state"), InboxFile.State.values, "What became of it.")
    text = Value(attrgetter("text"), TEXT, help_text="What became of it, in a sentence.")
    ingestion = Value(attrgetter("ingestion"), ID, allow_null=True, help_text="The load that it became.")
    index = Value(attrgetter("index"), TEXT, help_text="Of a drop of ERP Cache: its number; else empty.")
    sub = Value(attrgetter("sub"), INTEGER, allow_null=True, help_text="Of such a drop: the number of its part.")
    seen_at = time("seen_at", "When it was seen first, in this size and version.", allow_null=False)
    taken_at = time("taken_at", "When it was fetched.")
    moved_at = time("moved_at", "When it was moved.")


class InboxFileFilters(FilterSet):
    state = described(WordFilter("state", InboxFile.State.values), "What became of it.")
    name = described(TextFilter(field_name="name", lookup_expr="startswith"), "How its name begins.")
    seen_since = described(TimeFilter("seen_at", lookup_expr="gte"), "Seen at this time or later.")


def _inbox(view: Any) -> Inbox:
    """The one below whose address this is."""
    rows = visible_to(view.request, Inbox.objects.select_related("connection"), "connection", "connection")
    return get_object_or_404(rows, pk=view.kwargs["inbox"])


class Files(ListView):
    """The files of an inbox, the newest first."""

    resource = "inbox_files"
    model = InboxFile
    serializer_class = InboxFileSerializer
    filterset_class = InboxFileFilters
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"-id": ("-pk",), "id": ("pk",)}

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        return super().get_queryset().filter(inbox=_inbox(self)).select_related("inbox__connection")

    @extend_schema(request=None, responses={202: InboxFileSerializer})
    @action(detail=True, methods=["post"], url_path="take-again", filterset_class=None)
    def take_again(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take a file in that was set aside, as if it came now: after a setting was mended."""
        file = self.get_object()
        require(request, file.inbox.connection, Level.OPERATE)
        if file.state != InboxFile.State.ASIDE or not file.content:
            raise ApiError(409, f"Only what was set aside is taken in again; this is {file.state}.")
        taken = inboxes.take_again(file, person_of(request))
        if taken.state == InboxFile.State.ASIDE:
            raise ApiError(409, f"It is set aside still: {taken.text}")
        return Response(self.shown([taken])[0], status.HTTP_202_ACCEPTED)


class Fetches(GenericViewSet):
    """Looking what has come."""

    resource = "inbox_files"
    model = InboxFile
    serializer_class = RunSerializer
    queryset = InboxFile.objects.none()

    @extend_schema(request=None, responses={202: RunSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Look what is there, and take in each file that was not taken yet."""
        inbox = _inbox(self)
        require(request, inbox.connection, Level.OPERATE)
        if reason := fetching.obstacle(inbox):
            raise ApiError(409, reason)
        return Runs.started(fetching.start(inbox, user=person_of(request)))
