"""Runs and schedules by the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from arhub.domain import runs
from arhub.models import Run, RunEntry, Schedule, Tenant
from arhub.tenancy.scope import scope
from tests.arhub.api.conftest import MakeKey
from tests.arhub.api.routes import ROOT
from tests.arhub.runs.conftest import KINDS

RUNS, SCHEDULES = f"{ROOT}runs/", f"{ROOT}schedules/"
GIVEN = {
    "name": "Nightly", "kind": "copying", "subject_id": 1, "every": "daily", "at": "07:00", "zone": "Europe/Copenhagen",
    "country": "DK",
}  # fmt: skip
JSON = "application/json"


@pytest.fixture(autouse=True)
def kinds(settings: Any) -> None:
    settings.RUN_KINDS = KINDS


@pytest.fixture
def made(api: Client) -> dict[str, Any]:
    found: dict[str, Any] = api.post(SCHEDULES, GIVEN, content_type=JSON).json()
    return found


def run_in(tenant: Tenant, state: str = "queued", **fields: Any) -> Run:
    with scope(tenant.pk):
        run = runs.start("copying", 1)
        Run.objects.filter(pk=run.pk).update(state=state, **fields)
        RunEntry.objects.create(run=run, text="Page 1 was read.", level="warning")
    return run


def test_run_tells_how_far_it_is_and_what_it_said(tenant: Tenant, api: Client) -> None:
    run = run_in(tenant, "running", stage="Reading", done=3, total=9, counts={"Files": 3}, memory={"cursor": "secret"})

    told = api.get(f"{RUNS}{run.pk}/").json()
    log = api.get(f"{RUNS}{run.pk}/log/").json()["results"]

    assert (told["state"], told["stage"], told["done"], told["total"]) == ("running", "Reading", 3, 9)
    assert (told["title"], told["counts"], "memory" in told) == ("Copy of folder 1", {"Files": 3}, False)
    assert [(line["level"], line["text"]) for line in log] == [("warning", "Page 1 was read.")]


@pytest.mark.parametrize(
    ("query", "count"), [("state=failed", 1), ("kind=copying", 2), ("kind=counting", 0), ("subject_id=2", 0)]
)
def test_runs_are_filtered(tenant: Tenant, api: Client, query: str, count: int) -> None:
    run_in(tenant)
    run_in(tenant, "failed")

    assert len(api.get(f"{RUNS}?{query}").json()["results"]) == count


def test_failed_run_is_retried_once(tenant: Tenant, api: Client) -> None:
    run = run_in(tenant, "failed")

    first, second = api.post(f"{RUNS}{run.pk}/retry/"), api.post(f"{RUNS}{run.pk}/retry/")

    again = first.json()
    assert (first.status_code, first.headers["Location"]) == (202, f"{RUNS}{again['id']}/")
    assert (again["retry_of"], again["state"]) == (run.pk, "queued")
    assert second.status_code == 409


def test_run_is_cancelled_once(tenant: Tenant, api: Client) -> None:
    run = run_in(tenant)

    first, second = api.post(f"{RUNS}{run.pk}/cancel/"), api.post(f"{RUNS}{run.pk}/cancel/")

    assert (first.status_code, first.json()["state"], second.status_code) == (200, "cancelled", 409)


def test_schedule_is_made_read_and_run(tenant: Tenant, api: Client) -> None:
    answer = api.post(SCHEDULES, GIVEN, content_type=JSON)

    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{SCHEDULES}{made['id']}/")
    assert made["sentence"] == "Every business day in Denmark at 07:00 Copenhagen time; missed runs: once"
    assert made["next_due_at"] is not None
    assert api.get(answer.headers["Location"]).json() == made
    started = api.post(f"{SCHEDULES}{made['id']}/run-now/")
    assert (started.status_code, started.json()["schedule"], started.json()["due_at"]) == (202, made["id"], None)
    assert api.get(started.headers["Location"]).json()["title"] == "Copy of folder 1"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "flying"}, "kind"),
        ({"subject_id": 99}, "subject_id"),
        ({"every": "yearly"}, "every"),
        ({"every": "hourly", "minute": 60}, "minute"),
        ({"every": "weekly"}, "weekdays"),
        ({"every": "cron", "cron": "* * *"}, "cron"),
        ({"at": "7 o'clock"}, "at"),
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"country": "QQ"}, "country"),
        ({"subdivision": "BY"}, "subdivision"),
        ({"missed": "all"}, "missed"),
    ],
)
def test_what_makes_no_schedule_is_told_by_field(
    tenant: Tenant, api: Client, given: dict[str, Any], field: str
) -> None:
    answer = api.post(SCHEDULES, {**GIVEN, **given}, content_type=JSON)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    with scope(tenant.pk):
        assert not Schedule.objects.exists()


def test_schedule_is_changed_paused_and_resumed(tenant: Tenant, api: Client, made: dict[str, Any]) -> None:
    address = f"{SCHEDULES}{made['id']}/"

    changed = api.patch(address, {"at": "08:30", "is_paused": True}, content_type=JSON).json()
    resumed = api.patch(address, {"is_paused": False}, content_type=JSON).json()

    assert (changed["at"], changed["country"], changed["is_paused"], changed["next_due_at"]) == (
        "08:30",
        "DK",
        True,
        None,
    )
    assert (resumed["is_paused"], resumed["next_due_at"] != made["next_due_at"]) == (False, True)


def test_schedule_whose_work_is_gone_starts_nothing(
    tenant: Tenant, api: Client, made: dict[str, Any], settings: Any
) -> None:
    settings.RUN_KINDS = {}

    assert api.post(f"{SCHEDULES}{made['id']}/run-now/").status_code == 400
    with scope(tenant.pk):
        assert not Run.objects.exists()


def test_deleted_schedule_leaves_its_runs(tenant: Tenant, api: Client, made: dict[str, Any]) -> None:
    run = api.post(f"{SCHEDULES}{made['id']}/run-now/").json()

    assert api.delete(f"{SCHEDULES}{made['id']}/").status_code == 204

    assert api.get(f"{RUNS}{run['id']}/").json()["schedule"] is None
    assert api.get(SCHEDULES).json()["results"] == []


def test_key_that_only_reads_starts_nothing(tenant: Tenant, make_key: MakeKey, made: dict[str, Any]) -> None:
    reader = Client(headers={"Api-Key": make_key("read")[1]})

    answers = [reader.post(f"{SCHEDULES}{made['id']}/run-now/"), reader.delete(f"{SCHEDULES}{made['id']}/")]

    assert [answer.status_code for answer in answers] == [403, 403]
