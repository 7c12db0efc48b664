"""Schedules on the screens: the form with its preview, run now, pause and resume, closed days."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

import pytest
from django.test import Client

from arhub.models import ClosedDay, Run, Schedule
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import SignIn, World, text_of
from tests.arhub.runs.conftest import KINDS

SENT = {"_form_submitted": "on"}
FORM = {
    "name": "Nightly", "work": "copying:2", "every": "daily", "minute": "0", "at": "07:00", "weekdays": ["0"],
    "cron": "", "zone": "Europe/Copenhagen", "country": "DK", "subdivision": "", "missed": "once",
}  # fmt: skip


@pytest.fixture(autouse=True)
def kinds(settings: Any) -> None:
    settings.RUN_KINDS = KINDS


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant, role="manager")


def made(world: World) -> Schedule:
    with scope(world.acting.tenant.pk):
        return Schedule.objects.latest("id")


def test_schedule_is_made_by_the_form(client: Client, world: World) -> None:
    answer = client.post("/arhub/schedule/add/", FORM)

    schedule = made(world)
    assert answer.status_code == 302
    assert (schedule.name, schedule.kind, schedule.subject_id, schedule.at) == ("Nightly", "copying", 2, time(7))
    assert (schedule.country, schedule.zone, schedule.missed) == ("DK", "Europe/Copenhagen", "once")
    assert schedule.next_due_at is not None
    assert schedule.created_by == client.user  # type: ignore[attr-defined]
    assert "Every business day in Denmark at 07:00 Copenhagen time; missed runs: once" in text_of(
        client.get("/arhub/schedule/")
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"every": "hourly", "minute": "75"}, "Expected a minute from 0 to 59, found 75."),
        ({"every": "weekly", "weekdays": []}, "Expected at least one day of the week"),
        ({"every": "cron", "cron": "* * *"}, "Expected five fields"),
        ({"at": ""}, "Expected a time such as 07:00."),
        ({"zone": "Europe/Atlantis"}, "Select a valid choice"),
        ({"country": "QQ"}, "Select a valid choice"),
        ({"subdivision": "BY"}, "There is no calendar of Denmark (BY)."),
        ({"work": "copying:99"}, "Select a valid choice"),
        ({"work": "flying:1"}, "Select a valid choice"),
    ],
)
def test_form_that_makes_no_schedule_says_why(client: Client, world: World, given: dict[str, Any], said: str) -> None:
    page = text_of(client.post("/arhub/schedule/add/", {**FORM, **given}))

    assert said in page
    with scope(world.acting.tenant.pk):
        assert not Schedule.objects.filter(name="Nightly").exists()


def test_field_that_the_choice_does_not_use_may_be_empty(client: Client, world: World) -> None:
    client.post("/arhub/schedule/add/", {**FORM, "every": "cron", "cron": "5 * * * *", "minute": "", "at": ""})

    assert made(world).cron == "5 * * * *"


def test_changed_schedule_is_due_at_its_new_time(client: Client, world: World) -> None:
    client.post("/arhub/schedule/add/", FORM)
    before = made(world)

    client.post(f"/arhub/schedule/{before.pk}/change/", {**FORM, "at": "08:30", "country": ""})

    after = made(world)
    assert (after.pk, after.at, after.country) == (before.pk, time(8, 30), "")
    assert after.next_due_at != before.next_due_at


def test_preview_reads_the_form_back_with_the_next_five_times(client: Client, world: World) -> None:
    page = text_of(client.get("/arhub/schedule/preview/", FORM))

    assert "Every business day in Denmark at 07:00 Copenhagen time; missed runs: once" in page
    times = re.findall(r"<time [^>]*>(\w{3}) \d+ \w{3} \d{4} 07:00 \(UTC\+0[12]00\)</time>", page)
    assert len(times) == 5
    assert not {"Sat", "Sun"} & set(times)
    with scope(world.acting.tenant.pk):
        assert Schedule.objects.count() == 1


def test_preview_brings_the_regions_of_the_country(client: Client) -> None:
    page = text_of(client.get("/arhub/schedule/preview/", {**FORM, "country": "DE", "subdivision": "BY"}))

    assert '<option value="BY" selected>Bayern</option>' in page
    assert "business day in Germany (Bayern)" in page


@pytest.mark.parametrize(
    ("given", "said"),
    [({"every": "cron", "cron": "61 * * * *"}, "minutes 0 to 59"), ({"name": "", "work": ""}, "Every business day"),
     ({"at": "7 o'clock"}, "Enter a valid time")],
)  # fmt: skip
def test_preview_of_an_unfinished_form_says_what_is_missing(client: Client, given: dict[str, Any], said: str) -> None:
    assert said in text_of(client.get("/arhub/schedule/preview/", {**FORM, **given}))


def test_preview_of_nothing_at_all_is_no_mistake_of_ours(client: Client) -> None:
    assert client.get("/arhub/schedule/preview/").status_code == 200


def test_run_now_makes_one_run_and_leads_to_it(client: Client, world: World) -> None:
    schedule = world.acting.first("schedule")

    answer = client.post(f"/arhub/schedule/{schedule.pk}/run-now/", SENT)

    with scope(schedule.tenant_id):
        run = Run.objects.latest("id")
    assert answer["HX-Redirect"] == f"/arhub/run/{run.pk}/change/"
    assert (run.schedule_id, run.title, run.due_at) == (schedule.pk, "Copy of folder 1", None)
    assert "Copy of folder 1" in text_of(client.get(f"/arhub/schedule/{schedule.pk}/change/"))


def test_schedule_is_paused_and_resumed(client: Client, world: World) -> None:
    schedule = world.acting.first("schedule")

    client.post(f"/arhub/schedule/{schedule.pk}/pause/", SENT)
    paused = made(world)
    client.post(f"/arhub/schedule/{schedule.pk}/resume/", SENT)
    resumed = made(world)

    assert (paused.is_paused, paused.next_due_at) == (True, None)
    assert (resumed.is_paused, resumed.next_due_at is None) == (False, False)


@pytest.mark.parametrize("action", ["run-now", "pause", "resume"])
def test_schedule_of_another_tenant_is_out_of_reach(client: Client, world: World, action: str) -> None:
    schedule = world.hidden.first("schedule")

    answer = client.post(f"/arhub/schedule/{schedule.pk}/{action}/", SENT)

    assert answer.status_code == 404
    with scope(schedule.tenant_id):
        assert list(Schedule.objects.values_list("is_paused", flat=True)) == [False]
        assert Run.objects.count() == 1


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_clerk_looks_and_changes_nothing(world: World, sign_in: SignIn, action: str) -> None:
    client, schedule = sign_in(world.acting.tenant, role="clerk"), world.acting.first("schedule")

    page = text_of(client.get(f"/arhub/schedule/{schedule.pk}/change/"))

    assert "Every day at 07:00 UTC; missed runs: once" in page
    assert page.count("07:00 (UTC+0000)") == 5
    assert client.post(f"/arhub/schedule/{schedule.pk}/{action}/", SENT).status_code == 403


def test_deleted_schedule_leaves_its_runs(client: Client, world: World) -> None:
    schedule, run = world.acting.first("schedule"), world.acting.first("run")

    client.post(f"/arhub/schedule/{schedule.pk}/delete/", {"post": "yes"})

    with scope(schedule.tenant_id):
        assert not Schedule.objects.exists()
        assert Run.objects.get(pk=run.pk).schedule is None


def test_closed_day_moves_what_is_due(client: Client, world: World) -> None:
    client.post("/arhub/schedule/add/", FORM)
    before = made(world).next_due_at
    assert before is not None

    client.post("/arhub/closedday/add/", {"date": before.date().isoformat(), "name": "Outing"})
    moved = made(world).next_due_at
    with scope(world.acting.tenant.pk):
        day = ClosedDay.objects.get(name="Outing")
    client.post(f"/arhub/closedday/{day.pk}/delete/", {"post": "yes"})

    assert moved is not None and moved > before
    assert made(world).next_due_at == before


def test_closed_day_comes_once(client: Client, world: World) -> None:
    page = text_of(client.post("/arhub/closedday/add/", {"date": "2026-05-15", "name": "Again"}))

    assert "This day is on the list already." in page
    with scope(world.acting.tenant.pk):
        assert list(ClosedDay.objects.values_list("date", flat=True)) == [date(2026, 5, 15)]
