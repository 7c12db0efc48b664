"""The life of a run: claimed once and slice by slice, failed, tried again, cancelled, retried, killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone
from django_q.models import OrmQ

from arhub import tasks
from arhub.domain import lease, runs
from arhub.domain.runs import Cancelled, Job
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Run, RunEntry, Tenant
from arhub.network.errors import ConfigError, PermanentError, RetryableError, Uncertain
from arhub.paths import BASE_DIR
from arhub.tenancy.scope import scope
from tests.arhub.runs import kinds
from tests.arhub.runs.conftest import Start, change, fresh, story

State = Run.State
LONG_AGO = timedelta(minutes=5)


def test_start_queues_a_run_and_rings(tenant: Tenant, start: Start) -> None:
    user = add_member("ida@acme.example", tenant, "manager", name="Ida")

    run = start(7, user=user)

    assert (run.title, run.state, run.alone, run.created_by) == ("Copy of folder 7", State.QUEUED, "copy", user)
    assert OrmQ.objects.filter(key="arhub").count() == 1


def test_start_of_an_unknown_kind_is_refused(tenant: Tenant, start: Start) -> None:
    with pytest.raises(KeyError, match="flying"):
        start(7, kind="flying")


def test_task_works_a_slice_each_time_and_rings_again(tenant: Tenant, start: Start) -> None:
    run = start()
    kinds.SLICES += [lambda job: False, lambda job: False]
    OrmQ.objects.all().delete()

    said = [tasks.answer_run() for _ in range(4)]

    assert said == [f"run {run.pk}: running", f"run {run.pk}: running", f"run {run.pk}: succeeded", "nothing due"]
    assert OrmQ.objects.count() == 3
    done = fresh(run)
    assert (done.state, done.attempts, done.claimed_at, done.stage) == (State.SUCCEEDED, 0, None, "")
    assert done.started_at is not None and done.finished_at is not None
    assert story(run) == [("info", "Finished.")]


def test_work_is_called_outside_of_any_transaction(tenant: Tenant, start: Start) -> None:
    seen = []
    start()
    kinds.SLICES.append(lambda job: seen.append(connection.in_atomic_block) or True)

    tasks.answer_run()

    assert seen == [False]


def test_claim_counts_the_attempt_before_the_work(tenant: Tenant, start: Start) -> None:
    run = start()

    claimed = [runs.claim(), runs.claim()]

    assert [taken and taken.run_id for taken in claimed] == [run.pk, None]
    assert (fresh(run).state, fresh(run).attempts, fresh(run).stage) == (State.RUNNING, 1, "Starting")


def test_claim_prefers_the_tenant_with_fewest_at_work(tenant: Tenant, start: Start) -> None:
    other = create_tenant("other")
    for subject in range(3):
        start(subject)
    late = start(9, of=other)

    claimed = [runs.claim() for _ in range(2)]

    assert claimed[1] is not None
    assert claimed[1][:2] == (other.pk, late.pk)


def test_slices_of_two_runs_take_turns(tenant: Tenant, start: Start) -> None:
    first, second = start(1), start(2)
    kinds.SLICES += [lambda job: False] * 3

    for _ in range(4):
        tasks.answer_run()

    assert [first.pk, second.pk, first.pk, second.pk] == kinds.WORKED


def test_second_run_of_a_subject_waits_until_the_first_is_over(tenant: Tenant, start: Start) -> None:
    first, second, elsewhere = start(1), start(1), start(2)
    kinds.SLICES += [lambda job: False, lambda job: True]

    said = [tasks.answer_run() for _ in range(5)]

    assert [first.pk, elsewhere.pk, first.pk, second.pk] == kinds.WORKED
    assert said[-1] == "nothing due"


def test_second_run_waits_while_the_first_pauses(tenant: Tenant, start: Start) -> None:
    start(1)
    start(1)
    kinds.SLICES.append(RetryableError("Busy."))

    said = [tasks.answer_run(), tasks.answer_run()]

    assert said[1] == "nothing due"


def test_kind_that_may_overlap_works_twice_at_once(tenant: Tenant, start: Start) -> None:
    first, second = start(1, kind="counting"), start(1, kind="counting")

    assert [taken and taken.run_id for taken in (runs.claim(), runs.claim())] == [first.pk, second.pk]


def test_database_refuses_a_second_run_of_a_subject_at_work(tenant: Tenant, start: Start) -> None:
    first, second = start(1), start(1)
    change(first, state=State.RUNNING)

    with pytest.raises(IntegrityError, match="run_alone"):
        change(second, state=State.RUNNING)


def test_many_workers_claim_each_run_once(tenant: Tenant, start: Start) -> None:
    made = [start(subject) for subject in range(6)] + [start(0), start(1)]
    claimed: list[Any] = []

    def claim_all() -> None:
        try:
            while taken := runs.claim():
                claimed.append(taken[1])
        finally:
            connections.close_all()

    workers = [threading.Thread(target=claim_all) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)

    runs_left = runs.claim()
    assert sorted(claimed) == [run.pk for run in made[:6]]
    assert runs_left is None


def test_job_tells_at_once_whatever_becomes_of_the_transaction(tenant: Tenant, start: Start) -> None:
    run = start()
    seen: list[Run] = []

    def told(job: Job) -> bool:
        with transaction.atomic():
            job.progress("Reading folder 7", 40, 100)
            job.count("Files", 3)
            job.count("Files")
            job.link("Folder 7", "/folders/7/")
            job.link("Folder 7", "/folders/7/")
            job.log("A file has no name.", "warning")
            job.memory["page"] = 4
            job.keep()
            transaction.set_rollback(True)
        seen.append(fresh(run))
        return False

    kinds.SLICES.append(told)
    tasks.answer_run()

    (now,) = seen
    assert (now.stage, now.done, now.total) == ("Reading folder 7", 40, 100)
    assert (now.counts, now.links) == ({"Files": 4}, [{"label": "Folder 7", "url": "/folders/7/"}])
    assert now.memory == {"page": 4}
    assert story(run) == [("warning", "A file has no name.")]


def test_next_slice_finds_the_memory_and_two_minutes(tenant: Tenant, start: Start) -> None:
    start()
    found: list[Any] = []

    def remember(job: Job) -> bool:
        job.memory["page"] = 1
        job.keep()
        return False

    kinds.SLICES += [remember, lambda job: found.append((job.memory, job.subject_id, job.left_seconds)) or True]
    tasks.answer_run()
    tasks.answer_run()

    memory, subject_id, left = found[0]
    assert (memory, subject_id) == ({"page": 1}, 7)
    assert 100 < left <= 120


def test_log_takes_any_text_and_no_credentials(tenant: Tenant, start: Start) -> None:
    run = start()
    kinds.SLICES.append(lambda job: job.log("a\x00b Authorization: Bearer abcdefghijklmnop") or True)

    tasks.answer_run()

    assert story(run)[0] == ("info", "a b Authorization: ••••••")


def test_retryable_error_comes_again_after_growing_pauses_and_fails_in_the_end(tenant: Tenant, start: Start) -> None:
    run, pauses = start(), []
    kinds.SLICES += [RetryableError("The other side is busy.")] * runs.MOST_ATTEMPTS

    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        change(run, next_attempt_at=timezone.now())
        while tasks.answer_run() != "nothing due" and fresh(run).state == State.QUEUED:
            assert fresh(run).reason == "The other side is busy."
            pauses.append((fresh(run).next_attempt_at - timezone.now()).total_seconds())
            clock.shift(timedelta(seconds=pauses[-1] - 0.01))
            assert tasks.answer_run() == "nothing due"
            clock.shift(timedelta(seconds=0.02))

    assert [least <= pause <= least * 1.2 for least, pause in zip(runs.PAUSES, pauses, strict=True)] == [True] * 4
    assert (fresh(run).state, fresh(run).reason, fresh(run).reference) == (
        State.FAILED, "The other side is busy.", "",
    )  # fmt: skip
    assert [level for level, _ in story(run)] == ["warning"] * 4 + ["error"]


def test_slice_that_went_well_begins_the_count_anew(tenant: Tenant, start: Start) -> None:
    run = start()
    for _ in range(3):
        kinds.SLICES += [RetryableError("Busy."), RetryableError("Busy."), lambda job: False]

    for _ in range(9):
        change(run, next_attempt_at=timezone.now())
        tasks.answer_run()

    assert (fresh(run).state, fresh(run).attempts) == (State.RUNNING, 0)


@pytest.mark.parametrize("error", [ConfigError, PermanentError, Uncertain])
def test_error_that_is_not_for_later_fails_the_run_with_its_sentence(
    tenant: Tenant, start: Start, error: type[Exception]
) -> None:
    run = start()
    kinds.SLICES.append(error("The key was refused."))

    said = tasks.answer_run()

    assert said == f"run {run.pk}: failed"
    assert (fresh(run).reason, fresh(run).reference) == ("The key was refused.", "")
    assert story(run) == [("error", "The key was refused.")]


def test_mistake_of_ours_is_stored_with_a_reference_logged_and_raised(
    tenant: Tenant, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    run = start()
    kinds.SLICES.append(LookupError("broken"))

    with pytest.raises(LookupError):
        tasks.answer_run()

    failed = fresh(run)
    assert failed.state == State.FAILED
    assert failed.reason == f"The hub made a mistake. Tell support the reference {failed.reference}."
    assert f"Run {run.pk} failed, reference {failed.reference}" in caplog.text


def test_run_of_a_kind_that_is_gone_fails(tenant: Tenant, start: Start, settings: Any) -> None:
    run = start()
    settings.RUN_KINDS = {}

    with pytest.raises(KeyError):
        tasks.answer_run()

    assert fresh(run).state == State.FAILED


def test_cancelled_run_stops_at_its_next_step(tenant: Tenant, start: Start) -> None:
    run, steps = start(), []

    def cancelled(job: Job) -> bool:
        with scope(tenant.pk):
            steps.append(runs.cancel(run))
        with pytest.raises(Cancelled):
            job.progress("Going on")
        job.check()
        steps.append("went on")
        return True

    kinds.SLICES.append(cancelled)
    said = [tasks.answer_run(), tasks.answer_run()]

    assert said == [f"run {run.pk}: cancelled", "nothing due"]
    assert steps == [True]
    assert (fresh(run).stage, story(run)) == ("Starting", [("warning", "Cancelled by the hub.")])


def test_heartbeat_notices_that_a_run_was_taken_away(
    tenant: Tenant, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start()
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.05)

    def taken(job: Job) -> bool:
        change(run, claimed_at=timezone.now())
        assert job.lost.wait(20)
        raise LookupError("what it had was gone")

    kinds.SLICES.append(taken)

    assert tasks.answer_run() == f"run {run.pk}: running"


def test_cancel_of_a_run_that_is_over_does_nothing(tenant: Tenant, start: Start) -> None:
    run = start()
    tasks.answer_run()

    with scope(tenant.pk):
        assert not runs.cancel(run)
    assert fresh(run).state == State.SUCCEEDED


def test_worker_whose_claim_is_over_changes_nothing(tenant: Tenant, start: Start) -> None:
    run = start()

    def late(job: Job) -> bool:
        change(run, heartbeat_at=timezone.now() - LONG_AGO)
        runs.sweep()
        runs.claim()
        return True

    kinds.SLICES.append(late)
    tasks.answer_run()

    assert (fresh(run).state, fresh(run).attempts) == (State.RUNNING, 2)


def test_worker_that_wakes_up_after_it_was_given_up_does_nothing(tenant: Tenant, start: Start) -> None:
    run = start()
    asleep = runs.claim()
    change(run, heartbeat_at=timezone.now() - LONG_AGO)
    runs.sweep()
    runs.claim()

    assert asleep is not None
    assert (runs.work(*asleep), kinds.WORKED) == (State.RUNNING, [])


def test_sweep_gives_a_dead_workers_run_back_and_fails_it_in_the_end(tenant: Tenant, start: Start) -> None:
    run, states = start(), []

    for _ in range(runs.MOST_DEATHS):
        runs.claim()
        change(run, heartbeat_at=timezone.now() - LONG_AGO)
        runs.sweep()
        states.append(fresh(run).state)

    assert states == [State.QUEUED, State.QUEUED, State.FAILED]
    assert fresh(run).reason == "The worker stopped 3 times in a row, so this was given up."
    assert [level for level, _ in story(run)] == ["warning", "warning", "error"]


def test_sweep_leaves_a_worker_its_time(tenant: Tenant, start: Start) -> None:
    run = start()
    runs.claim()
    change(run, heartbeat_at=timezone.now() - timedelta(seconds=20))

    assert (runs.sweep(), fresh(run).state) == (0, State.RUNNING)


def test_sweep_task_rings_only_while_something_is_due(tenant: Tenant, start: Start) -> None:
    start()
    OrmQ.objects.all().delete()

    said, rung = tasks.sweep_runs(), OrmQ.objects.count()
    tasks.answer_run()
    OrmQ.objects.all().delete()

    assert (said, rung) == ("1 due", 1)
    assert (tasks.sweep_runs(), OrmQ.objects.count()) == ("0 due", 0)


KILLED = """
import django, os, signal, sys
from django.conf import settings
settings.RUN_KINDS = {"copying": "tests.arhub.runs.kinds.Copying"}
django.setup()
from django.db import connections
for alias in ("default", "side"):
    connections[alias].settings_dict["NAME"] = sys.argv[1]
