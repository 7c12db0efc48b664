"""When something is due: checked, read back in words, and turned into moments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice, takewhile

from django.utils import timezone

from arhub.domain.calendars import business_days, name_of
from arhub.domain.due_times import NotAPattern, checked_pattern, moments, zone_of
from arhub.domain.quiet_hours import QuietHours
from arhub.models import ClosedDay, Timing

Every = Timing.Every

TIMING = ("every", "minute", "at", "weekdays", "cron", "zone", "country", "subdivision")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class NotASchedule(ValueError):
    """What was asked for makes no schedule, in a sentence about `field`."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def check_timing(timing: Timing) -> None:
    """Bring the fields that say when it runs into shape. Raises `NotASchedule`."""
    timing.at = timing.at.replace(second=0, microsecond=0)
    try:
        zone_of(timing.zone)
    except ValueError as error:
        raise NotASchedule(str(error), "zone") from error
    timing.subdivision = timing.subdivision if timing.country else ""
    try:
        business_days(timing.country, timing.subdivision)
    except ValueError as error:
        raise NotASchedule(str(error), "subdivision" if timing.subdivision else "country") from error
    if timing.every == Every.HOURLY and not 0 <= timing.minute <= 59:
        raise NotASchedule(f"Expected a minute from 0 to 59, found {timing.minute}.", "minute")
    if timing.every == Every.WEEKLY:
        timing.weekdays = _checked_weekdays(timing.weekdays)
    if timing.every == Every.CRON:
        try:
            timing.cron = checked_pattern(timing.cron)
        except NotAPattern as error:
            raise NotASchedule(str(error), "cron") from error
    if not next_times(timing, 1):
        raise NotASchedule("No such time is a business day in the years to come: it would never run.", "country")


def _checked_weekdays(days: list[int]) -> list[int]:
    if not days or not set(days) <= set(range(7)):
        raise NotASchedule("Expected at least one day of the week, from 0 for Monday to 6 for Sunday.", "weekdays")
    return sorted(set(days))


def pattern_of(timing: Timing) -> str:
    """The cron pattern that says the same."""
    match timing.every:
        case Every.HOURLY:
            return f"{timing.minute} * * * *"
        case Every.DAILY:
            return f"{timing.at.minute} {timing.at.hour} * * *"
        case Every.WEEKLY:
            days = ",".join(str((day + 1) % 7) for day in timing.weekdays)  # cron's week begins on Sunday
            return f"{timing.at.minute} {timing.at.hour} * * {days}"
    return timing.cron


def times_after(timing: Timing, after: datetime) -> Iterator[datetime]:
    """The moments at which it is due, in UTC and in order, for some years."""
    closed = set(ClosedDay.objects.values_list("date", flat=True)) if timing.country else set[date]()
    is_open = business_days(timing.country, timing.subdivision, closed)
    pattern, zone = pattern_of(timing), zone_of(timing.zone)
    if timing.quiet is None:
        return moments(pattern, zone, after, is_open)
    quiet = QuietHours(*timing.quiet, zone, is_open)
    return quiet.outside(lambda since: moments(pattern, zone, since, is_open), after)


def next_times(timing: Timing, count: int = 5, now: datetime | None = None) -> list[datetime]:
    """The next moments it is due, in its own zone."""
    zone = zone_of(timing.zone)
    return [moment.astimezone(zone) for moment in islice(times_after(timing, now or timezone.now()), count)]


def last_times(timing: Timing, since: datetime, until: datetime, most: int) -> list[datetime]:
    """The last times of a span, found without going through all of a long one."""
    window = timedelta(hours=1)
    while True:
        begin = max(since, until - window)
        found = times_between(timing, begin, until)
        if begin == since or len(found) >= most:
            return found[-most:]
        window *= 4


def times_between(timing: Timing, first: datetime, last: datetime) -> list[datetime]:
    times = times_after(timing, first - timedelta(microseconds=1))
    return list(takewhile(lambda moment: moment <= last, times))


def in_words(moment: datetime, timing: Timing) -> str:
    """As the clocks of its zone show it, such as “Mon 2 Mar 2026 07:00 (UTC+0100)”."""
    return f"{moment.astimezone(zone_of(timing.zone)):%a %-d %b %Y %H:%M (UTC%z)}"


def timing_in_words(timing: Timing, preposition: str = "at") -> str:
    """Such as “Every business day in Denmark at 07:00 Copenhagen time”."""
    return f"{_when(timing, preposition)} {_clock(timing.zone)}"


def _when(timing: Timing, preposition: str) -> str:
    country = name_of(timing.country, timing.subdivision) if timing.country else ""
    business = f" on business days in {country}" if country else ""
    match timing.every:
        case Every.HOURLY:
            return f"Every hour {preposition} minute {timing.minute}{business},"
        case Every.DAILY:
            return f"Every {f'business day in {country}' if country else 'day'} {preposition} {timing.at:%H:%M}"
        case Every.WEEKLY:
            *days, last = (WEEKDAYS[day] for day in timing.weekdays)
            named = f"{', '.join(days)} and {last}" if days else last
            also = f" that is a business day in {country}" if country else ""
            return f"Every {named}{also} {preposition} {timing.at:%H:%M}"
    return f"By the pattern {timing.cron}{business},"


def _clock(zone: str) -> str:
    return "UTC" if zone == "UTC" else f"{zone.rsplit('/', 1)[-1].replace('_', ' ')} time"
