"""How fast due documents go out into a local folder, from the database to the file, beside rendering and validating
alone; with real workers, which do runs and deliveries."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connections

from adaptors.domain import activations
from adaptors.models import Activation, Transaction
from arhub.domain import outbound, runs
from arhub.models import Outbound, Tenant
from arhub.tenancy.scope import scope
from tests.benchmarks import documents
from tests.benchmarks.loads import WrongResultError
from tests.benchmarks.memory import Peak

WORKERS = 2
PATIENCE_SECONDS = 3_600


class Sent(NamedTuple):
    """Documents a second, `alone` as they are only rendered and validated; megabytes of a worker at its worst, after
    the first tenth of the documents and at the end."""

    rate: float
    alone: float
    early_mb: float
    late_mb: float


def measure(count: int) -> Sent:
    activation = documents.activation("sending")
    peaks = {}
    with _workers() as (pids, begin):
        with scope(activation.tenant_id):
            ids = documents.stored(activation, count)
            alone = documents.rate_alone(activation, ids[: min(count, 1_000)])
        begin()
        start = time.perf_counter()
        with scope(activation.tenant_id):
            activations.run_now(activation)
        for name, many in (("early", count // 10), ("late", count)):
            with Peak(pids[0], lambda: pids[1:]) as peak:
                _until_arrived(activation, many)
            peaks[name] = max(peak.loader_mb, peak.backend_mb / (len(pids) - 1))
        seconds = time.perf_counter() - start
    _check(activation, count)
    return Sent(count / seconds, alone, peaks["early"], peaks["late"])


def _until_arrived(activation: Activation, many: int) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends_at:
        with scope(activation.tenant_id):
            if Outbound.objects.filter(state=Outbound.State.DELIVERED).count() >= many:
                return
        time.sleep(0.2)
    raise WrongResultError(f"{many} documents did not arrive.")


def _check(activation: Activation, count: int) -> None:
    """Each lies there once, with the bytes of its transaction."""
    with scope(activation.tenant_id):
        slug = Tenant.objects.values_list("slug", flat=True).get(pk=activation.tenant_id)
        there = sum(1 for one in Path(settings.FOLDERS, slug).rglob("*.xml") if one.is_file())
        states = set(Transaction.objects.values_list("state", flat=True))
    if (there, states) != (count, {Transaction.State.DELIVERED}):
        raise WrongResultError(f"{there} files lie there, transactions are {states}; expected {count}, delivered.")


@contextmanager
def _workers() -> Iterator[tuple[list[int], Callable[[], None]]]:
    """Processes that do what is due, as the queue's workers do when it rings, once they may begin. They are born before
    anything is validated: what validates does not live on in a fork."""
    connections.close_all()
    reading, writing = os.pipe()
    pids = [_born(reading) for _ in range(WORKERS)]
    try:
        yield pids, lambda: os.write(writing, b"." * WORKERS) and None
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _born(reading: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        os.read(reading, 1)
        while True:
            if claimed := runs.claim():
                runs.work(*claimed)
            elif not outbound.work():
                time.sleep(0.02)
    finally:
        os._exit(1)
