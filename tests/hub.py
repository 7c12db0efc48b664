"""A real hub over the test database: web server and both clusters in processes of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from arhub.paths import BASE_DIR

ALLOWED = "127.0.0.2"
"""Where simulators stand that the hub may call; it may not call this machine anywhere else."""


_STARTED: list[subprocess.Popen[bytes]] = []


@pytest.fixture(scope="session")
def hub_process(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a hub that `manage.py up` serves from the test database. The person it makes on an empty
    database goes with the rows of the first test that uses it."""
    folder, port = tmp_path_factory.mktemp("hub"), _free_port()
    environment = {
        **os.environ, "DATABASE_URL": _url(), "ARHUB_VAR": str(folder / "var"), "PORT": str(port), "DEMO": "0",
        "ARHUB_ALLOWED_NETWORKS": ALLOWED,
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "manage.py", "up"], cwd=BASE_DIR, env=environment, stderr=log)
        _STARTED.append(process)
        try:
            _wait(port, process, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            end_hub()


def end_hub() -> None:
    """End the hub, should there be one: its workers would take the work of any test on the same database."""
    while _STARTED:
        process = _STARTED.pop()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


@pytest.fixture
def hub(transactional_db: None, hub_process: str) -> str:
    return hub_process


def _url() -> str:
    where = connection.settings_dict
    secret = f":{quote(str(where['PASSWORD']), safe='')}" if where["PASSWORD"] else ""
    place = f"host={quote(str(where['HOST']), safe='')}&port={where['PORT']}"
    return f"postgresql://{quote(str(where['USER']))}{secret}@/{quote(str(where['NAME']))}?{place}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The hub did not come up: {log.read_text()}")
