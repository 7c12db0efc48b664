"""Schedules: when runs are due."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time as clock
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from arhub.api.base import given, person_of
from arhub.api.columns import BOOL, ID, INTEGER, TEXT, RecordSerializer, Value, choice, time
from arhub.api.errors import ApiError
from arhub.api.filters import LARGEST, IdFilter, TextFilter, described
from arhub.api.reading import ReadView
from arhub.api.runs import Runs, RunSerializer
from arhub.api.sharing import Level, require_work
from arhub.domain import schedules
from arhub.domain.askers import asker_of
from arhub.domain.shared_work import thing_of, visible_work
from arhub.domain.sharing import may
from arhub.domain.timing import NotASchedule
from arhub.models import Schedule

_KIND = "What kind of work it starts."
_SUBJECT = "What that works on, such as a connection's id."
_EVERY = "Which of the fields below say when: minute; at; weekdays and at; cron."
_MINUTE = "Of each hour."
_AT = "The time of the day, such as 07:00."
_WEEKDAYS = "Days of the week; 0 is Monday."
_CRON = "Minute, hour, day of the month, month, day of the week: 30 6 * * 1-5."
_ZONE = "Where that is the time, such as Europe/Copenhagen."
_COUNTRY = "Whose business days alone count, such as DK; empty for every day."
_REGION = "A part of the country with holidays of its own; empty for all of it."
_QUIET_FROM = "From when nothing comes due: it comes at quiet_until instead, once. Null for no quiet hours."
_QUIET_UNTIL = "Until when nothing comes due; an earlier time than quiet_from is one of the next day."
_MISSED = "What becomes of runs that were missed: skip, once for all of them, or each."
_PAUSED = "Whether it makes no runs until it is resumed."


def _clock(moment: clock | None) -> str | None:
    return f"{moment:%H:%M}" if moment else None


class ScheduleSerializer(RecordSerializer):
    """When runs are due."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the schedule.")
    name = Value(attrgetter("name"), TEXT, help_text="What people call it.")
    kind = Value(attrgetter("kind"), TEXT, help_text=_KIND)
    subject_id = Value(attrgetter("subject_id"), INTEGER, help_text=_SUBJECT)
    every = choice(attrgetter("every"), Schedule.Every.values, _EVERY)
    minute = Value(attrgetter("minute"), INTEGER, help_text=_MINUTE)
    at = Value(lambda schedule: f"{schedule.at:%H:%M}", TEXT, help_text=_AT)
    weekdays = Value(attrgetter("weekdays"), {"type": "array", "items": INTEGER}, help_text=_WEEKDAYS)
    cron = Value(attrgetter("cron"), TEXT, help_text=_CRON)
    zone = Value(attrgetter("zone"), TEXT, help_text=_ZONE)
    country = Value(attrgetter("country"), TEXT, help_text=_COUNTRY)
    subdivision = Value(attrgetter("subdivision"), TEXT, help_text=_REGION)
    quiet_from = Value(lambda schedule: _clock(schedule.quiet_from), TEXT, help_text=_QUIET_FROM, allow_null=True)
    quiet_until = Value(lambda schedule: _clock(schedule.quiet_until), TEXT, help_text=_QUIET_UNTIL, allow_null=True)
    missed = choice(attrgetter("missed"), Schedule.Missed.values, _MISSED)
    is_paused = Value(attrgetter("is_paused"), BOOL, help_text=_PAUSED)
    sentence = Value(schedules.sentence, TEXT, help_text="All of it in words.")
    next_due_at = time("next_due_at", "When it is due next; null while it is paused.")
    last_due_at = time("last_due_at", "When it was due last.")
    created_at = time("created_at", "When it was made.", allow_null=False)


