"""Schedules: checked, read back in words, changed, paused, and fired when they are due."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile

from django.db import IntegrityError, transaction
from django.utils import timezone

from arhub.domain import runs
from arhub.domain.calendars import business_days, name_of
from arhub.domain.due_times import NotAPattern, checked_pattern, moments, zone_of
from arhub.domain.run_kinds import kinds
from arhub.models import ClosedDay, Run, RunEntry, Schedule, User
from arhub.tenancy.scope import scope, scope_all

Every = Schedule.Every
Missed = Schedule.Missed

TIMING = ("every", "minute", "at", "weekdays", "cron", "zone", "country", "subdivision")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ON_TIME = timedelta(minutes=10)
MOST_MADE_UP = 100
MOST_SCHEDULES = 500

logger = logging.getLogger(__name__)


class NotASchedule(ValueError):
    """What was asked for makes no schedule, in a sentence about `field`."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def check_timing(schedule: Schedule) -> None:
    """Bring the fields that say when it runs into shape. Raises `NotASchedule`."""
    schedule.at = schedule.at.replace(second=0, microsecond=0)
    try:
        zone_of(schedule.zone)
    except ValueError as error:
        raise NotASchedule(str(error), "zone") from error
    schedule.subdivision = schedule.subdivision if schedule.country else ""
    try:
        business_days(schedule.country, schedule.subdivision)
    except ValueError as error:
        raise NotASchedule(str(error), "subdivision" if schedule.subdivision else "country") from error
    if schedule.every == Every.HOURLY and not 0 <= schedule.minute <= 59:
        raise NotASchedule(f"Expected a minute from 0 to 59, found {schedule.minute}.", "minute")
    if schedule.every == Every.WEEKLY:
        schedule.weekdays = _checked_weekdays(schedule.weekdays)
    if schedule.every == Every.CRON:
        try:
            schedule.cron = checked_pattern(schedule.cron)
        except NotAPattern as error:
            raise NotASchedule(str(error), "cron") from error
    if not next_times(schedule, 1):
        raise NotASchedule("No such time is a business day in the years to come: it would never run.", "country")


def _checked_weekdays(days: list[int]) -> list[int]:
    if not days or not set(days) <= set(range(7)):
        raise NotASchedule("Expected at least one day of the week, from 0 for Monday to 6 for Sunday.", "weekdays")
    return sorted(set(days))


def check_work(schedule: Schedule) -> None:
    """Raise `NotASchedule` unless there is such work to do for the tenant in context."""
    found = kinds().get(schedule.kind)
    if found is None:
        known = ", ".join(kinds()) or "none"
        raise NotASchedule(f"There is no kind of run “{schedule.kind}”. There are: {known}.", "kind")
    if schedule.subject_id not in {subject_id for subject_id, _ in found.subjects()}:
        raise NotASchedule(f"{found.label} has nothing with the id {schedule.subject_id}.", "subject_id")


def pattern_of(schedule: Schedule) -> str:
    """The cron pattern that says the same."""
    match schedule.every:
        case Every.HOURLY:
            return f"{schedule.minute} * * * *"
        case Every.DAILY:
            return f"{schedule.at.minute} {schedule.at.hour} * * *"
        case Every.WEEKLY:
            days = ",".join(str((day + 1) % 7) for day in schedule.weekdays)  # cron's week begins on Sunday
            return f"{schedule.at.minute} {schedule.at.hour} * * {days}"
    return schedule.cron


