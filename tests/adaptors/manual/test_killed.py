"""A worker that is killed in the middle of a manual export, in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from adaptors.domain.transactions import exporting, manual_export
from adaptors.domain.transactions.manual_search import List
from adaptors.models import Activation
from arhub.domain import runs
from arhub.domain.tenants import add_member
from arhub.models import Document, Run, Tenant
from arhub.paths import BASE_DIR
from arhub.tenancy.scope import scope
from tests.adaptors.manual.conftest import Find, deliver_all, deliveries, sent
from tests.processes import hub_environment

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

KILLED = """
import django, os, signal, sys
django.setup()
from adaptors.domain.transactions import exporting, manual_export
from arhub.domain import runs
manual_export.CHUNK = 1
work, chunks = manual_export.export_chunk, []
def die(*given):
    if chunks and sys.argv[1] == "between chunks":
        os.kill(os.getpid(), signal.SIGKILL)
    chunks.append(work(*given))
    if len(chunks) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return chunks[-1]
manual_export.export_chunk = die
runs.work(*runs.claim())
"""


@pytest.mark.parametrize("moment", ["between chunks", "before a chunk is committed"])
@pytest.mark.parametrize(
    ("which", "begun", "done"),
    [
        (List.NOT_EXPORTED, [("1000", 0)], [("1000", 0), ("1001", 0)]),
        (List.EXPORTED, [("1000", 0), ("1000", 1), ("1001", 0)],
         [("1000", 0), ("1000", 1), ("1001", 0), ("1001", 1)]),
    ],
)  # fmt: skip
def test_killed_worker_sends_nothing_twice_and_forgets_nothing(
    tenant: Tenant, activation: Activation, find: Find, books: dict[str, Document], tmp_path: Path, moment: str,
    which: List, begun: list[tuple[str, int]], done: list[tuple[str, int]],
) -> None:  # fmt: skip
    user = add_member("kim@example.com", tenant, "clerk", name="Kim")
    others = [("1002", 0), ("1003", 0)]
    if which is List.EXPORTED:
        with scope(tenant.pk):
            exporting.export(activation, [books["1000"].pk, books["1001"].pk])
    deliver_all()
    with scope(tenant.pk):
        run = manual_export.begin(find("1000, 1001"), which, None, user, "Lost")

    died = subprocess.run(
        [sys.executable, "-c", KILLED, moment], cwd=BASE_DIR, capture_output=True, check=False,
        env={**hub_environment(), "ARHUB_VAR": str(tmp_path / "var")},
    )  # fmt: skip

    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert [row[:2] for row in sent(tenant)] == [*begun, *others]
    with scope(tenant.pk):
        Run.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))
    runs.sweep()
    claimed = runs.claim()
    assert claimed is not None and runs.work(*claimed) == Run.State.SUCCEEDED
    assert [row[:2] for row in sent(tenant)] == [*done, *others]
    assert deliveries(tenant) == len(done) + 1
    with scope(tenant.pk):
        assert Run.objects.get(pk=run.pk).counts == {"Handed over": 2}
