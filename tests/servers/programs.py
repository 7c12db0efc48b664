"""Servers of others as children of the test: on loopback, in a folder of their own, gone when the test is."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import pytest

HERE = "127.0.0.1"
PACKAGES = {"sshd": "openssh-server", "ssh-keygen": "openssh-client", "dovecot": "dovecot-imapd"}
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_libc = ctypes.CDLL(None)


def program(name: str) -> str:
    """Where it is. Without it a test is skipped, and fails where everything has to be there."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        missing(
            f"{name} is missing: install it for the tests of the gateways (apt install {PACKAGES.get(name, name)})."
        )
    return found


def missing(message: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind((HERE, 0))
        return int(bound.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], port: int, log: Path, *, largest_file: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that listens on the port. None of its processes can make a file larger than `largest_file` bytes, as on
    a disk that is full."""

    def prepare() -> None:
        _libc.prctl(_DIES_WITH_PARENT, signal.SIGKILL)
        if largest_file is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    with log.open("wb") as written:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=written, stderr=written, start_new_session=True,
            preexec_fn=prepare, restore_signals=False,
        )  # fmt: skip
    try:
        _wait_for(process, port, log)
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """All of its processes, those that talk to somebody among them."""
    cut(process)
    process.kill()
    process.wait()


def cut(process: subprocess.Popen[bytes]) -> None:
    """End those that talk to somebody, in the middle of whatever they do."""
    for child in children(process.pid):
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def children(pid: int) -> list[int]:
    """Of all generations, the youngest first."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        for listed in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, listed.read_text().split()):
                found += [*children(child), child]
    return found


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((HERE, port)) == 0:
                return
        time.sleep(0.01)
    pytest.fail(f"The server did not start: {log.read_text(errors='replace')[-2_000:]}")
