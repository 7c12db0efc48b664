"""The life of a run: claimed once, swept up after a dead worker, cancelled, killed."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Document, Source, Tenant
from arhub.paths import BASE_DIR
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.domain import loading, making, runs, staging
from ingestion.domain.progress import Cancelled, Progress
from ingestion.models import Ingestion, State, Task
from tests.ingestion.conftest import ACCOUNTS, COMMITTED, Load, counts


def _queue(tenant: Tenant, text: str = ACCOUNTS, kind: str = "account", *, review: bool = True) -> Ingestion:
    with scope(tenant.pk):
        return making.create(Source.objects.get(), [(kind, f"{kind}.csv", io.BytesIO(text.encode()))], review=review)


def _state(ingestion: Ingestion) -> str:
    with scope(ingestion.tenant_id):
        ingestion.refresh_from_db()
    return ingestion.state


def test_claim_takes_the_oldest_run_once(tenant: Tenant) -> None:
    first, second = _queue(tenant), _queue(tenant)

    claimed = [runs.claim(), runs.claim(), runs.claim()]

    assert claimed == [(tenant.pk, first.pk), (tenant.pk, second.pk), None]
    assert _state(first) == State.READING


def test_claim_prefers_the_tenant_with_fewest_runs_at_work(tenant: Tenant) -> None:
    other = create_tenant("other")
    for _ in range(3):
        _queue(tenant)
    late = _queue(other)

    claimed = [runs.claim() for _ in range(2)]

    assert claimed[1] == (other.pk, late.pk)


def test_answer_works_until_nothing_is_due_and_stops_at_the_review(tenant: Tenant) -> None:
    ingestion = _queue(tenant)

    said = [tasks.answer(), tasks.answer()]

    assert said == [f"ingestion {ingestion.pk}: review", "nothing due"]
    assert _state(ingestion) == State.REVIEW


def test_commit_of_a_review_applies_it_and_drops_the_staging(tenant: Tenant) -> None:
    ingestion = _queue(tenant)
    tasks.answer()

    with scope(tenant.pk):
        assert runs.request_commit(ingestion, rejects="rows")
        assert not runs.request_commit(ingestion, rejects="rows")
    tasks.answer()

    assert _state(ingestion) == COMMITTED
    assert _staging_tables() == []
    with scope(tenant.pk):
        assert Account.objects.count() == 2


def test_commit_reads_the_stored_file_again_when_the_staging_is_gone(tenant: Tenant) -> None:
    ingestion = _queue(tenant)
    tasks.answer()
    staging.drop(ingestion.pk)

    with scope(tenant.pk):
        runs.request_commit(ingestion, rejects="rows")
    tasks.answer()

    assert counts(ingestion)["ACCOUNT"] == (2, 2, 0, 0, 0)


def test_sweep_gives_a_dead_workers_run_back_and_fails_it_in_the_end(tenant: Tenant) -> None:
    ingestion = _queue(tenant)

    states = []
    for _ in range(runs.MOST_ATTEMPTS):
        runs.claim()
        with scope(tenant.pk):
            Ingestion.objects.filter(pk=ingestion.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
        runs.sweep()
        states.append(_state(ingestion))

    assert states == [State.QUEUED, State.QUEUED, State.FAILED]
    assert "The worker stopped 3 times" in ingestion.reason


def test_run_whose_lease_cannot_be_kept_fails_with_the_cause(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    ingestion = _queue(tenant)
    claimed = runs.claim()

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as machine, pytest.raises(RuntimeError, match="can't start new thread"):
        machine.setattr(threading.Thread, "start", refuse)
        runs.work(*claimed or (0, 0))

    assert _state(ingestion) == State.FAILED
    assert ingestion.reason.startswith("The hub made a mistake with this load")


def test_sweep_leaves_a_run_with_a_heartbeat_alone(tenant: Tenant) -> None:
    ingestion = _queue(tenant)
    runs.claim()

    due = runs.sweep()

    assert (due, _state(ingestion)) == (0, State.READING)


def _claimed_an_hour_ago(ingestion: Ingestion) -> Ingestion:
    """At work since then, and its worker was last heard of half an hour ago."""
    now = timezone.now()
    with scope(ingestion.tenant_id):
        run = Ingestion.objects.filter(pk=ingestion.pk)
        runs.take(run)
        run.update(claimed_at=now - timedelta(minutes=60), heartbeat_at=now - timedelta(minutes=30))
        ingestion.refresh_from_db()
    return ingestion


def _worked_minutes(ingestion: Ingestion) -> int:
    with scope(ingestion.tenant_id):
        ingestion.refresh_from_db()
    assert ingestion.claimed_at is None
    return int(ingestion.worked_until_now() / 60 + 0.01)


def test_time_of_a_load_cancelled_at_work_stands_still(tenant: Tenant) -> None:
    ingestion = _claimed_an_hour_ago(_queue(tenant))

    with scope(tenant.pk):
        runs.cancel(ingestion)

    assert _worked_minutes(ingestion) == 60


@pytest.mark.parametrize("attempts", [1, runs.MOST_ATTEMPTS])
@pytest.mark.parametrize("task", Task)
def test_time_of_a_worker_that_died_is_counted_until_it_was_heard_of(
    tenant: Tenant, load: Load, task: Task, attempts: int
) -> None:
    ingestion = load(account=ACCOUNTS)
    with scope(tenant.pk):
        run = Ingestion.objects.filter(pk=ingestion.pk)
        run.update(task=task, state=State.QUEUED if task == Task.LOAD else State.COMMITTING, worked_seconds=0)
        _claimed_an_hour_ago(ingestion)
        run.update(attempts=attempts)

    runs.sweep()

    assert _worked_minutes(ingestion) == 30


@pytest.mark.parametrize("ends", ["undone", "nothing to undo", "cancelled"])
def test_time_of_an_undo_is_added_to_that_of_the_load(tenant: Tenant, load: Load, ends: str) -> None:
    loaded = [load(account=ACCOUNTS), load(account=ACCOUNTS)]
    ingestion = loaded[ends == "nothing to undo"]
    with scope(tenant.pk):
        Ingestion.objects.filter(pk=ingestion.pk).update(worked_seconds=600)
        runs.request_undo(ingestion, None)

    _claimed_an_hour_ago(ingestion)
    if ends == "cancelled":
        with scope(tenant.pk):
            runs.cancel(ingestion)
    else:
        runs.work(tenant.pk, ingestion.pk)

    assert _worked_minutes(ingestion) == 70


def test_worker_that_lost_its_lease_writes_nothing(tenant: Tenant) -> None:
    ingestion = _queue(tenant)
    runs.claim()
    with scope(tenant.pk):
        stale = Ingestion.objects.select_related("source").get(pk=ingestion.pk)
        files = list(stale.files.all())
        Ingestion.objects.filter(pk=ingestion.pk).update(attempts=stale.attempts + 1)

    with Progress(stale) as progress:
        loading.read(stale, files, progress)
        with pytest.raises(Cancelled):
            loading.match(stale, files, progress, commit=True)

    with scope(tenant.pk):
        assert not Account.objects.exists()


def test_cancelled_run_stops_within_seconds_and_leaves_nothing(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arhub.domain.lease.BEAT_SECONDS", 0.1)
    rows = "".join(f"C{n},Account {n}\n" for n in range(60_000))
    ingestion = _queue(tenant, "account_id,account_name\n" + rows, review=False)
    with scope(tenant.pk):
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    blocker = connections["side"].copy()
    with blocker.cursor() as cursor:
        cursor.execute("begin")
        ledger = ingestion.source.ledger_id
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [0x41524C, ledger])
        worker = threading.Thread(target=_work, args=(tenant.pk, ingestion.pk))
        worker.start()
        time.sleep(1)
        with scope(tenant.pk):
            runs.cancel(Ingestion.objects.get(pk=ingestion.pk))

        worker.join(timeout=20)

    assert not worker.is_alive()
    blocker.close()
    assert _state(ingestion) == State.CANCELLED
    assert _staging_tables() == []
    with scope(tenant.pk):
        assert not Account.objects.exists()


def _work(tenant_id: int, ingestion_id: int) -> None:
    try:
        runs.work(tenant_id, ingestion_id)
    finally:
        connections.close_all()


KILLED = """
import django, os, signal, sys
from django.conf import settings
settings.STORAGES["default"]["OPTIONS"]["location"] = sys.argv[4]
django.setup()
from django.db import connections
for alias in ("default", "side"):
    connections[alias].settings_dict["NAME"] = sys.argv[3]
