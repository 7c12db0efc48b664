"""Quiet hours: what would come due within them comes at their end, once, whatever clocks and calendars do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any

import pytest
import time_machine

from arhub.domain import schedules
from arhub.domain.due_times import zone_of
from arhub.domain.schedules import sentence
from arhub.domain.timing import NotASchedule, times_after, times_between
from arhub.models import Run, Schedule, Tenant
from arhub.tenancy.scope import scope

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NIGHT = {"quiet_from": time(22), "quiet_until": time(6)}
HERE = {"zone": "Europe/Copenhagen"}
Make = Callable[..., Schedule]


@pytest.fixture
def make(tenant: Tenant) -> Make:
    """make(every="hourly", **NIGHT, now=NOON) stores a schedule, made at that time."""

    def made(*, now: datetime = NOON, **given: Any) -> Schedule:
        with time_machine.travel(now, tick=False), scope(tenant.pk):
            return schedules.save(Schedule(name="Copies", kind="copying", subject_id=1, **given))

    return made


def following(schedule: Schedule, after: datetime, most: int) -> list[str]:
    """The next times as its own clocks show them."""
    with scope(schedule.tenant_id):
        found = islice(times_after(schedule, after), most)
        return [f"{moment.astimezone(zone_of(schedule.zone)):%a %d %H:%M%z}" for moment in found]


def test_hourly_over_midnight_comes_once_at_the_end(make: Make) -> None:
    schedule = make(every="hourly", minute=30, **NIGHT)

    found = following(schedule, NOON + timedelta(hours=8), 4)

    assert found == ["Mon 02 20:30+0000", "Mon 02 21:30+0000", "Tue 03 06:00+0000", "Tue 03 06:30+0000"]


def test_hours_within_a_day(make: Make) -> None:
    schedule = make(every="hourly", minute=0, quiet_from=time(13), quiet_until=time(16, 30))

    assert following(schedule, NOON, 3) == ["Mon 02 16:30+0000", "Mon 02 17:00+0000", "Mon 02 18:00+0000"]


@pytest.mark.parametrize(
    ("at", "comes"),
    [(time(21, 59), "Mon 02 21:59+0000"), (time(22), "Tue 03 06:00+0000"), (time(0), "Tue 03 06:00+0000"),
     (time(5, 59), "Tue 03 06:00+0000"), (time(6), "Tue 03 06:00+0000")],
)  # fmt: skip
def test_beginning_is_quiet_and_end_is_not(make: Make, at: time, comes: str) -> None:
    assert following(make(every="daily", at=at, **NIGHT), NOON, 1) == [comes]


def test_what_waits_is_seen_from_within_the_quiet_hours(make: Make) -> None:
    schedule = make(every="daily", at=time(23), **NIGHT)

    found = [following(schedule, NOON + timedelta(hours=hours), 1) for hours in (11.5, 15, 18)]

    assert found == [["Tue 03 06:00+0000"], ["Tue 03 06:00+0000"], ["Wed 04 06:00+0000"]]


def test_business_days_wait_for_the_next_one(make: Make) -> None:
    """Friday at 23:00 would come on Saturday at 06:00, which is none."""
    schedule = make(every="daily", at=time(23), country="DK", **NIGHT, **HERE)
    friday = datetime(2026, 3, 6, 12, tzinfo=UTC)

    for hours in (0, 12, 24, 48, 63):
        found = following(schedule, friday + timedelta(hours=hours), 2)
        assert found == ["Mon 09 06:00+0100", "Tue 10 06:00+0100"], hours


def test_end_that_clocks_leave_out_comes_after_the_gap(make: Make) -> None:
    schedule = make(every="hourly", minute=0, quiet_from=time(0), quiet_until=time(2, 30), **HERE)

    found = following(schedule, datetime(2026, 3, 28, 22, 30, tzinfo=UTC), 2)

    assert found == ["Sun 29 03:00+0200", "Sun 29 04:00+0200"]


def test_end_that_clocks_repeat_is_the_second(make: Make) -> None:
    schedule = make(every="hourly", minute=0, quiet_from=time(23), quiet_until=time(2, 30), **HERE)

    found = following(schedule, datetime(2026, 10, 24, 20, 30, tzinfo=UTC), 2)

    assert found == ["Sun 25 02:30+0100", "Sun 25 03:00+0100"]


@pytest.mark.parametrize("day", [datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)])
def test_nothing_comes_within_them_around_a_clock_change(make: Make, tenant: Tenant, day: datetime) -> None:
    schedule = make(every="cron", cron="*/15 * * * *", **NIGHT, **HERE)

    with scope(tenant.pk):
        found = times_between(schedule, day, day + timedelta(days=2))

    shown = [moment.astimezone(zone_of("Europe/Copenhagen")).time() for moment in found]
    assert found == sorted(set(found))
    assert all(time(6) <= moment < time(22) for moment in shown)
    assert shown.count(time(6)) == 2


def test_they_are_fired_once_at_the_end(make: Make, tenant: Tenant) -> None:
    schedule = make(every="hourly", minute=30, missed="each", now=NOON + timedelta(hours=9), **NIGHT)

    fired = [schedules.fire_due(NOON + timedelta(hours=hours)) for hours in (9.5, 11, 17.9, 18, 18.2, 18.5)]

    assert fired == [1, 0, 0, 1, 0, 1]
    with scope(tenant.pk):
        due = Run.objects.filter(schedule=schedule).order_by("due_at").values_list("due_at", flat=True)
        assert [f"{moment:%d %H:%M}" for moment in due] == ["02 21:30", "03 06:00", "03 06:30"]


def test_new_quiet_hours_move_what_is_due(make: Make, tenant: Tenant) -> None:
    schedule = make(every="daily", at=time(23))

    with time_machine.travel(NOON, tick=False), scope(tenant.pk):
        schedule.quiet_from, schedule.quiet_until = time(22, 0, 30), time(6)
        schedules.save(schedule)

    with scope(tenant.pk):
        stored = Schedule.objects.get()
    assert (stored.quiet_from, stored.next_due_at) == (time(22), NOON + timedelta(hours=18))
    assert sentence(stored) == "Every day at 23:00 UTC; not between 22:00 and 06:00; missed runs: once"


@pytest.mark.parametrize(
    ("given", "field"),
    [({"quiet_from": time(22)}, "quiet_until"), ({"quiet_until": time(6)}, "quiet_from"),
     ({"quiet_from": time(6), "quiet_until": time(6)}, "quiet_until")],
)  # fmt: skip
def test_half_of_them_is_refused(make: Make, given: dict[str, Any], field: str) -> None:
    with pytest.raises(NotASchedule) as refused:
        make(every="daily", **given)

    assert refused.value.field == field
