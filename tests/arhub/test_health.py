"""/healthz under each fault it must tell."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from arhub.health import is_stuck
from arhub.models import Heartbeat
from arhub.tasks import beat, beat_soon, clusters, ensure_schedules

if TYPE_CHECKING:
    from django.test import Client

with_database = pytest.mark.usefixtures("side_joins_default")


@pytest.fixture
def beating(side_joins_default: None) -> None:
    for name in clusters():
        beat(name)


def ask(client: Client) -> tuple[int, dict[str, bool]]:
    response = client.get("/healthz")
    answer: dict[str, Any] = response.json()
    return response.status_code, {name: part["ok"] for name, part in answer["parts"].items()}


def add_job(seconds_ago: int, cluster: str = "arhub") -> None:
    OrmQ.objects.create(key=cluster, payload="", lock=timezone.now() - timedelta(seconds=seconds_ago))


def test_health_with_everything_well(client: Client, beating: None) -> None:
    add_job(5)
    add_job(5000, "loads")

    assert ask(client) == (200, {"database": True, "worker arhub": True, "worker loads": True, "queue": True})


def test_health_without_heartbeat(client: Client, beating: None) -> None:
    Heartbeat.objects.filter(name="loads").update(beat_at=timezone.now() - timedelta(minutes=5))
    Heartbeat.objects.filter(name="arhub").delete()

    assert ask(client) == (503, {"database": True, "worker arhub": False, "worker loads": False, "queue": True})


def test_health_with_a_job_that_waits(client: Client, beating: None) -> None:
    add_job(90)

    assert ask(client) == (503, {"database": True, "worker arhub": True, "worker loads": True, "queue": False})


def test_health_without_database_answers(client: Client) -> None:
    """The test has no leave to reach the database, so every look at it raises."""
    status, parts = ask(client)

    assert (status, set(parts.values())) == (503, {False})


@with_database
def test_cluster_is_stuck_when_jobs_wait_and_none_is_at_work() -> None:
    add_job(90)
    assert is_stuck("arhub")
    assert not is_stuck("loads")

    add_job(-300)
    assert not is_stuck("arhub")


@with_database
def test_beat_twice_is_one_row() -> None:
    beat("arhub")
    beat("arhub")

    assert Heartbeat.objects.count() == 1


@with_database
def test_beat_soon_rings_each_cluster() -> None:
    beat_soon()

    assert sorted(OrmQ.objects.values_list("key", flat=True)) == ["arhub", "loads"]


@with_database
def test_migrate_writes_the_schedules() -> None:
    Schedule.objects.all().delete()

    call_command("migrate", verbosity=0)

    assert Schedule.objects.count() == len(settings.SCHEDULES)


@with_database
def test_schedules_follow_the_settings() -> None:
    Schedule.objects.create(name="hub: left", func="arhub.tasks.gone")
    Schedule.objects.create(name="somebody's own", func="arhub.tasks.beat")

    ensure_schedules()
    ensure_schedules()

    names = [f"hub: {row[0]}" for row in settings.SCHEDULES]
    assert sorted(Schedule.objects.values_list("name", flat=True)) == sorted([*names, "somebody's own"])
