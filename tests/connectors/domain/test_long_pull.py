"""Twelve hundred invoices at the other side's limit, by a worker that is killed half-way (100,000: `make bench`)."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from arhub.domain import runs
from arhub.models import Document, Run, Tenant
from arhub.paths import BASE_DIR
from arhub.tenancy.scope import scope
from connectors.domain import connections, pulls
from connectors.models import PulledPage
from connectors.simulators.dinero.simulator import DineroSimulator
from connectors.simulators.server import RunningSimulator
from ingestion import tasks as loads
from tests.benchmarks.memory import Peak
from tests.benchmarks.pulls import WORKER
from tests.processes import hub_environment

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

INVOICES, PER_MINUTE, MOST_MEGABYTES = 1_200, 6_000, 150


def pages(run: Run) -> int:
    with scope(run.tenant_id):
        return PulledPage.objects.filter(run=run.pk).count()


def test_long_pull_keeps_the_limit_and_goes_on_after_a_kill(tenant: Tenant) -> None:
    simulator = DineroSimulator()
    simulator.configure({"requests_per_minute": PER_MINUTE, "seed_invoices": INVOICES})
    with RunningSimulator(simulator) as running:
        with scope(tenant.pk):
            connection = connections.create("dinero", name="Dinero", values={
                "api_url": running.url, "sign_in_url": running.url, "client_id": "client-1",
                "client_secret": "client-secret", "api_key": "api-key-1", "payments": False,
                "requests_per_minute": PER_MINUTE,
            })  # fmt: skip
            run = pulls.start(connection)
        command = [sys.executable, "-c", WORKER]
        first = subprocess.Popen(command, cwd=BASE_DIR, env=hub_environment())
        while pages(run) < 8:
            assert first.poll() is None
            time.sleep(0.1)
        first.kill()
        first.wait(30)
        with scope(tenant.pk):
            Run.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))
        runs.sweep()
        second = subprocess.Popen(command, cwd=BASE_DIR, env=hub_environment())
        with Peak(second.pid, list) as peak:
            second.wait(300)
        while loads.answer() != "nothing due":
            pass

    with scope(tenant.pk):
        assert Run.objects.get(pk=run.pk).state == Run.State.SUCCEEDED
        assert Document.objects.filter(ledger=connection.source.ledger).count() == INVOICES
    taken_at = list(running.taken_at)
    sixth = PER_MINUTE // 6
    assert len(taken_at) > sixth
    assert all(later - earlier >= 10 for earlier, later in zip(taken_at, taken_at[sixth:], strict=False))
    assert simulator.counts["above the limit"] == 0
    assert simulator.counts["requests"] < INVOICES + INVOICES // 100 + 150  # lists, sign-in, and a page read again
    assert 0 < peak.loader_mb < MOST_MEGABYTES
