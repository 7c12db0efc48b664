"""Several schedulers and workers at once, each with connections of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connections

from adaptors.domain.customers import rules
from adaptors.domain.running import KIND
from adaptors.models import Activation, Transaction
from arhub.domain import runs, schedules
from arhub.models import Run, Schedule, Source, Tenant
from arhub.paths import BASE_DIR
from arhub.tenancy.scope import scope
from connectors.models import Connection, Delivery
from tests.adaptors.conftest import account_of, document_of, rules_of
from tests.adaptors.manual.conftest import OWN
from tests.processes import hub_environment

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])
NIGHT = datetime(2026, 3, 2, 20, tzinfo=UTC)
FIRE = """
import django, sys
django.setup()
from datetime import datetime
from arhub.domain import schedules
sys.stdin.readline()
print(sum(schedules.fire_due(datetime.fromisoformat(text)) for text in sys.argv[1:]))
"""


@pytest.fixture
def schedule(tenant: Tenant, activation: Activation, source: Source, gateway: Connection) -> Schedule:
    """Hourly, but not at night."""
    with time_machine.travel(NIGHT, tick=False), scope(tenant.pk):
        return schedules.save(
            Schedule(name="Hourly", kind=KIND, subject_id=activation.pk, every="hourly", minute=0, missed="each",
                     quiet_from=time(22), quiet_until=time(6))
        )  # fmt: skip


def due_times(schedule: Schedule) -> list[str]:
    with scope(schedule.tenant_id):
        rows = Run.objects.filter(schedule=schedule, due_at__isnull=False).order_by("due_at")
        return [f"{due_at:%d %H:%M}" for due_at in rows.values_list("due_at", flat=True) if due_at]


def test_each_due_run_is_fired_once_by_two_processes(schedule: Schedule, tmp_path: Path) -> None:
    times = [(NIGHT + timedelta(hours=hours)).isoformat() for hours in (1, 2, 4, 10, 11)]
    environment = {**hub_environment(), "ARHUB_VAR": str(tmp_path / "var")}
    started = [
        subprocess.Popen([sys.executable, "-c", FIRE, *times], cwd=BASE_DIR, env=environment, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]  # fmt: skip

    fired = [process.communicate("go\n", timeout=120)[0] for process in started]

    assert due_times(schedule) == ["02 21:00", "03 06:00", "03 07:00"]
    assert sum(map(int, fired)) == 3


def test_two_workers_send_each_document_once(
    tenant: Tenant, activation: Activation, source: Source, gateway: Connection, schedule: Schedule
) -> None:
    with scope(tenant.pk):
        account = account_of(source)
        rules.follow(activation)
        rules.activate(activation, rules_of(activation), format="bis3", destination=gateway)
        rules.set_own(rules_of(activation).get(), OWN)
        for number in range(10):
            document_of(account, str(number))
    gate = threading.Barrier(2)

    def work() -> None:
        try:
            gate.wait(60)
            schedules.fire_due(NIGHT + timedelta(hours=1))
            gate.wait(60)
            while claimed := runs.claim():
                runs.work(*claimed)
        finally:
            connections.close_all()

    with scope(tenant.pk):
        schedules.run_now(schedule)
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
    while claimed := runs.claim():
        runs.work(*claimed)

    assert due_times(schedule) == ["02 21:00"]
    with scope(tenant.pk):
        assert set(Run.objects.values_list("state", flat=True)) == {"succeeded"}
        assert (Run.objects.count(), Transaction.objects.count(), Delivery.objects.count()) == (2, 10, 10)