def times_after(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """The moments at which it is due, in UTC and in order, for some years."""
    closed = set(ClosedDay.objects.values_list("date", flat=True)) if schedule.country else set[date]()
    is_open = business_days(schedule.country, schedule.subdivision, closed)
    return moments(pattern_of(schedule), zone_of(schedule.zone), after, is_open)


def next_times(schedule: Schedule, count: int = 5, now: datetime | None = None) -> list[datetime]:
    """The next moments it is due, in its own zone."""
    zone = zone_of(schedule.zone)
    return [moment.astimezone(zone) for moment in islice(times_after(schedule, now or timezone.now()), count)]


def sentence(schedule: Schedule) -> str:
    """The choice in words."""
    return f"{_when(schedule)} {_clock(schedule.zone)}; missed runs: {schedule.missed}"


def _when(schedule: Schedule) -> str:
    country = name_of(schedule.country, schedule.subdivision) if schedule.country else ""
    business = f" on business days in {country}" if country else ""
    match schedule.every:
        case Every.HOURLY:
            return f"Every hour at minute {schedule.minute}{business},"
        case Every.DAILY:
            return f"Every {f'business day in {country}' if country else 'day'} at {schedule.at:%H:%M}"
        case Every.WEEKLY:
            *days, last = (WEEKDAYS[day] for day in schedule.weekdays)
            named = f"{', '.join(days)} and {last}" if days else last
            also = f" that is a business day in {country}" if country else ""
            return f"Every {named}{also} at {schedule.at:%H:%M}"
    return f"By the pattern {schedule.cron}{business},"


def _clock(zone: str) -> str:
    return "UTC" if zone == "UTC" else f"{zone.rsplit('/', 1)[-1].replace('_', ' ')} time"


@transaction.atomic
def save(schedule: Schedule, user: User | None = None) -> Schedule:
    """Store a new or changed schedule of the tenant in context; one whose times changed is due anew, from now on.
    Raises `NotASchedule`."""
    stored = Schedule.objects.select_for_update().filter(pk=schedule.pk).first() if schedule.pk else None
    if stored is None and Schedule.objects.count() >= MOST_SCHEDULES:
        raise NotASchedule(f"There are {MOST_SCHEDULES} schedules already, which is the most: delete one first.")
    check_timing(schedule)
    if stored is None or (stored.kind, stored.subject_id) != (schedule.kind, schedule.subject_id):
        check_work(schedule)
    if stored is None:
        schedule.created_by = user
        schedule.next_due_at = _next_after(schedule, timezone.now())
    else:
        schedule.is_paused, schedule.last_due_at = stored.is_paused, stored.last_due_at
        is_same = all(getattr(stored, name) == getattr(schedule, name) for name in TIMING)
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


@transaction.atomic
def closed_days_changed() -> None:
    """Look again when the schedules of the tenant in context that go by business days are due."""
    for schedule in Schedule.objects.select_for_update().filter(is_paused=False).exclude(country=""):
        now = timezone.now()
        if schedule.next_due_at is None or schedule.next_due_at > now:
            schedule.next_due_at = _next_after(schedule, now)
            schedule.save(update_fields=["next_due_at"])


def fire_due(now: datetime | None = None) -> int:
    """Make the runs that are due, of all tenants; returns how many. One schedule that cannot be fired keeps no other
    one back; the last error is raised at the end."""
    now = now or timezone.now()
    with scope_all("find schedules that are due"):
        due = Schedule.objects.filter(is_paused=False, next_due_at__lte=now).order_by("next_due_at", "id")
        found = list(due.values_list("tenant_id", "pk"))
    fired, problem = 0, None
    for tenant_id, pk in found:
        try:
            with scope(tenant_id):
                fired += _fire(pk, now)
        except Exception as error:
            logger.exception("Schedule %s could not be fired", pk)
            problem = error
    if problem:
        raise problem
    return fired


def _fire(pk: int, now: datetime) -> int:
    """Make the runs of a schedule and move it on, unless somebody else has it or did so."""
    waiting = Schedule.objects.select_for_update(skip_locked=True)
    schedule = waiting.filter(pk=pk, is_paused=False, next_due_at__lte=now).first()
    if schedule is None or schedule.next_due_at is None:
        return 0
    made_up, left_out_from = _made_up(schedule, schedule.next_due_at, now)
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
            found = _times_between(schedule, max(since, now - ON_TIME), now)
        case Missed.ONCE:
            found = _last_times(schedule, since, now, 1)
        case _:
            found = _last_times(schedule, since, now, MOST_MADE_UP)
    return found, since if found and since < found[0] else None


def _last_times(schedule: Schedule, since: datetime, until: datetime, most: int) -> list[datetime]:
    """The last times of a span, found without going through all of a long one."""
    window = timedelta(hours=1)
    while True:
        begin = max(since, until - window)
        found = _times_between(schedule, begin, until)
        if begin == since or len(found) >= most:
            return found[-most:]
        window *= 4


def _times_between(schedule: Schedule, first: datetime, last: datetime) -> list[datetime]:
    times = times_after(schedule, first - timedelta(microseconds=1))
    return list(takewhile(lambda moment: moment <= last, times))


def _start(schedule: Schedule, due_at: datetime) -> Run | None:
    try:
        with transaction.atomic():
            return runs.start(schedule.kind, schedule.subject_id, schedule=schedule, due_at=due_at)
    except IntegrityError:
        logger.warning("Schedule %s has a run for %s already", schedule.pk, due_at)
        return None


def _tell_left_out(run: Run, since: datetime, first: datetime) -> None:
    begin, end = (f"{moment.astimezone(UTC):%d/%m/%Y %H:%M} UTC" for moment in (since, first))
    text = f"What was due from {begin} and before {end} was missed and is left out."
    RunEntry.objects.create(run=run, text=text, level=RunEntry.Level.WARNING)
