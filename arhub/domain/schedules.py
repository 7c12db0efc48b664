"""Schedules: checked, read back in words, changed, paused, and fired when they are due."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Min
from django.utils import timezone

from arhub.contributions import functions
from arhub.domain import runs
from arhub.domain.each import each_in_scope
from arhub.domain.run_kinds import kind_of, kinds, label_of
from arhub.domain.timing import (
    TIMING,
    NotASchedule,
    check_timing,
    last_times,
    times_after,
    times_between,
    timing_in_words,
)
from arhub.models import Run, RunEntry, Schedule, User
from arhub.tenancy.scope import scope_all

Missed = Schedule.Missed

QUIET = ("quiet_from", "quiet_until")
TIMES = (*TIMING, *QUIET)
"""The fields that say when it is due."""
ON_TIME = timedelta(minutes=10)
MOST_MADE_UP = 100
MOST_SCHEDULES = 500

logger = logging.getLogger(__name__)


def check_work(schedule: Schedule) -> None:
    """Raise `NotASchedule` unless there is such work to do for the tenant in context."""
    found = kinds().get(schedule.kind)
    if found is None:
        known = ", ".join(kinds()) or "none"
        raise NotASchedule(f"There is no kind of run “{schedule.kind}”. There are: {known}.", "kind")
    if schedule.subject_id not in {subject_id for subject_id, _ in found.subjects()}:
        raise nothing_there(schedule)


def nothing_there(schedule: Schedule) -> NotASchedule:
    return NotASchedule(f"{label_of(schedule.kind)} has nothing with the id {schedule.subject_id}.", "subject_id")


def check_times(schedule: Schedule) -> None:
    """Bring the fields that say when it is due into shape. Raises `NotASchedule`."""
    for name in QUIET:
        given = getattr(schedule, name)
        setattr(schedule, name, given and given.replace(second=0, microsecond=0))
    begin, end = schedule.quiet_from, schedule.quiet_until
    if (begin is None) != (end is None):
        found, lacking = ("their end", QUIET[0]) if begin is None else ("their beginning", QUIET[1])
        raise NotASchedule(f"Expected quiet hours such as 22:00 and 06:00, found {found} alone.", lacking)
    if begin is not None and begin == end:
        raise NotASchedule(f"Expected quiet hours that end at another time, found {begin:%H:%M} twice.", QUIET[1])
    check_timing(schedule)


def sentence(schedule: Schedule) -> str:
    """The choice in words."""
    quiet = "; not between {:%H:%M} and {:%H:%M}".format(*schedule.quiet) if schedule.quiet else ""
    return f"{timing_in_words(schedule)}{quiet}; missed runs: {schedule.missed}"


@transaction.atomic
def save(schedule: Schedule, user: User | None = None) -> Schedule:
    """Store a new or changed schedule of the tenant in context; one whose times changed is due anew, from now on.
    Raises `NotASchedule`."""
    stored = Schedule.objects.select_for_update().filter(pk=schedule.pk).first() if schedule.pk else None
    if stored is None and Schedule.objects.count() >= MOST_SCHEDULES:
        raise NotASchedule(f"There are {MOST_SCHEDULES} schedules already, which is the most: delete one first.")
    check_times(schedule)
    if stored is None or (stored.kind, stored.subject_id) != (schedule.kind, schedule.subject_id):
        check_work(schedule)
    if stored is None:
        schedule.created_by = user
        schedule.next_due_at = _next_after(schedule, timezone.now())
    else:
        schedule.is_paused, schedule.last_due_at = stored.is_paused, stored.last_due_at
        is_same = all(getattr(stored, name) == getattr(schedule, name) for name in TIMES)
        schedule.next_due_at = stored.next_due_at if is_same else _next_after(schedule, timezone.now())
    schedule.save()
    return schedule


def _next_after(schedule: Schedule, now: datetime) -> datetime | None:
    return None if schedule.is_paused else next(times_after(schedule, now), None)


@transaction.atomic
def switch(schedule: Schedule, on: bool) -> bool:
    """Resume or pause; false when it was so already. What was due while it paused is not made up for."""
    held = Schedule.objects.select_for_update().get(pk=schedule.pk)
    if held.is_paused != on:
        return False
    held.is_paused = not on
    held.next_due_at = _next_after(held, timezone.now())
    held.save(update_fields=["is_paused", "next_due_at"])
    return True


def run_now(schedule: Schedule, user: User | None = None) -> Run:
    """A run beside those that are due. Raises `NotASchedule` when what it is for is gone."""
    check_work(schedule)
    return runs.start(schedule.kind, schedule.subject_id, user=user, schedule=schedule)


def next_due(kinds: Collection[str], subject_ids: Collection[int]) -> dict[int, datetime]:
    """By subject, when a run of some kinds is due next, by those schedules that are not paused."""
    rows = Schedule.objects.filter(kind__in=kinds, subject_id__in=subject_ids, is_paused=False)
    due = rows.filter(next_due_at__isnull=False).order_by()
    return dict(due.values_list("subject_id").annotate(Min("next_due_at")))


@transaction.atomic
def closed_days_changed() -> None:
    """Look again when the schedules of the tenant in context that go by business days are due; and let those in
    settings.CLOSED_DAYS_LISTENERS do so with what they have."""
    for schedule in Schedule.objects.select_for_update().filter(is_paused=False).exclude(country=""):
        now = timezone.now()
        if schedule.next_due_at is None or schedule.next_due_at > now:
            schedule.next_due_at = _next_after(schedule, now)
            schedule.save(update_fields=["next_due_at"])
    for listener in functions(settings.CLOSED_DAYS_LISTENERS):
        listener()


def fire_due(now: datetime | None = None) -> int:
    """Make the runs that are due, of all tenants; returns how many. One schedule that cannot be fired keeps no other
    one back; the last error is raised at the end."""
    at = now or timezone.now()
    with scope_all("find schedules that are due"):
        due = Schedule.objects.filter(is_paused=False, next_due_at__lte=at).order_by("next_due_at", "id")
        found = list(due.values_list("tenant_id", "pk"))
    return each_in_scope(found, lambda pk: _fire(pk, at), "Schedule")


def _fire(pk: int, now: datetime) -> int:
    """Make the runs of a schedule and move it on, unless somebody else has it or did so."""
    waiting = Schedule.objects.select_for_update(skip_locked=True)
    schedule = waiting.filter(pk=pk, is_paused=False, next_due_at__lte=now).first()
    if schedule is None or schedule.next_due_at is None:
        return 0
    rests = kind_of(schedule.kind).rests(schedule.subject_id)
    made_up, left_out_from = ([], None) if rests else _made_up(schedule, schedule.next_due_at, now)
    made = [run for due_at in made_up if (run := _start(schedule, due_at)) is not None]
    if made and left_out_from:
        _tell_left_out(made[0], left_out_from, made_up[0])
    schedule.last_due_at = made_up[-1] if made_up else schedule.last_due_at
    schedule.next_due_at = _next_after(schedule, now)
    schedule.save(update_fields=["last_due_at", "next_due_at"])
    return len(made)


def _made_up(schedule: Schedule, since: datetime, now: datetime) -> tuple[list[datetime], datetime | None]:
    """The times to make runs for, of those from `since` until now, and since when others are left out."""
    match schedule.missed:
        case Missed.SKIP:
            found = times_between(schedule, max(since, now - ON_TIME), now)
        case Missed.ONCE:
            found = last_times(schedule, since, now, 1)
        case _:
            found = last_times(schedule, since, now, MOST_MADE_UP)
    return found, since if found and since < found[0] else None


def _start(schedule: Schedule, due_at: datetime) -> Run | None:
    try:
        with transaction.atomic():
            return runs.start(schedule.kind, schedule.subject_id, schedule=schedule, due_at=due_at)
    except IntegrityError:
        logger.warning("Schedule %s has a run for %s already", schedule.pk, due_at)
        return None


def _tell_left_out(run: Run, since: datetime, first: datetime) -> None:
    begin, end = (f"{moment.astimezone(UTC):%-d %b %Y %H:%M} UTC" for moment in (since, first))
    text = f"What was due from {begin} and before {end} was missed and is left out."
    RunEntry.objects.create(run=run, text=text, level=RunEntry.Level.WARNING)
