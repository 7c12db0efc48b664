"""The short form of `make chaos`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from arhub.paths import BASE_DIR
from tests.processes import hub_environment


@pytest.mark.django_db(transaction=True, databases=["default", "side"])
def test_storm_leaves_every_record_there_once() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--here", "--runs", "2", "--seed", "short"]

    storm = subprocess.run(
        command, cwd=BASE_DIR, env=hub_environment(), capture_output=True, text=True, timeout=280, check=False
    )

    *_, blows, verdict = ["", storm.stderr, *storm.stdout.splitlines()]
    assert verdict == "runs 2 lost 0 double 0 stuck 0"
    assert blows.startswith("36 records: ")
    assert int(blows.split(" × fault")[0].split()[-1]) > 0
    assert storm.returncode == 0
