"""Other ways in, and the way back: a load that waits for its review, the same rows as a workbook, and undo.

`python -m tests.benchmarks.ways WAY TENANT FILE` is the worker's process: it prints the seconds of its part, and
what came of it. Files are of invoices.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.loads import ROOT, WrongResultError

TYPE = "invoice"


def reviewed(path: Path, rows: int, tenant: str) -> float:
    """Seconds of a load as it comes by the screen: read and checked, then committed."""
    return _told("review", path, tenant, {"state": "committed", "inserted": rows, "invalid": 0, "left": rows})


def undone(path: Path, rows: int, tenant: str) -> float:
    """Seconds of the undo of a load of this file, which is not counted."""
    return _told("undo", path, tenant, {"state": "undone", "inserted": rows, "invalid": 0, "left": 0})


def _told(way: str, path: Path, tenant: str, wanted: dict[str, Any]) -> float:
    command = [sys.executable, "-m", __spec__.name, way, tenant, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise WrongResultError(f"{way} of {path.name} ended with exit code {done.returncode}: {done.stderr[-2000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    seconds = float(told.pop("seconds"))
    if told != wanted:
        raise WrongResultError(f"{way} of {path.name}: expected {wanted}, found {told}.")
    return seconds


def main() -> None:
    import django

    django.setup()
    way, slug, path = sys.argv[1:]
    from arhub.domain.tenants import UPLOADS, tenant_by_slug
    from arhub.models import Document, Source
    from arhub.tenancy.scope import scope
    from ingestion.domain import making, runs
    from ingestion.models import Ingestion

    tenant = tenant_by_slug(slug)

    def work(ingestion: Ingestion) -> None:
        with scope(tenant.pk):
            runs.take(Ingestion.objects.filter(pk=ingestion.pk))
        runs.work(tenant.pk, ingestion.pk)
        with scope(tenant.pk):
            ingestion.refresh_from_db()

    started = time.perf_counter()
    with scope(tenant.pk), Path(path).open("rb") as file:
        source = Source.objects.get(name=UPLOADS)
        ingestion = making.create(source, [(TYPE, Path(path).name, file)], review=way == "review")
    work(ingestion)
    if way == "undo":
        started = time.perf_counter()
    with scope(tenant.pk):
        if way == "undo":
            runs.request_undo(ingestion, None)
        else:
            runs.request_commit(ingestion, rejects=Ingestion.Rejects.ROWS)
    work(ingestion)
    seconds = time.perf_counter() - started
    with scope(tenant.pk):
        counts = list(ingestion.counts.all())
        told = {name: sum(getattr(count, name) for count in counts) for name in ("inserted", "invalid")}
        print(json.dumps({"seconds": seconds, "state": ingestion.state, "left": Document.objects.count(), **told}))


if __name__ == "__main__":
    main()