class ScheduleInputSerializer(serializers.Serializer):
    """What a schedule is given. Of the fields that say when, those that `every` asks for count."""

    name = serializers.CharField(max_length=120, help_text="What people call it.")
    kind = serializers.CharField(max_length=40, help_text=_KIND)
    subject_id = serializers.IntegerField(min_value=1, max_value=LARGEST, help_text=_SUBJECT)
    every = serializers.ChoiceField(Schedule.Every.values, help_text=_EVERY)
    minute = serializers.IntegerField(min_value=0, max_value=59, required=False, help_text=_MINUTE)
    at = serializers.TimeField(input_formats=["%H:%M"], format="%H:%M", required=False, help_text=_AT)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), max_length=7, required=False, help_text=_WEEKDAYS
    )
    cron = serializers.CharField(max_length=100, required=False, allow_blank=True, help_text=_CRON)
    zone = serializers.CharField(max_length=60, required=False, help_text=_ZONE)
    country = serializers.CharField(max_length=2, required=False, allow_blank=True, help_text=_COUNTRY)
    subdivision = serializers.CharField(max_length=40, required=False, allow_blank=True, help_text=_REGION)
    quiet_from = serializers.TimeField(
        input_formats=["%H:%M"], format="%H:%M", required=False, allow_null=True, help_text=_QUIET_FROM
    )
    quiet_until = serializers.TimeField(
        input_formats=["%H:%M"], format="%H:%M", required=False, allow_null=True, help_text=_QUIET_UNTIL
    )
    missed = serializers.ChoiceField(Schedule.Missed.values, required=False, help_text=_MISSED)


class ScheduleChangeSerializer(ScheduleInputSerializer):
    """What of a schedule is changed."""

    is_paused = serializers.BooleanField(help_text=_PAUSED)


@contextmanager
def _told() -> Iterator[None]:
    """What makes no schedule, in the API's own shape."""
    try:
        yield
    except NotASchedule as problem:
        fields = {problem.field: [str(problem)]} if problem.field else {}
        raise ApiError(400 if problem.field else 409, str(problem), fields=fields) from problem


def _seen(request: Any, schedule: Schedule) -> Schedule:
    """What a schedule is to work on, of what the caller may change. Raises `NotASchedule` for what they cannot see."""
    asker, thing = asker_of(request), thing_of(schedule)
    if thing is not None and not may(asker, thing, Level.VIEW):
        raise schedules.nothing_there(schedule)
    require_work(request, schedule, Level.EDIT)
    return schedule


class ScheduleFilters(FilterSet):
    kind = described(TextFilter(field_name="kind"), _KIND)
    subject_id = described(IdFilter("subject_id"), _SUBJECT)


class Schedules(ReadView):
    """When runs are due."""

    resource = "schedules"
    model = Schedule
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilters

    def get_queryset(self) -> QuerySet[Any]:
        return visible_work(asker_of(self.request), super().get_queryset())

    def allowed(self, needed: Level) -> Schedule:
        """The schedule at its address, of something with which the caller may do so much."""
        schedule: Schedule = self.get_object()
        require_work(self.request, schedule, needed)
        return schedule

    @extend_schema(request=ScheduleInputSerializer, responses={201: ScheduleSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a schedule. Its times are UTC unless `zone` says otherwise."""
        with _told():
            schedule = _seen(request, Schedule(**given(request, ScheduleInputSerializer)))
            schedules.save(schedule, person_of(request))
        location = reverse("schedules-detail", args=[schedule.pk])
        return Response(ScheduleSerializer(schedule).data, status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(request=ScheduleChangeSerializer(partial=True), responses={200: ScheduleSerializer})
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change a schedule, pause or resume it. One whose times change is due anew, from now on."""
        schedule = self.allowed(Level.EDIT)
        fields = given(request, ScheduleChangeSerializer, partial=True)
        is_paused = fields.pop("is_paused", None)
        for name, value in fields.items():
            setattr(schedule, name, value)
        with _told():
            schedules.save(_seen(request, schedule))
        if is_paused is not None:
            schedules.switch(schedule, not is_paused)
        return Response(self.shown([self.get_object()])[0])

    @extend_schema(responses={204: None})
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Delete a schedule. The runs it made stay."""
        self.allowed(Level.EDIT).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={202: RunSerializer})
    @action(detail=True, methods=["post"], url_path="run-now")
    def run_now(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a run at once. When it is due next stays as it is."""
        with _told():
            return Runs.started(schedules.run_now(self.allowed(Level.OPERATE), person_of(request)))
