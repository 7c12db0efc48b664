"""Loads through the product's own command, in a process of their own, each with its result checked.

`python -m tests.benchmarks.loads TENANT TYPE=FILE` is that process: it prints what `manage.py ingest --json` does
and beside it the seconds that took, the start of Python and Django not counted.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.memory import Peak

TENANT = "bench"
ROOT = Path(__file__).resolve().parents[2]
COUNTS = ("lines", "inserted", "updated", "invalid")


@dataclass(frozen=True, slots=True)
class Loaded:
    rows: int
    seconds: float
    loader_mb: float
    backend_mb: float
    total_mb: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


class WrongResultError(Exception):
    """A load did not do what its file asks for: then its time means nothing."""


def load(record_type: str, path: Path, *, inserted: int, updated: int = 0, invalid: int = 0, rows: int = 0) -> Loaded:
    """Load a file and check what it did. `rows` is the number of lines when some are unchanged."""
    wanted = {"lines": rows or inserted, "inserted": inserted, "updated": updated, "invalid": invalid}
    command = [sys.executable, "-m", __spec__.name, TENANT, f"{record_type}={path}"]
    with (
        _backends() as backends,
        subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process,
        Peak(process.pid, backends) as peak,
    ):
        told = process.communicate()[0]
    if process.returncode:
        raise WrongResultError(f"The loader of {path.name} ended with exit code {process.returncode}.")
    result = json.loads(told)
    counts = {name: sum(line[name] for line in result["files"]) for name in COUNTS}
    if result["state"] != "committed" or counts != wanted:
        raise WrongResultError(f"{path.name}: expected {wanted}, found {counts}, {result['state']}. {result['reason']}")
    return Loaded(wanted["lines"], result["seconds"], peak.loader_mb, peak.backend_mb, peak.total_mb)


@contextmanager
def _backends() -> Iterator[Any]:
    """A function that names the process ids of the database's backends that work for others than ourselves."""
    import psycopg2
    from django.db import connection

    watcher = psycopg2.connect(**connection.get_connection_params())
    watcher.autocommit = True
    host = connection.settings_dict["HOST"]
    is_local = host in ("", "localhost", "127.0.0.1") or host.startswith("/")
    connection.ensure_connection()
    ours = [watcher.info.backend_pid, connection.connection.info.backend_pid]

    def pids() -> list[int]:
        with watcher.cursor() as cursor:
            cursor.execute(
                "select pid from pg_stat_activity where datname = current_database() and not pid = any(%s) "
                "and backend_type in ('client backend', 'parallel worker')",
                [ours],
            )
            return [pid for (pid,) in cursor.fetchall()]

    try:
        yield pids if is_local else list
    finally:
        watcher.close()


def main() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    tenant, *files = sys.argv[1:]
    out = io.StringIO()
    started = time.perf_counter()
    try:
        call_command("ingest", *files, tenant=tenant, json=True, stdout=out)
    except SystemExit:
        """Some rows were invalid: the counts say how many."""
    seconds = time.perf_counter() - started
    print(json.dumps({**json.loads(out.getvalue()), "seconds": seconds}))


if __name__ == "__main__":
    main()
