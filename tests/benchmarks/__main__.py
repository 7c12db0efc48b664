"""Run the benchmarks, print a table, write bench.json. `python -m tests.benchmarks lists` measures the lists alone,
`api` the APIs, `pulls` a pull from the Dinero simulator (100,000 invoices with FULL=1, which takes 20 minutes),
`gateways` the channels for files: 1 GB with FULL=1, else 100 MB, and 1,000 files of odd names over each, `documents`
what goes from the database to validated bytes, `sending` what goes on into a local folder (COUNT=10000),
`transactions` the pages with a million transactions behind them.

ROWS=1000000 rows of the main file; QUICK=1 makes everything small; FULL=1 adds loads of 10,000,000 rows and
measures lists over 5,000,000 documents;
ROUNDS=1 how often to measure: of several, each side's best counts.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from itertools import product
from pathlib import Path

from arhub.environment import flag, number
from tests.benchmarks.place import own_database

PEER_ROWS = 20_000
MEMORY_LIMIT_MB = 250
LIST_LIMIT_MS = 150
TRANSACTIONS_LIMIT_MS = 300
DOCUMENTS_A_SECOND = 1_500
LIMITS_OF_TEN_TIMES = {"empty": 13, "full": 16}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "part",
        nargs="?",
        default="all",
        help="what to measure",
        choices=["all", "lists", "api", "pulls", "gateways", "documents", "sending", "transactions"],
    )
    part = parser.parse_args().part
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arhub.settings")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped on the way out
    with own_database() as folder:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        from tests.benchmarks import report

        figures = run(folder, part)
    report.show(figures)
    report.write(figures, Path("bench.json"))


def run(folder: Path, part: str) -> list[object]:
    from arhub.domain.tenants import create_tenant
    from tests.benchmarks import data, loads, peers

    if part == "gateways":
        return files()
    if part == "documents":
        return documents()
    if part == "sending":
        return sending()
    if part == "transactions":
        return transactions()
    tenant = create_tenant(loads.TENANT, name="Benchmark", currency="DKK")
    data.write_accounts(folder / "accounts.csv")
    loads.load("account", folder / "accounts.csv", inserted=data.ACCOUNTS)
    peers.analyze()
    if part == "lists":
        return change_lists(tenant)
    if part == "api":
        return api(folder, tenant)
    if part == "pulls":
        return pulled(tenant)
    figures = [*speed(folder, tenant.pk), *ways_in_and_back(folder), *memory(folder)]
    if flag("FULL"):
        figures += ten_times(folder)
    figures += [*change_lists(tenant), *api(folder, tenant), *pulled(tenant), *files(), *documents(), *sending()]
    return [*figures, *transactions()]


def documents() -> list[object]:
    from tests.benchmarks import report
    from tests.benchmarks.documents import rates

    found = rates(200 if flag("QUICK") else 2_000)
    return [
        report.documents("documents_to_validated_bytes", found["validated"], found["validator"]),
        report.documents("documents_to_bytes", found["rendered"], DOCUMENTS_A_SECOND),
    ]


def sending() -> list[object]:
    """Due documents into a local folder by real workers, beside rendering and validating alone."""
    from tests.benchmarks import report
    from tests.benchmarks.sending import measure

    found = measure(number("COUNT", 500 if flag("QUICK") else 10_000))
    say(f"Sending: {found}")
    return [
        report.documents("documents_into_a_folder", found.rate, found.alone),
        report.memory("sending_memory_late_vs_early", found.late_mb, found.early_mb * 1.2),
    ]


def transactions() -> list[object]:
    """Pages of transactions, the dashboard and the start page, with a million of them behind."""
    from tests.benchmarks import report
    from tests.benchmarks.transactions import measure

    found = measure(20_000 if flag("QUICK") else 1_000_000)
    for name, taken in found.items():
        say(f"{name}: {taken.wall:.0f} ms, of which {taken.cpu:.0f} ms of work here")
    return [
        report.at_most(f"transactions_{name}", taken.wall, TRANSACTIONS_LIMIT_MS, report.MILLISECONDS)
        for name, taken in found.items()
    ]


def speed(folder: Path, tenant_id: int) -> list[object]:
    from tests.benchmarks import data, loads, peers, peers_dlt, report

    rows = number("ROWS", 50_000 if flag("QUICK") else 1_000_000)
    invoices, changes, ready = (folder / name for name in ("invoices.csv", "delta.csv", "copy.txt"))
    data.write_invoices(invoices, rows)
    delta = data.write_delta(changes, rows)
    first, second, copy, keys_only = [], [], [], []
    for _ in range(number("ROUNDS", 1)):
        peers.empty()
        first.append(tell(loads.load("invoice", invoices, inserted=rows), "First load"))
        columns = peers.save_for_copy(ready, rows)
        second.append(tell(loads.load("invoice", changes, **delta._asdict()), "Delta"))
        copy.append(rows / peers.copy(ready, columns, rows))
        keys_only.append(rows / peers.copy_keys_only(ready, columns, rows))
        say(f"COPY: {copy[-1]:,.0f} rows/s, {keys_only[-1]:,.0f} with keys only")
    slice_rows = min(PEER_ROWS, rows)
    bulk = slice_rows / peers.import_export_bulk(invoices, slice_rows, tenant_id)
    best = max(load.rate for load in first)
    merged = []
    dlt_rows = min(20_000 if flag("QUICK") else 100_000, rows)
    try:
        dlt = dlt_rows / peers_dlt.merge(invoices, dlt_rows, tenant_id, folder)
        merged.append(report.rate("first_load_vs_dlt_merge", best, dlt))
    except peers_dlt.NoPeerError as problem:
        say(f"first_load_vs_dlt_merge is left out. {problem}")
    for path in (invoices, changes, ready):
        path.unlink()
    return [
        report.rate("first_load_vs_copy", best, max(copy)),
        report.rate("first_load_vs_copy_keys_only", best, max(keys_only)),
        report.rate("first_load_vs_import_export_bulk", best, bulk),
        *merged,
        report.rate("delta_vs_copy", max(load.rate for load in second), max(copy)),
        report.memory("first_load_memory", max(load.total_mb for load in first), MEMORY_LIMIT_MB),
        report.memory("delta_memory", max(load.total_mb for load in second), MEMORY_LIMIT_MB),
    ]


def ways_in_and_back(folder: Path) -> list[object]:
    """The same rows as a workbook, by way of a review, and taken back."""
    from tests.benchmarks import data, loads, peers, report, ways

    rows = 20_000 if flag("QUICK") else 100_000
    csv, workbook = folder / "ways.csv", folder / "ways.xlsx"
    data.write_invoices(csv, rows)
    data.write_workbook(workbook, rows)
    rates = {}
    for name, path in (("csv", csv), ("xlsx", workbook)):
        peers.empty()
        rates[name] = tell(loads.load("invoice", path, inserted=rows), name).rate
    for name, way in (("review", ways.reviewed), ("undo", ways.undone)):
        peers.empty()
        rates[name] = rows / way(csv, rows, loads.TENANT)
        say(f"{name}: {rates[name]:,.0f} rows/s")
    for path in (csv, workbook):
        path.unlink()
    return [
        report.rate("xlsx_vs_csv", rates["xlsx"], rates["csv"]),
        report.rate("review_then_commit_vs_ingest", rates["review"], rates["csv"]),
        report.rate("undo_vs_load", rates["undo"], rates["csv"]),
    ]


def memory(folder: Path) -> list[object]:
    """Peaks for a small and a large file and its delta: the same when memory does not grow with the file."""
    from tests.benchmarks import data, loads, peers, report

    sizes = {"20k": 20_000, "200k": 200_000} if flag("QUICK") else {"200k": 200_000, "2m": 2_000_000}
    path, peaks = folder / "memory.csv", {}
    for name, rows in sizes.items():
        peers.empty()
        data.write_invoices(path, rows)
        peaks[f"memory_{name}"] = tell(loads.load("invoice", path, inserted=rows), "Memory").total_mb
        delta = data.write_delta(path, rows)
        peaks[f"delta_memory_{name}"] = tell(loads.load("invoice", path, **delta._asdict()), "Memory, delta").total_mb
    path.unlink()
    figures = [report.memory(name, peak, MEMORY_LIMIT_MB) for name, peak in peaks.items()]
    least, *larger = sizes
    for kind, name in product(("memory", "delta_memory"), larger):
        figures.append(report.memory(f"{kind}_{name}_vs_{least}", peaks[f"{kind}_{name}"], peaks[f"{kind}_{least}"]))
    return figures


def ten_times(folder: Path) -> list[object]:
    from tests.benchmarks import report, sizes

    loaded = sizes.ten_times(folder, 50_000 if flag("QUICK") else 1_000_000)
    for load in loaded.values():
        tell(load, "Ten times")
    once = loaded["once"]
    figures = []
    for name, limit in LIMITS_OF_TEN_TIMES.items():
        times = loaded[name].seconds / once.seconds
        figures.append(report.at_most(f"ten_times_rows_into_{name}", times, limit, report.TIMES))
        figures.append(report.memory(f"memory_ten_times_into_{name}", loaded[name].total_mb, MEMORY_LIMIT_MB))
        figures.append(report.memory(f"memory_ten_times_into_{name}_vs_once", loaded[name].total_mb, once.total_mb))
    return figures


def change_lists(tenant: object) -> list[object]:
    from tests.benchmarks import lists, report

    rows, name = (5_000_000, "5m") if flag("FULL") else (200_000, "200k")
    return [
        report.at_most(f"list_{name}_{page}", taken, LIST_LIMIT_MS, report.MILLISECONDS)
        for page, taken in lists.milliseconds(tenant, rows).items()
    ]


def api(folder: Path, tenant: object) -> list[object]:
    """Pages of the hub's API at any depth, and a load through the Sage Network API beside the command line."""
    from tests.benchmarks import lists, report, sync

    pages = lists.api_milliseconds(tenant, 50_000 if flag("QUICK") else 1_000_000)
    line, http, web_mb = sync.zip_and_command(folder, tenant, 20_000 if flag("QUICK") else 1_000_000)
    say(f"Lines: {line:.1f} s by the command, {http:.1f} s over HTTP, web process {web_mb:.0f} MB")
    return [
        *(report.at_most(f"api_{name}", taken, LIST_LIMIT_MS, report.MILLISECONDS) for name, taken in pages.items()),
        report.at_most("api_deep_vs_first", pages["deep"] / pages["first"], 1.5, report.TIMES),
        report.at_most("sync_zip_vs_command", http / line, 1.3, report.TIMES),
        report.memory("sync_zip_web_memory", web_mb, 300),
    ]


