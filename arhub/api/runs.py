"""Runs: how far work in the background is, what it said, retry and cancel."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from arhub.api.base import person_of
from arhub.api.columns import ID, INTEGER, TEXT, RecordSerializer, Value, choice, time
from arhub.api.errors import ApiError
from arhub.api.filters import IdFilter, TextFilter, WordFilter, described
from arhub.api.reading import ListView, ReadView
from arhub.api.sharing import Level, require_work
from arhub.domain import runs
from arhub.domain.askers import asker_of
from arhub.domain.shared_work import visible_work
from arhub.models import Run, RunEntry

_COUNTS = {"type": "object", "additionalProperties": INTEGER}
_LINKS = {
    "type": "array",
    "items": {"type": "object", "properties": {"label": TEXT, "url": TEXT}, "required": ["label", "url"]},
}


class RunSerializer(RecordSerializer):
    """One piece of work in the background."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the run.")
    title = Value(attrgetter("title"), TEXT, help_text="What it is, for people.")
    kind = Value(attrgetter("kind"), TEXT, help_text="What kind of work it is.")
    subject_id = Value(attrgetter("subject_id"), INTEGER, help_text="What it works on, such as a connection's id.")
    state = choice(attrgetter("state"), Run.State.values, "How far it is; the last three are the end.")
    schedule = Value(attrgetter("schedule_id"), ID, allow_null=True, help_text="The schedule that made it.")
    due_at = time("due_at", "When its schedule meant it to run.")
    retry_of = Value(attrgetter("retry_of_id"), ID, allow_null=True, help_text="The run that this one does again.")
    created_at = time("created_at", "When it was made.", allow_null=False)
    started_at = time("started_at", "When a worker first had it.")
    finished_at = time("finished_at", "When it ended.")
    stage = Value(attrgetter("stage"), TEXT, help_text="What it is doing, in words.")
    done = Value(attrgetter("done"), INTEGER, help_text="How many rows of the stage are done.")
    total = Value(attrgetter("total"), INTEGER, allow_null=True, help_text="Of how many, where that is known.")
    counts = Value(attrgetter("counts"), _COUNTS, help_text="What it did: label and number.")
    links = Value(attrgetter("links"), _LINKS, help_text="What it made: pages of the hub.")
    reason = Value(attrgetter("reason"), TEXT, help_text="Why it failed, or why it waits to be tried again.")
    reference = Value(attrgetter("reference"), TEXT, help_text="What support looks for in the hub's log.")


class RunEntrySerializer(RecordSerializer):
    """A line of a run's log."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the line.")
    at = time("at", "When.", allow_null=False)
    level = choice(attrgetter("level"), RunEntry.Level.values, "How bad it is.")
    text = Value(attrgetter("text"), TEXT, help_text="What was said.")


class RunFilters(FilterSet):
    state = described(WordFilter("state", Run.State.values), "How far it is.")
    kind = described(TextFilter(field_name="kind"), "What kind of work it is.")
    subject_id = described(IdFilter("subject_id"), "What it works on.")
    schedule = described(IdFilter("schedule"), "The id of a schedule.")


class Runs(ReadView):
    """Work in the background, the newest first."""

    resource = "runs"
    model = Run
    serializer_class = RunSerializer
    filterset_class = RunFilters
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"-id": ("-pk",), "id": ("pk",)}

    def get_queryset(self) -> QuerySet[Any]:
        return visible_work(asker_of(self.request), super().get_queryset().defer("memory"))

    def used(self) -> Run:
        """The run at its address, of something that the caller may use."""
        run: Run = self.get_object()
        require_work(self.request, run, Level.OPERATE)
        return run

    @extend_schema(request=None, responses={202: RunSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a new run that does the same as one that failed or was cancelled. Each is retried once."""
        run = self.used()
        again = runs.retry(run, person_of(request))
        if again is None:
            raise ApiError(409, f"Only what failed or was cancelled is retried, and once; this is {run.state}.")
        return self.started(again)

    @extend_schema(request=None, responses={200: RunSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Cancel a run. A worker at it stops at its next step; what it did until then stays."""
        run = self.used()
        if not runs.cancel(run, person_of(request)):
            raise ApiError(409, f"It is over already: {run.state}.")
        return Response(self.shown([self.get_object()])[0])

    @staticmethod
    def started(run: Run) -> Response:
        """The answer to what started work: the run, and where to ask how far it is."""
        location = reverse("runs-detail", args=[run.pk])
        return Response(RunSerializer(run).data, status.HTTP_202_ACCEPTED, headers={"Location": location})


class RunLog(ListView):
    """What a run said, in its order."""

    resource = "runs"
    model = RunEntry
    serializer_class = RunEntrySerializer

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        rows = visible_work(asker_of(self.request), Run.objects.only("pk"))
        run = get_object_or_404(rows, pk=self.kwargs["run"])
        return super().get_queryset().filter(run=run)