from ingestion.domain import merge, runs, settle
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
place = sys.argv[5]
if place == "writing":
    merge.Merge.write = die
elif place == "settling":
    from ingestion.domain import loading
    loading.settle = die
elif place == "reading":
    from ingestion.domain import staging
    staging.Staged.analyze = die
runs.work(int(sys.argv[1]), int(sys.argv[2]))
"""


@pytest.mark.parametrize("place", ["reading", "writing", "settling"])
def test_worker_killed_leaves_nothing_and_the_run_is_done_again(tenant: Tenant, place: str) -> None:
    ingestion = _queue(tenant, review=False)
    with scope(tenant.pk):
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
        location = str(ingestion.files.get().content.storage.location)
    database = str(connection.settings_dict["NAME"])

    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(tenant.pk), str(ingestion.pk), database, location, place],
        cwd=BASE_DIR, env={**os.environ, "DJANGO_SETTINGS_MODULE": "arhub.settings"}, capture_output=True, check=False,
    )  # fmt: skip

    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    with scope(tenant.pk):
        assert not Account.objects.exists()
        Ingestion.objects.filter(pk=ingestion.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    runs.sweep()
    tasks.answer()
    assert counts(ingestion)["ACCOUNT"] == (2, 2, 0, 0, 0)


def test_two_loads_at_once_are_as_one_after_the_other(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    rows = [f"{n},C1,{n}.00\n" for n in range(3_000)]
    header = "invoice_number,account_id,total_amount\n"
    both = [_queue(tenant, header + "".join(part), "invoice", review=False) for part in (rows, reversed(rows))]
    with scope(tenant.pk):
        for ingestion in both:
            runs.take(Ingestion.objects.filter(pk=ingestion.pk))

    workers = [threading.Thread(target=_work, args=(tenant.pk, ingestion.pk)) for ingestion in both]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)

    found = sorted(counts(ingestion)["INVOICE"] for ingestion in both)
    assert found == [(3000, 0, 0, 3000, 0), (3000, 3000, 0, 0, 0)]
    with scope(tenant.pk):
        assert Document.objects.count() == 3_000


def _staging_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'staging'")
        return [name for (name,) in cursor.fetchall()]