from arhub.domain import runs
from tests.arhub.runs import kinds
def die(job):
    job.memory["page"] = job.memory.get("page", 0) + 1
    job.keep()
    os.kill(os.getpid(), signal.SIGKILL)
kinds.SLICES.append(die)
runs.work(*runs.claim())
"""


def test_worker_killed_leaves_the_run_to_another_which_goes_on_where_it_was(tenant: Tenant, start: Start) -> None:
    run, database = start(), str(connection.settings_dict["NAME"])

    died = subprocess.run(
        [sys.executable, "-c", KILLED, database], cwd=BASE_DIR, capture_output=True, check=False,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "arhub.settings"},
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert (fresh(run).state, runs.sweep(), runs.claim()) == (State.RUNNING, 0, None)

    change(run, heartbeat_at=timezone.now() - LONG_AGO)
    due, found = runs.sweep(), []
    kinds.SLICES.append(lambda job: found.append(dict(job.memory)) or True)
    tasks.answer_run()

    assert (due, found, fresh(run).state) == (1, [{"page": 1}], State.SUCCEEDED)


def test_retry_makes_a_new_run_once(tenant: Tenant, start: Start) -> None:
    user = add_member("ida@acme.example", tenant, "manager", name="Ida")
    run = start()
    kinds.SLICES.append(ConfigError("The key was refused."))
    tasks.answer_run()

    with scope(tenant.pk):
        again = runs.retry(run, user)
        second = runs.retry(run, user)

    assert again is not None and second is None
    assert (again.retry_of_id, again.subject_id, again.created_by, again.state) == (run.pk, 7, user, State.QUEUED)
    assert story(run)[-1] == ("info", f"Retried by {user} as run {again.pk}.")


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.SUCCEEDED])
def test_retry_of_what_did_not_fail_is_refused(tenant: Tenant, start: Start, state: str) -> None:
    run = start()
    change(run, state=state)

    with scope(tenant.pk):
        assert runs.retry(run) is None


def test_other_tenants_see_nothing(tenant: Tenant, start: Start) -> None:
    run = start()
    tasks.answer_run()

    with scope(create_tenant("other").pk):
        assert not Run._base_manager.exists()
        assert not RunEntry._base_manager.exists()
        assert not runs.cancel(run)


def test_runs_that_were_over_long_ago_are_forgotten_with_their_logs(tenant: Tenant, start: Start) -> None:
    old, recent = start(1), start(2)
    tasks.answer_run()
    tasks.answer_run()
    waiting = start(3)
    change(old, finished_at=timezone.now() - timedelta(days=91))

    said = tasks.forget_runs()

    assert said == "1 runs forgotten"
    with scope(tenant.pk):
        assert set(Run.objects.values_list("pk", flat=True)) == {recent.pk, waiting.pk}
        assert set(RunEntry.objects.values_list("run", flat=True)) == {recent.pk}
