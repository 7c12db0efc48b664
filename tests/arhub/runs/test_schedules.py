"""Schedules: read back in words, fired once however many schedulers there are, made up for as was chosen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connections

from arhub import tasks
from arhub.domain import runs, schedules
from arhub.domain.schedules import sentence
from arhub.domain.tenants import add_member, create_tenant
from arhub.domain.timing import NotASchedule, next_times
from arhub.models import ClosedDay, Run, RunEntry, Schedule, Tenant
from arhub.tenancy.scope import scope

Make = Callable[..., Schedule]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def make(tenant: Tenant) -> Make:
    """make(every="daily", at=time(7), now=NOON) stores a schedule, made at that time."""

    def made(*, now: datetime = NOON, of: Tenant | None = None, **given: Any) -> Schedule:
        values = {"name": "Copies", "kind": "copying", "subject_id": 1, **given}
        with time_machine.travel(now, tick=False), scope((of or tenant).pk):
            return schedules.save(Schedule(**values))

    return made


def fresh(schedule: Schedule) -> Schedule:
    with scope(schedule.tenant_id):
        return Schedule.objects.get(pk=schedule.pk)


def due_times(schedule: Schedule) -> list[str]:
    """When the runs that were made are for, in UTC."""
    with scope(schedule.tenant_id):
        rows = Run.objects.filter(schedule=schedule).order_by("due_at")
        return [f"{run.due_at:%d %H:%M}" if run.due_at else "now" for run in rows]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"every": "daily", "at": time(7), "country": "DK", "zone": "Europe/Copenhagen"},
            "Every business day in Denmark at 07:00 Copenhagen time; missed runs: once",
        ),
        ({"every": "daily", "at": time(6, 30)}, "Every day at 06:30 UTC; missed runs: once"),
        (
            {"every": "hourly", "minute": 15, "zone": "America/New_York", "missed": "skip"},
            "Every hour at minute 15, New York time; missed runs: skip",
        ),
        (
            {"every": "hourly", "minute": 0, "country": "DE", "subdivision": "BY"},
            "Every hour at minute 0 on business days in Germany (Bayern), UTC; missed runs: once",
        ),
        (
            {"every": "weekly", "weekdays": [4, 0, 2], "at": time(22), "missed": "each"},
            "Every Monday, Wednesday and Friday at 22:00 UTC; missed runs: each",
        ),
        (
            {"every": "weekly", "weekdays": [6], "country": "EG"},
            "Every Sunday that is a business day in Egypt at 07:00 UTC; missed runs: once",
        ),
        ({"every": "cron", "cron": "30  6 * * 1-5"}, "By the pattern 30 6 * * 1-5, UTC; missed runs: once"),
    ],
)
def test_sentence_reads_the_choice_back(make: Make, given: dict[str, Any], words: str) -> None:
    assert sentence(make(**given)) == words


def test_next_times_are_shown_in_the_schedules_zone(tenant: Tenant, make: Make) -> None:
    schedule = make(every="daily", at=time(7), zone="Europe/Copenhagen", country="DK")

    with scope(tenant.pk):
        ClosedDay.objects.create(date=date(2026, 3, 31), name="Company outing")
        found = next_times(schedule, 5, datetime(2026, 3, 27, 12, tzinfo=UTC))

    assert [f"{moment:%a %d/%m %H:%M%z}" for moment in found] == [
        "Mon 30/03 07:00+0200", "Wed 01/04 07:00+0200", "Tue 07/04 07:00+0200", "Wed 08/04 07:00+0200",
        "Thu 09/04 07:00+0200",
    ]  # fmt: skip


def test_weekdays_begin_with_monday(tenant: Tenant, make: Make) -> None:
    schedule = make(every="weekly", weekdays=[0, 6], at=time(7))

    with scope(tenant.pk):
        assert [f"{moment:%A}" for moment in next_times(schedule, 2, NOON)] == ["Sunday", "Monday"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"every": "hourly", "minute": 60}, "minute"),
        ({"every": "weekly", "weekdays": []}, "weekdays"),
        ({"every": "weekly", "weekdays": [7]}, "weekdays"),
        ({"every": "cron", "cron": "* * * *"}, "cron"),
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"country": "QQ"}, "country"),
        ({"country": "DK", "subdivision": "BY"}, "subdivision"),
        ({"every": "cron", "cron": "0 7 25 12 *", "country": "DK"}, "country"),
        ({"kind": "flying"}, "kind"),
        ({"subject_id": 99}, "subject_id"),
    ],
)
def test_what_makes_no_schedule_is_refused(tenant: Tenant, make: Make, given: dict[str, Any], field: str) -> None:
    with pytest.raises(NotASchedule) as refused:
        make(**given)

    assert refused.value.field == field
    with scope(tenant.pk):
        assert not Schedule.objects.exists()


def test_due_schedule_is_fired_once_and_moves_on(tenant: Tenant, make: Make) -> None:
    schedule = make(every="daily", at=time(13))

    fired = [schedules.fire_due(NOON + timedelta(minutes=minutes)) for minutes in (59, 60, 61, 24 * 60 + 60)]

    assert fired == [0, 1, 0, 1]
    assert due_times(schedule) == ["02 13:00", "03 13:00"]
    now = fresh(schedule)
    assert (now.last_due_at, now.next_due_at) == (NOON + timedelta(hours=25), NOON + timedelta(hours=49))
    with scope(tenant.pk):
        run = Run.objects.earliest("id")
    assert (run.kind, run.subject_id, run.title, run.created_by) == ("copying", 1, "Copy of folder 1", None)


@pytest.mark.parametrize(
    ("missed", "late", "made"),
    [
        ("skip", timedelta(minutes=9), ["02 12:30"]),
        ("skip", timedelta(minutes=11), []),
        ("skip", timedelta(hours=3, minutes=5), ["02 15:30"]),
        ("once", timedelta(minutes=5), ["02 12:30"]),
        ("once", timedelta(hours=3, minutes=40), ["02 15:30"]),
        ("once", timedelta(days=400), ["06 12:30"]),
        ("each", timedelta(hours=3, minutes=5), ["02 12:30", "02 13:30", "02 14:30", "02 15:30"]),
    ],
)
def test_missed_runs_are_made_up_for_as_was_chosen(
    tenant: Tenant, make: Make, missed: str, late: timedelta, made: list[str]
) -> None:
    schedule = make(every="hourly", minute=30, missed=missed)
    now = NOON + timedelta(minutes=30) + late

    fired = schedules.fire_due(now)

    assert (fired, due_times(schedule)) == (len(made), made)
    assert now < (fresh(schedule).next_due_at or now) <= now + timedelta(hours=1)


def test_each_makes_up_for_a_hundred_and_tells_of_the_rest(tenant: Tenant, make: Make) -> None:
    schedule = make(every="cron", cron="*/10 * * * *", missed="each")

    fired = schedules.fire_due(NOON + timedelta(days=2))

    assert (fired, len(due_times(schedule)), due_times(schedule)[-1]) == (100, 100, "04 12:00")
    with scope(tenant.pk):
        (told,) = RunEntry.objects.all()
        assert told.run == Run.objects.earliest("due_at")
    assert (
        told.text
        == "What was due from 2 Mar 2026 12:10 UTC and before 3 Mar 2026 19:30 UTC was missed and is left out."
    )


def test_two_schedulers_at_once_fire_each_due_run_once(tenant: Tenant, make: Make) -> None:
    other = create_tenant("other")
    made = [make(name=f"Schedule {n}", every="hourly", minute=n % 30, missed="each", of=of)
            for n in range(10) for of in (tenant, other)]  # fmt: skip
    gate, fired = threading.Barrier(4), []

    def fire() -> None:
        try:
            for hours in (1, 2, 3):
                gate.wait(60)
                fired.append(schedules.fire_due(NOON + timedelta(hours=hours)))
        finally:
            connections.close_all()

    schedulers = [threading.Thread(target=fire) for _ in range(4)]
    for scheduler in schedulers:
        scheduler.start()
    for scheduler in schedulers:
        scheduler.join(timeout=120)
    fired.append(schedules.fire_due(NOON + timedelta(hours=3)))

    for schedule in made:
        times = due_times(schedule)
        assert len(times) == len(set(times)) == 3
    assert sum(fired) == 60


def test_database_refuses_a_second_run_for_one_time(tenant: Tenant, make: Make) -> None:
    schedule = make()

    with scope(tenant.pk):
        runs.start("copying", 1, schedule=schedule, due_at=NOON)
    with pytest.raises(IntegrityError, match="run_due_once"), scope(tenant.pk):
        runs.start("copying", 1, schedule=schedule, due_at=NOON)


def test_run_that_is_there_already_is_not_made_again(tenant: Tenant, make: Make) -> None:
    schedule = make(every="daily", at=time(13))
    with scope(tenant.pk):
        runs.start("copying", 1, schedule=schedule, due_at=NOON + timedelta(hours=1))

    assert schedules.fire_due(NOON + timedelta(hours=1)) == 0
    assert fresh(schedule).next_due_at == NOON + timedelta(hours=25)


def test_schedule_that_cannot_be_fired_keeps_no_other_back(tenant: Tenant, make: Make, settings: Any) -> None:
    make(every="daily", at=time(13), kind="counting")
    good = make(every="daily", at=time(13))
    settings.RUN_KINDS = {"copying": settings.RUN_KINDS["copying"]}

    with pytest.raises(KeyError):
        schedules.fire_due(NOON + timedelta(hours=1))

    assert due_times(good) == ["02 13:00"]


def test_changed_times_are_due_from_now_on(tenant: Tenant, make: Make) -> None:
    schedule = make(every="daily", at=time(13))
    late = NOON + timedelta(hours=2)

    with time_machine.travel(late, tick=False), scope(tenant.pk):
        schedule.at = time(13, 30)
        schedules.save(schedule)

    assert fresh(schedule).next_due_at == NOON + timedelta(hours=25, minutes=30)
    assert schedules.fire_due(late) == 0


def test_changed_name_leaves_what_is_due(tenant: Tenant, make: Make) -> None:
    schedule = make(every="daily", at=time(13))

    with time_machine.travel(NOON + timedelta(hours=2), tick=False), scope(tenant.pk):
        schedule.name = "Other"
        schedules.save(schedule)

    assert (fresh(schedule).name, fresh(schedule).next_due_at) == ("Other", NOON + timedelta(hours=1))


def test_paused_schedule_is_not_fired_and_makes_up_for_nothing(tenant: Tenant, make: Make) -> None:
    schedule = make(every="daily", at=time(13))
    with scope(tenant.pk):
        switched = [schedules.switch(schedule, False), schedules.switch(schedule, False)]

    fired = schedules.fire_due(NOON + timedelta(days=3))
    with time_machine.travel(NOON + timedelta(days=3), tick=False), scope(tenant.pk):
        switched.append(schedules.switch(schedule, True))

    assert (switched, fired) == ([True, False, True], 0)
    assert fresh(schedule).next_due_at == NOON + timedelta(days=3, hours=1)


def test_run_now_is_a_run_beside_those_that_are_due(tenant: Tenant, make: Make) -> None:
    schedule = make(every="daily", at=time(13))
    user = add_member("ida@acme.example", tenant, "manager", name="Ida")

    with scope(tenant.pk):
        run = schedules.run_now(schedule, user)
    schedules.fire_due(NOON + timedelta(hours=1))

    assert (run.created_by, due_times(schedule)) == (user, ["02 13:00", "now"])


def test_closed_day_moves_what_is_due_by_business_days_alone(tenant: Tenant, make: Make) -> None:
    business, plain = make(every="daily", at=time(7), country="DK"), make(every="daily", at=time(7))

    with time_machine.travel(NOON, tick=False), scope(tenant.pk):
        ClosedDay.objects.create(date=date(2026, 3, 3), name="Company outing")
        schedules.closed_days_changed()

    found = [f"{row.next_due_at:%d %H:%M}" for row in (fresh(business), fresh(plain))]
    assert found == ["04 07:00", "03 07:00"]


def test_deleted_schedule_leaves_its_runs(tenant: Tenant, make: Make) -> None:
    schedule = make(every="daily", at=time(13))
    schedules.fire_due(NOON + timedelta(hours=1))

    with scope(tenant.pk):
        schedule.delete()
        (run,) = Run.objects.all()

    assert (run.schedule, run.due_at) == (None, NOON + timedelta(hours=1))


def test_task_fires_what_is_due(tenant: Tenant, make: Make) -> None:
    make(every="cron", cron="* * * * *", missed="once")

    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        assert [tasks.fire_schedules(), tasks.fire_schedules()] == ["1 fired", "0 fired"]


def test_other_tenants_see_nothing_and_are_fired_as_themselves(tenant: Tenant, make: Make) -> None:
    other = create_tenant("other")
    make(every="daily", at=time(13))
    theirs = make(every="daily", at=time(13), of=other)

    schedules.fire_due(NOON + timedelta(hours=1))

    with scope(other.pk):
        assert list(Schedule._base_manager.values_list("pk", flat=True)) == [theirs.pk]
        assert list(Run._base_manager.values_list("schedule_id", flat=True)) == [theirs.pk]
        assert not ClosedDay._base_manager.exists()