def pulled(tenant: object) -> list[object]:
    """Pulls of a small and a large company from the Dinero simulator; its limit is kept, the worker killed once."""
    from tests.benchmarks import pulls, report

    small, large = (100, 400) if flag("QUICK") else (2_000, 100_000 if flag("FULL") else 5_000)
    first, second = pulls.pull(tenant, small), pulls.pull(tenant, large)
    for one in (first, second):
        say(f"Pull: {one}")
    return [
        report.rate("pull_vs_its_limit", second.requests / second.seconds * 60, pulls.PER_MINUTE),
        report.at_most("pull_requests_above_the_limit", second.above_the_limit + 1, 1, report.TIMES),
        report.at_most("pull_requests_after_a_kill", second.requests / second.needed, 1.05, report.TIMES),
        report.memory("pull_memory", second.memory_mb, MEMORY_LIMIT_MB),
        report.memory("pull_memory_large_vs_small", second.memory_mb, first.memory_mb * 1.2),
    ]


def files() -> list[object]:
    """Files over every channel, beside the usual program for it."""
    from tests.benchmarks import gateways, round_trips

    small, megabytes = (50, 20) if flag("QUICK") else (1_000, 1_024 if flag("FULL") else 100)
    return [*gateways.measure(small, megabytes, say), *round_trips.measure(small, say)]


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
