"""Run the benchmarks, print a table, write bench.json.

ROWS=1000000 rows of the main file; QUICK=1 makes everything small; FULL=1 adds a load of 10,000,000 rows;
ROUNDS=1 how often to measure: of several, each side's best counts.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from arhub.environment import flag, number
from tests.benchmarks.place import own_database

PEER_ROWS = 20_000
MEMORY_LIMIT_MB = 300


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arhub.settings")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped on the way out
    with own_database() as folder:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        from tests.benchmarks import report

        figures = run(folder)
    report.show(figures)
    report.write(figures, Path("bench.json"))


def run(folder: Path) -> list[object]:
    from arhub.domain.tenants import create_tenant
    from tests.benchmarks import data, loads, peers

    tenant = create_tenant(loads.TENANT, name="Benchmark", currency="DKK")
    data.write_accounts(folder / "accounts.csv")
    loads.load("account", folder / "accounts.csv", inserted=data.ACCOUNTS)
    peers.analyze()
    return [*speed(folder, tenant.pk), *memory(folder)]


def speed(folder: Path, tenant_id: int) -> list[object]:
    from tests.benchmarks import data, loads, peers, report

    rows = number("ROWS", 50_000 if flag("QUICK") else 1_000_000)
    invoices, changes, ready = (folder / name for name in ("invoices.csv", "delta.csv", "copy.txt"))
    data.write_invoices(invoices, rows)
    delta = data.write_delta(changes, rows)
    first, second, copy, keys_only = [], [], [], []
    for _ in range(number("ROUNDS", 1)):
        peers.empty()
        first.append(tell(loads.load("invoice", invoices, inserted=rows), "First load"))
        columns = peers.save_for_copy(ready, rows)
        wanted = {"inserted": delta.inserted, "updated": delta.updated, "invalid": delta.invalid}
        second.append(tell(loads.load("invoice", changes, rows=rows, **wanted), "Delta"))
        copy.append(rows / peers.copy(ready, columns, rows))
        keys_only.append(rows / peers.copy_keys_only(ready, columns, rows))
        say(f"COPY: {copy[-1]:,.0f} rows/s, {keys_only[-1]:,.0f} with keys only")
    slice_rows = min(PEER_ROWS, rows)
    bulk = slice_rows / peers.import_export_bulk(invoices, slice_rows, tenant_id)
    for path in (invoices, changes, ready):
        path.unlink()
    best = max(load.rate for load in first)
    return [
        report.rate("first_load_vs_copy", best, max(copy)),
        report.rate("first_load_vs_copy_keys_only", best, max(keys_only)),
        report.rate("first_load_vs_import_export_bulk", best, bulk),
        report.rate("delta_vs_copy", max(load.rate for load in second), max(copy)),
        report.memory("first_load_memory", max(load.total_mb for load in first), MEMORY_LIMIT_MB),
        report.memory("delta_memory", max(load.total_mb for load in second), MEMORY_LIMIT_MB),
    ]


def memory(folder: Path) -> list[object]:
    """Peaks for a small and a large file: the same when memory does not grow with the file."""
    from tests.benchmarks import data, loads, peers, report

    sizes = {"20k": 20_000, "200k": 200_000} if flag("QUICK") else {"200k": 200_000, "2m": 2_000_000}
    if flag("FULL"):
        sizes["10m"] = 10_000_000
    peaks, figures = {}, []
    for name, rows in sizes.items():
        peers.empty()
        data.write_invoices(folder / f"{name}.csv", rows)
        peaks[name] = tell(loads.load("invoice", folder / f"{name}.csv", inserted=rows), "Memory").total_mb
        (folder / f"{name}.csv").unlink()
        figures.append(report.memory(f"memory_{name}", peaks[name], MEMORY_LIMIT_MB))
    least, *larger = sizes
    for name in larger:
        figures.append(report.memory(f"memory_{name}_vs_{least}", peaks[name], peaks[least]))
    return figures


def tell(load: object, what: str) -> object:
    say(
        f"{what}: {load.rows:,} rows in {load.seconds:.1f} s, {load.rate:,.0f} rows/s, peak {load.total_mb:.0f} MB "
        f"(loader {load.loader_mb:.0f}, database {load.backend_mb:.0f})"
    )
    return load


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
