"""Writes and reads a drop of many items in a process of its own, and prints how many megabytes that took at most.

python -m tests.connectors.erp_cache.large ITEMS
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryFile

from connectors.erp_cache.names import DropName
from connectors.erp_cache.reading import read
from connectors.erp_cache.writing import Item, write

NAME = DropName("ACME", "OutstandingItem", "1")


def main(count: int) -> None:
    with TemporaryFile() as packed, TemporaryFile() as lines:
        write(_items(count), NAME, packed)
        found = read(NAME, packed, lines)
        assert found.rows == count
    print(peak_mb())


def _items(count: int) -> Iterator[Item]:
    return (Item(f"INV-{number:09}", "DKK", Decimal(number) / 100) for number in range(count))


def peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]))
