"""The short form of `make chaos`: it makes a database server of its own, which it restarts."""

from __future__ import annotations

import re
import subprocess
import sys

from arhub.paths import BASE_DIR


def test_storms_leave_every_document_and_every_record_there_once() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--runs", "5", "--seed", "short"]

    storm = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, timeout=280, check=False)

    *told, summary, verdict = ["", "", storm.stderr, *storm.stdout.splitlines()]
    assert verdict == "runs 5 lost 0 double 0 stuck 0", "\n".join(told)
    assert "100 documents, 18 records; " in summary
    blows = {name: int(many) for many, name in re.findall(r"(\d+) ([^,;]+)", summary)}
    assert sum(many for name, many in blows.items() if name.startswith("killed")) > 0
    assert sum(many for name, many in blows.items() if name.startswith("fault")) > 0
    assert storm.returncode == 0
