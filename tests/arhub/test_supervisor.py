"""`manage.py up` as a person starts it: on a folder of its own, with nothing in it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from arhub.paths import BASE_DIR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Hub:
    """One folder, one port, and the processes that carry both in their environment."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        own = {"ARHUB_VAR": str(folder / "var"), "PORT": str(self.port), "DEMO": "0", "PYTHONUNBUFFERED": "1"}
        kept = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "DEBUG"}}
        self.environment = {**kept, **own}
        self.started: list[subprocess.Popen[str]] = []

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=BASE_DIR, capture_output=True, text=True, check=False
        ).stdout.strip()

    def up(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"], env=self.environment, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
        )
        self.started.append(process)
        return process

    def health(self) -> dict[str, bool]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            found = json.load(error)
        except OSError:
            return {}
        return {name: part["ok"] for name, part in found["parts"].items()}

    def is_healthy(self) -> bool:
        assert self.started[-1].poll() is None, "it ended"
        return bool(parts := self.health()) and all(parts.values())

    def processes(self) -> dict[int, str]:
        """Ours by their environment; the database's, which gets none, by its folder."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                variables = (process / "environ").read_bytes().split(b"\0")
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if f"PORT={self.port}".encode() in variables or str(self.folder) in command:
                    found[int(process.name)] = command
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with own_folder() as folder:
        hub = Hub(folder)
        yield hub
        for process in hub.started:
            if process.poll() is None:
                process.terminate()
                process.wait(60)
        hub.manage("db", "reset", "--yes")


@pytest.fixture(scope="module")
def migrated() -> Iterator[Path]:
    """A folder whose database has its tables, and is stopped."""
    with own_folder() as folder:
        hub = Hub(folder)
        hub.manage("migrate")
        hub.manage("db", "stop")
        yield folder / "var"
        hub.manage("db", "reset", "--yes")


@pytest.fixture
def used_hub(hub: Hub, migrated: Path) -> Hub:
    """One that was started before."""
    subprocess.run(["cp", "-a", migrated, hub.folder], check=True)  # with its owners, which Python does not copy
    return hub


@contextmanager
def own_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="arhub-test-", dir="/tmp") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def test_up_starts_everything_and_sigterm_leaves_nothing(hub: Hub) -> None:
    first = hub.up()
    wait_until(hub.is_healthy)
    assert set(hub.health()) == {"database", "worker arhub", "worker loads", "queue"}
    first.terminate()
    said, _ = first.communicate(timeout=120)

    assert first.returncode == 0
    assert said.splitlines()[0] == f"AR Hub is ready at http://127.0.0.1:{hub.port}/"
    assert said.splitlines()[1].startswith("Sign in as ")
    assert hub.processes() == {}

    second = hub.up()
    wait_until(lambda: hub.health().get("database"))
    second.send_signal(signal.SIGINT)
    said, _ = second.communicate(timeout=120)

    assert (second.returncode, len(said.splitlines())) == (0, 1)
    assert hub.processes() == {}

    (hub.folder / "var" / "secret_keys").unlink()
    third = hub.up()
    said, _ = third.communicate(timeout=120)

    assert (third.returncode, "bring its file var/secret_keys back" in said) == (1, True)
    assert hub.processes() == {}


def test_up_leaves_a_database_running_that_ran_before(used_hub: Hub) -> None:
    used_hub.manage("db", "start")

    process = used_hub.up()
    wait_until(lambda: used_hub.health().get("database"))
    process.terminate()
    process.wait(60)

    assert used_hub.manage("db", "status").splitlines()[0].endswith("is running.")
    assert used_hub.manage("db", "stop") == "Stopped."


def test_killed_supervisor_takes_its_children_along(used_hub: Hub) -> None:
    process = used_hub.up()
    wait_until(used_hub.is_healthy)

    process.kill()
    process.wait()

    wait_until(lambda: not [one for one in used_hub.processes().values() if "postgres" not in one])


def test_dead_cluster_is_started_again(used_hub: Hub) -> None:
    process = used_hub.up()
    wait_until(used_hub.is_healthy)
    time.sleep(5)  # one that dies sooner makes the supervisor give up

    os.kill(clusters_of(process, used_hub)[0], signal.SIGKILL)

    wait_until(lambda: len(clusters_of(process, used_hub)) == 2)
    assert process.poll() is None


def test_port_in_use_is_said_before_anything_starts(hub: Hub) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", hub.port))
        other.listen()
        process = hub.up()
        said, _ = process.communicate(timeout=30)

    assert process.returncode == 1
    assert said.startswith(f"Port {hub.port} is in use by another program")
    assert hub.manage("db", "status").splitlines()[0] == "It is not running."


def clusters_of(process: subprocess.Popen[str], hub: Hub) -> list[int]:
    return [pid for pid in hub.processes() if parent_of(pid) == process.pid and is_cluster(pid)]


def parent_of(pid: int) -> int:
    with suppress(OSError):
        return int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    return 0


def is_cluster(pid: int) -> bool:
    return b"qcluster" in (Path("/proc") / str(pid) / "cmdline").read_bytes()
