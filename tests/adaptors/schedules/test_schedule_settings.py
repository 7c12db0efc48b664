"""The tab Schedule settings: made, read back, paused, run now; by whom."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from adaptors.domain.running import KIND
from adaptors.models import Activation
from arhub.domain import schedules
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Role, Run, Schedule, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection

GIVEN = {
    "name": "Mornings", "every": "daily", "at": "07:00", "zone": "Europe/Copenhagen", "country": "DK",
    "quiet_from": "22:00", "quiet_until": "06:00", "missed": "once",
}  # fmt: skip
SENTENCE = "Every business day in Denmark at 07:00 Copenhagen time; not between 22:00 and 06:00; missed runs: once"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def signed_in(tenant: Tenant, role: Role) -> Client:
    client = Client()
    client.force_login(
        add_member(f"{role}@example.com", tenant, role), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


@pytest.fixture
def manager(tenant: Tenant) -> Client:
    return signed_in(tenant, Role.MANAGER)


@pytest.fixture
def place(activation: Activation, gateway: Connection) -> str:
    return f"/adaptors/activation/{activation.pk}/"


@pytest.fixture
def schedule(tenant: Tenant, activation: Activation) -> Schedule:
    with scope(tenant.pk):
        return schedules.save(
            Schedule(name="Mornings", kind=KIND, subject_id=activation.pk, at=time(7), zone="Europe/Copenhagen",
                     country="DK", quiet_from=time(22), quiet_until=time(6))
        )  # fmt: skip


def stored(schedule: Schedule) -> Schedule:
    with scope(schedule.tenant_id):
        return Schedule.objects.get(pk=schedule.pk)


def test_schedule_is_made_and_read_back(tenant: Tenant, activation: Activation, manager: Client, place: str) -> None:
    answer = manager.post(f"{place}schedules/add/", GIVEN, follow=True)

    with scope(tenant.pk):
        made = Schedule.objects.get()
    assert (made.kind, made.subject_id, made.quiet) == (KIND, activation.pk, (time(22), time(6)))
    assert schedules.sentence(made) == SENTENCE
    [shown] = answer.context["schedules"]
    assert (shown["sentence"], len(shown["times"])) == (SENTENCE, 5)
    assert SENTENCE in answer.content.decode()


def test_form_reads_itself_back(manager: Client, place: str) -> None:
    page = manager.get(f"{place}schedules/preview/", GIVEN).content.decode()
    assert SENTENCE in page and page.count("<li>") == 5

    wrong = manager.get(f"{place}schedules/preview/", {**GIVEN, "quiet_until": ""}).content.decode()
    assert "Expected quiet hours such as 22:00 and 06:00, found their beginning alone." in wrong


def test_wrong_choice_stays_on_the_form(tenant: Tenant, manager: Client, place: str) -> None:
    answer = manager.post(f"{place}schedules/add/", {**GIVEN, "quiet_until": "22:00"})

    assert answer.context["form"].errors["quiet_until"] == [
        "Expected quiet hours that end at another time, found 22:00 twice."
    ]
    with scope(tenant.pk):
        assert not Schedule.objects.exists()


def test_schedule_is_changed(manager: Client, place: str, schedule: Schedule) -> None:
    manager.post(f"{place}schedules/{schedule.pk}/", {**GIVEN, "at": "08:30", "quiet_from": "", "quiet_until": ""})

    assert schedules.sentence(stored(schedule)) == (
        "Every business day in Denmark at 08:30 Copenhagen time; missed runs: once"
    )


def test_pause_resume_and_delete(tenant: Tenant, manager: Client, place: str, schedule: Schedule) -> None:
    paused = manager.post(f"{place}schedules/{schedule.pk}/pause/", follow=True)
    assert (stored(schedule).next_due_at, paused.context["schedules"][0]["times"]) == (None, [])

    manager.post(f"{place}schedules/{schedule.pk}/resume/")
    assert stored(schedule).next_due_at is not None

    manager.post(f"{place}schedules/{schedule.pk}/delete/")
    with scope(tenant.pk):
        assert not Schedule.objects.exists()


def test_run_now_leads_to_the_run_and_stands_among_the_last(tenant: Tenant, place: str, schedule: Schedule) -> None:
    clerk = signed_in(tenant, Role.CLERK)

    answer = clerk.post(f"{place}schedules/{schedule.pk}/run/")

    with scope(tenant.pk):
        run = Run.objects.get()
    assert (run.kind, run.schedule_id, answer["Location"]) == (KIND, schedule.pk, f"/arhub/run/{run.pk}/change/")
    shown = clerk.get(f"{place}change/?tab=schedule").context["schedules"][0]
    assert [one for one, _ in shown["runs"]] == [run]


def test_who_may_not_edit_changes_nothing(tenant: Tenant, place: str, schedule: Schedule) -> None:
    clerk, viewer = signed_in(tenant, Role.CLERK), signed_in(tenant, Role.VIEWER)
    refused = [
        clerk.post(f"{place}schedules/add/", GIVEN), clerk.post(f"{place}schedules/{schedule.pk}/", GIVEN),
        clerk.post(f"{place}schedules/{schedule.pk}/pause/"), viewer.post(f"{place}schedules/{schedule.pk}/run/"),
        clerk.get(f"{place}schedules/preview/", GIVEN), clerk.get(f"{place}schedules/{schedule.pk}/run/"),
    ]  # fmt: skip

    assert [answer.status_code for answer in refused] == [403] * 6
    page = viewer.get(f"{place}change/?tab=schedule").content.decode()
    assert SENTENCE in page and "schedules/add/" not in page and f"schedules/{schedule.pk}/run/" not in page
    with scope(tenant.pk):
        assert (Schedule.objects.count(), Run.objects.count(), stored(schedule).is_paused) == (1, 0, False)


def test_other_tenants_and_other_work_are_out_of_reach(
    tenant: Tenant, manager: Client, place: str, schedule: Schedule
) -> None:
    with scope(tenant.pk):
        Schedule.objects.filter(pk=schedule.pk).update(kind="pull")
    other = signed_in(create_tenant("other", name="Other"), Role.ADMINISTRATOR)

    answers = [
        manager.post(f"{place}schedules/{schedule.pk}/pause/"), other.post(f"{place}schedules/{schedule.pk}/pause/"),
        other.post(f"{place}schedules/add/", GIVEN),
    ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [404] * 3
    assert manager.get(f"{place}change/?tab=schedule").context["schedules"] == []


def test_nothing_comes_due_while_it_is_off(tenant: Tenant, activation: Activation, manager: Client, place: str) -> None:
    with time_machine.travel(NOON, tick=False), scope(tenant.pk):
        Activation.objects.update(is_on=False)
        made = schedules.save(Schedule(name="Hourly", kind=KIND, subject_id=activation.pk, every="hourly", minute=30))

    fired = [schedules.fire_due(NOON + timedelta(hours=hours)) for hours in (1, 2)]
    refused = manager.post(f"{place}schedules/{made.pk}/run/", follow=True)
    with scope(tenant.pk):
        Activation.objects.update(is_on=True)
    fired.append(schedules.fire_due(NOON + timedelta(hours=3)))

    assert fired == [0, 0, 1]
    assert "is switched off" in str(next(iter(refused.context["messages"])))
    with scope(tenant.pk):
        assert [run.due_at for run in Run.objects.all()] == [NOON + timedelta(hours=2, minutes=30)]


def test_general_form_offers_quiet_hours_too(tenant: Tenant, manager: Client, schedule: Schedule) -> None:
    page: Any = manager.get(f"/arhub/schedule/{schedule.pk}/change/")
    form = page.context["adminform"].form

    assert (form["quiet_from"].value(), form["quiet_until"].value()) == (time(22), time(6))
