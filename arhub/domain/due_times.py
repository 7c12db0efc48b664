"""When a pattern of wall times comes, as moments. Knows no database.

Wall times that a clock change leaves out come at the first moment after the gap, and those that it repeats come once.
A pattern that names no hours comes in every real hour instead: in both hours of a repeated one, and in none that is
left out.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from croniter import CroniterBadCronError, CroniterBadDateError, croniter

LOOK_AHEAD_YEARS = 10
LONGEST_FOLD = timedelta(hours=3)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
WORDS = {*MONTHS, *DAYS, "l"}
FIELD = re.compile(r"[\w*/,\-#?]+", re.ASCII)


class NotAPattern(ValueError):
    """What is wrong with it, in a sentence."""


def checked_pattern(text: str) -> str:
    """A cron pattern of five fields, with one space between them. Raises `NotAPattern`."""
    fields = text.lower().split()
    if len(fields) != 5:
        raise NotAPattern(
            "Expected five fields: minute, hour, day of the month, month, day of the week, such as 30 6 * * 1-5; "
            f"found {len(fields)}."
        )
    for field in fields:
        if not FIELD.fullmatch(field) or not set(re.findall("[a-z]+", field)) <= WORDS:
            raise NotAPattern(
                f"Expected numbers, names of months or days, and any of * / , - # in a field; found {field}."
            )
    pattern = " ".join(fields)
    try:
        croniter(pattern, datetime(2000, 1, 1), max_years_between_matches=LOOK_AHEAD_YEARS).get_next(datetime)
    except CroniterBadDateError as error:
        raise NotAPattern("There is no such day: it would never run.") from error
    except (CroniterBadCronError, ValueError, KeyError) as error:
        raise NotAPattern(
            "Expected minutes 0 to 59, hours 0 to 23, days 1 to 31, months 1 to 12, days of the week 0 to 7 and steps "
            f"above 0; found {pattern}."
        ) from error
    return pattern


@cache
def zone_names() -> list[str]:
    return sorted(available_timezones() - {"localtime", "Factory"})


def zone_of(name: str) -> ZoneInfo:
    """Raises ValueError when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ValueError(f"Expected a time zone such as Europe/Copenhagen, found {name}.") from error


def moments(
    pattern: str, zone: ZoneInfo, after: datetime, is_open: Callable[[date], bool] = lambda day: True
) -> Iterator[datetime]:
    """The moments after this one, in UTC and in order, for some years; days that are not open are left out."""
    every_hour, last, again = _names_no_hours(pattern), after, deque[datetime]()
    start = after.astimezone(zone).replace(tzinfo=None) - LONGEST_FOLD
    for wall in _wall_times(pattern, start, is_open):
        first, second = _moments_of(wall, zone, every_hour=every_hour)
        if second:
            again.append(second)
        if first is None:
            continue
        while again and again[0] < first:
            if (moment := again.popleft()) > last:
                last = moment
                yield moment
        if first > last:
            last = first
            yield first


def _names_no_hours(pattern: str) -> bool:
    hours = croniter.expand(pattern)[0][1]
    return hours == ["*"] or len(hours) == 24


def _wall_times(pattern: str, start: datetime, is_open: Callable[[date], bool]) -> Iterator[datetime]:
    times = croniter(pattern, start, max_years_between_matches=LOOK_AHEAD_YEARS)
    end = start + timedelta(days=366 * LOOK_AHEAD_YEARS)
    while True:
        try:
            wall: datetime = times.get_next(datetime)
        except CroniterBadDateError:
            return
        if wall > end:
            return
        if is_open(wall.date()):
            yield wall
        else:
            times.set_current(datetime.combine(wall.date(), time(23, 59, 59)), force=True)


def _moments_of(wall: datetime, zone: ZoneInfo, *, every_hour: bool) -> tuple[datetime | None, datetime | None]:
    """When clocks show this time, and when they do so again."""
    before = wall.replace(tzinfo=zone).astimezone(UTC)  # by the offset before a change
    after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)  # and by the one after it
    if before <= after:
        return before, after if every_hour and before < after else None
    end = _change_between(after, before, zone)
    shown = end.astimezone(zone)
    if every_hour and (shown.date(), shown.hour) != (wall.date(), wall.hour):
        return None, None
    return end, None


def first_shown(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, at which clocks show this time; the end of the gap where it is left out."""
    found, _ = _moments_of(wall, zone, every_hour=False)
    assert found is not None
    return found


def last_shown(wall: datetime, zone: ZoneInfo) -> datetime:
    """The last moment at which they do: of a time that is repeated, the second."""
    return max(first_shown(wall, zone), wall.replace(tzinfo=zone, fold=1).astimezone(UTC))


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The moment from which on the offset is the one that `high` has."""
    offset = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)
