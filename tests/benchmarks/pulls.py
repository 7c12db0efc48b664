"""A pull from the Dinero simulator at its limit, by a worker that is killed half-way and whose successor goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from django.utils import timezone

from arhub.domain import runs
from arhub.models import Document, Run, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, pulls
from connectors.models import PulledPage
from ingestion import tasks as loads_tasks
from tests.benchmarks import loads
from tests.benchmarks.memory import Peak

PER_MINUTE = 6_000
WORKER = """
import django
django.setup()
from arhub.domain import runs
while claimed := runs.claim():
    runs.work(*claimed)
"""


@dataclass(frozen=True, slots=True)
class Pulled:
    """`needed` are the requests of a pull that is left alone: one list for each page, one for each invoice."""

    invoices: int
    seconds: float
    requests: int
    needed: int
    above_the_limit: int
    memory_mb: float


def pull(tenant: Tenant, invoices: int) -> Pulled:
    """Raises WrongResultError when something is missing afterwards."""
    os.environ["ARHUB_ALLOWED_NETWORKS"] = "127.0.0.0/8"
    with _simulator() as url:
        _steer(url, {"limits": {"seed_invoices": invoices}})
        with scope(tenant.pk):
            before = Document.objects.count()
            connection = connections.create("dinero", name=f"Dinero of {invoices}", values={
                "api_url": url, "sign_in_url": url, "client_id": "client-1", "client_secret": "client-secret",
                "api_key": "api-key-1", "requests_per_minute": PER_MINUTE, "payments": False,
            })  # fmt: skip
            run = pulls.start(connection)
        started = time.perf_counter()
        first = _work(run, kill_after=lambda: _pages(run) >= max(1, invoices // 200))
        with scope(tenant.pk):
            Run.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))
        runs.sweep()
        second = _work(run)
        seconds = time.perf_counter() - started
        counts = _steer(url, {})["counts"]
    while loads_tasks.answer() != "nothing due":
        pass
    with scope(tenant.pk):
        run.refresh_from_db()
        got = Document.objects.count() - before
    if run.state != Run.State.SUCCEEDED or got < invoices:
        raise loads.WrongResultError(f"The pull ended as {run.state}, {run.reason}, with {got:,} of {invoices:,}.")
    needed = invoices + invoices // 100
    above = int(counts.get("above the limit", 0))
    return Pulled(invoices, seconds, int(counts["requests"]), needed, above, max(first, second))


def _pages(run: Run) -> int:
    with scope(run.tenant_id):
        return PulledPage.objects.filter(run=run.pk).count()


def _work(run: Run, kill_after: Any = None) -> float:
    """Let a worker work until it is done, or until it is killed; its peak in megabytes."""
    worker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=loads.ROOT, start_new_session=True)
    with Peak(worker.pid, list) as peak:
        while worker.poll() is None:
            if kill_after and kill_after():
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
            time.sleep(0.5)
    return peak.loader_mb


@contextmanager
def _simulator() -> Iterator[str]:
    command = [sys.executable, "manage.py", "simulate", "dinero", "--requests-per-minute", str(PER_MINUTE)]
    process = subprocess.Popen(command, cwd=loads.ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _steer(url: str, wishes: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = requests.post(f"{url}/_simulator/", json=wishes, timeout=60).json()
    return told
