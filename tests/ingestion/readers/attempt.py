"""Reads a file in a process of its own and prints, as JSON, how that ended and how much memory it took at most.

python -m tests.ingestion.readers.attempt PATH NAME
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ingestion.content import ARCHIVE_MAGIC, stored
from ingestion.errors import Unreadable
from ingestion.registry import reader_for

_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Attempt:
    sentence: str
    rows: int
    peak_mb: float
    seconds: float


def attempt(path: Path, name: str = "") -> Attempt:
    """What becomes of a file in a process of its own."""
    command = [sys.executable, "-m", "tests.ingestion.readers.attempt", str(path), name or path.name]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True, timeout=120)
    return Attempt(**json.loads(done.stdout))


def _rows(path: Path, name: str) -> int:
    members = [""]
    with path.open("rb") as file:
        if file.read(4) in ARCHIVE_MAGIC:
            from ingestion.domain.archive import only_file

            members = [only_file(file)]
    content = stored(path, name, members[0])
    with reader_for(content).open(content) as table:
        return sum(len(chunk.lines) for chunk in table.chunks())


def _own_peak() -> float:
    """Megabytes. Not by getrusage: there a process starts with the peak of the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(path: str, name: str) -> None:
    began, sentence, rows = time.monotonic(), "", 0
    try:
        rows = _rows(Path(path), name)
    except Unreadable as problem:
        sentence = str(problem)
    peak = max(_own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
    print(json.dumps({"sentence": sentence, "rows": rows, "peak_mb": peak, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:])
