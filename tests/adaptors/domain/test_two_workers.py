"""Two workers and two schedulers at once, each a process: each due run fires once, each document goes once."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from adaptors.domain.customers import rules
from adaptors.domain.running import KIND
from adaptors.models import Activation, DayCount, Transaction
from arhub.domain import schedules
from arhub.domain.timing import times_between
from arhub.models import Run, Schedule, Source, Tenant
from arhub.paths import BASE_DIR
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.simulators.http_receiver.simulator import HttpReceiver
from connectors.simulators.server import RunningSimulator
from tests.adaptors.conftest import account_of, document_of, rules_of
from tests.processes import hub_environment

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

DOCUMENTS, CUSTOMERS, SCHEDULES, HOURS = 24, 4, 5, 3
PROCESS = """
import sys, threading, django
django.setup()
from django.conf import settings
settings.STORAGES["default"] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": sys.argv[1]},
}
from arhub import tasks
print("ready", flush=True)
sys.stdin.readline()
over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
while not over.is_set():
    for name in sys.argv[2:]:
        getattr(tasks, name)()
"""
WORKER, SCHEDULER = ("answer_run", "answer_outbound"), ("fire_schedules", "sweep_runs", "sweep_outbound")


@contextmanager
def at_once(media: Path, *trades: Sequence[str]) -> Iterator[None]:
    """Processes that each call some tasks again and again, and begin in the same moment."""
    with ExitStack() as stack:
        processes = []
        for trade in trades:
            command = [sys.executable, "-c", PROCESS, str(media), *trade]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            one = subprocess.Popen(command, cwd=BASE_DIR, env=hub_environment(), text=True, **pipes)
            stack.callback(one.communicate, timeout=60)
            stack.callback(one.kill)
            processes.append(one)
        assert [one.stdout.readline() for one in processes if one.stdout] == ["ready\n"] * len(trades)
        for one in processes:
            assert one.stdin
            one.stdin.write("begin\n")
            one.stdin.flush()
        yield
        assert [one.poll() for one in processes] == [None] * len(trades)


@pytest.fixture
def partner() -> Iterator[RunningSimulator]:
    with RunningSimulator(HttpReceiver()) as running:
        yield running


@pytest.fixture
def due(tenant: Tenant, activation: Activation, source: Source, partner: RunningSimulator) -> datetime:
    """Documents of some customers, and schedules that are due since the hour that is returned."""
    since = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    with scope(tenant.pk):
        customers = [account_of(source, str(number)) for number in range(CUSTOMERS)]
        rules.follow(activation)
        for number, rule in enumerate(rules_of(activation)):
            there = connections.create("http", name=f"To {number}", values={"url": f"{partner.url}/in"})
            rules.activate(activation, rules_of(activation).filter(pk=rule.pk), format="json", destination=there)
        for number in range(DOCUMENTS):
            document_of(customers[number % CUSTOMERS], str(number))
        for number in range(SCHEDULES):
            schedules.save(Schedule(
                name=f"Export {number}", kind=KIND, subject_id=activation.pk, every="hourly", missed="each",
            ))  # fmt: skip
        Schedule.objects.update(next_due_at=since)
    return since


def wait(tenant: Tenant) -> None:
    """Until every run is over and every document is there, a minute at most."""
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at:
        with scope(tenant.pk):
            is_due = Schedule.objects.filter(next_due_at__lte=timezone.now()).exists()
            left = Run.objects.filter(state__in=Run.UNFINISHED).exists()
            there = Transaction.objects.filter(state=Transaction.State.DELIVERED).count()
        if not is_due and not left and there == DOCUMENTS:
            return
        time.sleep(0.1)


def test_each_due_run_fires_once_and_each_document_goes_once(
    tenant: Tenant, activation: Activation, due: datetime, partner: RunningSimulator, tmp_path: Path
) -> None:
    with at_once(tmp_path / "media", WORKER, WORKER, SCHEDULER, SCHEDULER):
        wait(tenant)

    receiver = partner.simulator
    assert isinstance(receiver, HttpReceiver)
    came = Counter(hashlib.sha256(one.body).hexdigest() for one in receiver.kept)
    with scope(tenant.pk):
        times = {one.pk: times_between(one, due, one.last_due_at or due) for one in Schedule.objects.all()}
        fired = Counter(Run.objects.values_list("schedule", "due_at"))
        sent = list(Transaction.objects.values_list("document", "sha256"))
        counted = DayCount.objects.values_list("delivered", flat=True)
        assert fired == Counter((pk, at) for pk, some in times.items() for at in some)
        assert len(fired) >= SCHEDULES * HOURS
        assert (len(sent), len(dict(sent)), sum(counted)) == (DOCUMENTS, DOCUMENTS, DOCUMENTS)
    assert came == Counter(digest for _, digest in sent)
    assert len({one.headers["idempotency-key"] for one in receiver.kept}) == DOCUMENTS
