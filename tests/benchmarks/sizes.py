"""Ten times the rows: what that takes of time and memory, into an empty table and into one that is full."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks import data, loads, peers

TIMES = 10


def ten_times(folder: Path, rows: int) -> dict[str, loads.Loaded]:
    """Loads of `rows` rows, of ten times as many, and of as many others on top of those."""
    path = folder / "sizes.csv"
    found = {}
    for name, first, count in (("once", 0, rows), ("empty", 0, TIMES * rows), ("full", TIMES * rows, TIMES * rows)):
        if first == 0:
            peers.empty()
        data.write_invoices(path, count, first=first)
        found[name] = loads.load("invoice", path, inserted=count)
    path.unlink()
    peers.empty()
    return found
