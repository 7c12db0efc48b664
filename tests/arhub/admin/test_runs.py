"""Runs on the screens: the list, the page that moves, retry and cancel."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arhub.models import Run, RunEntry
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import SignIn, World, text_of
from tests.arhub.runs.conftest import KINDS

SENT = {"_form_submitted": "on"}
State = Run.State


@pytest.fixture(autouse=True)
def kinds(settings: Any) -> None:
    settings.RUN_KINDS = KINDS


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant, role="manager")


def change(world: World, **fields: Any) -> Run:
    run: Run = world.acting.first("run")
    with scope(run.tenant_id):
        Run.objects.filter(pk=run.pk).update(**fields)
        run.refresh_from_db()
    return run


def page(client: Client, run: Run, query: str = "") -> str:
    return text_of(client.get(f"/arhub/run/{run.pk}/change/{query}"))


def test_list_shows_state_kind_and_counts_newest_first(client: Client, world: World) -> None:
    with scope(world.acting.tenant.pk):
        Run.objects.create(title="Newer", kind="counting", subject_id=2, state=State.FAILED)

    found = client.get("/arhub/run/")

    assert [str(run) for run in found.context["cl"].result_list] == ["Newer", "Acting run"]
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", text_of(found)))
    assert "Acting files 3" in text
    assert "Newer Failed Counting" in text


@pytest.mark.parametrize(
    ("show", "titles"), [("failed", ["Newer"]), ("unfinished", ["Acting run"]), ("succeeded", []), ("nonsense", None)]
)
def test_list_is_narrowed_by_state(client: Client, world: World, show: str, titles: list[str] | None) -> None:
    with scope(world.acting.tenant.pk):
        Run.objects.create(title="Newer", kind="counting", subject_id=2, state=State.FAILED)

    rows = client.get(f"/arhub/run/?show={show}").context["cl"].result_list

    assert [str(run) for run in rows] == (["Newer", "Acting run"] if titles is None else titles)


@pytest.mark.parametrize("name", ["run", "schedule", "closedday"])
def test_list_asks_as_many_queries_for_three_rows_as_for_one(client: Client, world: World, name: str) -> None:
    client.get(f"/arhub/{name}/")
    with CaptureQueriesContext(connection) as one:
        client.get(f"/arhub/{name}/")

    with scope(world.acting.tenant.pk):
        for number in (1, 2):
            record = world.acting.first(name)
            copied = type(record).objects.get(pk=record.pk)
            copied.pk = None
            if name == "closedday":
                copied.date = copied.date.replace(day=number)
            copied.save()
    with CaptureQueriesContext(connection) as three:
        rows = client.get(f"/arhub/{name}/").context["cl"].result_list

    assert (len(rows), len(three)) == (3, len(one))


def test_page_of_a_run_at_work_moves_and_can_be_cancelled(client: Client, world: World) -> None:
    now = timezone.now()
    run = change(
        world, state=State.RUNNING, claimed_at=now, started_at=now, stage="Reading invoices", done=250, total=1000
    )

    text = page(client, run)

    assert f'hx-get="/arhub/run/{run.pk}/body/?since=' in text
    assert 'max="100" value="25"' in text
    assert "Reading invoices" in text and "250 of 1,000 rows" in text
    assert f"/arhub/run/{run.pk}/cancel/" in text
    assert f"/arhub/run/{run.pk}/retry/" not in text


def test_body_is_the_moving_part_and_brings_the_page_anew_in_the_end(client: Client, world: World) -> None:
    run = change(world, state=State.RUNNING)
    moving = client.get(f"/arhub/run/{run.pk}/body/?since=0:1:")
    run = change(world, state=State.SUCCEEDED)
    over = client.get(f"/arhub/run/{run.pk}/body/")

    assert text_of(moving).startswith('<div id="run-body" hx-get=')
    assert "HX-Refresh" not in moving
    assert over["HX-Refresh"] == "true"
    assert "hx-get" not in text_of(over)


def test_page_of_a_failed_run_tells_why_and_can_be_retried_once(client: Client, world: World) -> None:
    run = change(world, state=State.FAILED, reason="The key was refused.", reference="ab12")
    text = page(client, run)

    answer = client.post(f"/arhub/run/{run.pk}/retry/", SENT)

    with scope(run.tenant_id):
        (again,) = Run.objects.filter(retry_of=run)
    assert "The key was refused." in text and "ab12" in text
    assert f"/arhub/run/{run.pk}/retry/" in text
    assert answer["HX-Redirect"] == f"/arhub/run/{again.pk}/change/"
    assert again.created_by == client.user  # type: ignore[attr-defined]
    assert f"/arhub/run/{run.pk}/retry/" not in page(client, run)
    assert f"/arhub/run/{again.pk}/change/" in page(client, run)


def test_run_is_cancelled(client: Client, world: World) -> None:
    run = change(world)

    answer = client.post(f"/arhub/run/{run.pk}/cancel/", SENT)

    assert answer["HX-Redirect"] == f"/arhub/run/{run.pk}/change/"
    assert change(world).state == State.CANCELLED


@pytest.mark.parametrize("action", ["retry", "cancel"])
@pytest.mark.parametrize("role", ["viewer", "clerk"])
def test_others_than_managers_only_look(world: World, sign_in: SignIn, role: str, action: str) -> None:
    client = sign_in(world.acting.tenant, role=role)
    run = change(world, state=State.FAILED if action == "retry" else State.QUEUED)

    assert f"/arhub/run/{run.pk}/{action}/" not in page(client, run)
    assert client.post(f"/arhub/run/{run.pk}/{action}/", SENT).status_code == 403
    with scope(run.tenant_id):
        assert Run.objects.count() == 1
    assert change(world).state == run.state


@pytest.mark.parametrize("address", ["retry/", "cancel/"])
def test_run_of_another_tenant_is_out_of_reach(client: Client, world: World, address: str) -> None:
    run = world.hidden.first("run")

    assert client.post(f"/arhub/run/{run.pk}/{address}", SENT).status_code in (403, 404)
    assert client.get(f"/arhub/run/{run.pk}/body/").status_code == 404
    with scope(run.tenant_id):
        assert list(Run.objects.values_list("state", flat=True)) == [State.QUEUED]


def test_state_changes_need_a_post(client: Client, world: World) -> None:
    run = change(world)

    client.get(f"/arhub/run/{run.pk}/cancel/")

    assert change(world).state == State.QUEUED


def test_log_shows_problems_alone_when_asked(client: Client, world: World) -> None:
    run = change(world)
    with scope(run.tenant_id):
        RunEntry.objects.create(run=run, text="Page 3 was <b>empty</b>.", level="warning")

    everything, problems = page(client, run), page(client, run, "?log=problems")

    assert "Warnings and errors (1)" in everything and "Acting entry" in everything
    assert "Page 3 was &lt;b&gt;empty&lt;/b&gt;." in problems and "Acting entry" not in problems


def test_page_of_a_run_whose_kind_is_gone_still_opens(client: Client, world: World, settings: Any) -> None:
    settings.RUN_KINDS = {}

    assert "copying" in page(client, change(world))


def test_start_lists_runs_that_failed_and_were_not_retried(client: Client, world: World) -> None:
    run = change(world, state=State.FAILED, reason="The key was refused.")

    before = text_of(client.get("/"))
    client.post(f"/arhub/run/{run.pk}/retry/", SENT)
    after = text_of(client.get("/"))

    assert "Acting run" in before and "The key was refused." in before
    assert "The key was refused." not in after
