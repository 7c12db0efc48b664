"""The command that serves a simulator."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
import requests

from arhub.paths import BASE_DIR
from connectors.simulators.registry import SIMULATORS


def test_simulate_serves_until_it_is_stopped() -> None:
    command = [sys.executable, "manage.py", "simulate", "intacct", "--port", "0", "--requests-per-minute", "1"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}

    with subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = [process.stdout.readline().strip() for _ in range(3)]
            address, steering = (re.sub(r".* at ", "", line) for line in (said[0], said[2]))
            statuses = [requests.post(address, b"<request/>", timeout=10).status_code for _ in range(2)]
            told = requests.get(steering, timeout=10).json()
        finally:
            process.send_signal(signal.SIGINT)
            ended = process.wait(timeout=20)

    assert said[0].endswith("/ia/xml/xmlgw.phtml")
    assert "company COMPANY1" in said[1]
    assert (statuses, ended) == ([200, 429], 0)
    assert (told["kind"], told["limits"]["requests_per_minute"], told["state"]["ARINVOICE"]) == ("intacct", 1, 0)


@pytest.mark.parametrize("system", sorted(SIMULATORS))
def test_simulate_knows_every_system(system: str) -> None:
    """Each says where it is, how to get in, and how it is steered, and goes when it is told to."""
    command = [sys.executable, "manage.py", "simulate", system, "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}

    with subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = [process.stdout.readline().strip() for _ in range(3)]
            told = requests.get(re.sub(r".* at ", "", said[2]), timeout=10).json()
        finally:
            process.send_signal(signal.SIGINT)
            ended = process.wait(timeout=20)

    assert said[0].startswith(f"Simulator of {system} at http://127.0.0.1:")
    assert said[1].endswith(".")
    assert (told["kind"], ended) == (system, 0)
