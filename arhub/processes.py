"""Child processes of the supervisor: started in a group of their own, and gone when it is."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SOON_SECONDS = 5
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Child:
    """One process that is kept running. Its group takes the grandchildren along, which outlive a killed parent."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self.name, self.command = name, list(command)
        self.environment = {**os.environ, **environment}
        self.directory = directory
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        parent = os.getpid()
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops things in order
            preexec_fn=lambda: _end_with(parent),
        )

    @property
    def is_dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    @property
    def exit_code(self) -> int | None:
        return self.process.returncode if self.process else None

    @property
    def died_soon(self) -> bool:
        return time.monotonic() - self.started_at < SOON_SECONDS

    def ask_to_end(self) -> None:
        if self.process:
            self.process.terminate()

    def kill_group(self) -> None:
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def restart(self) -> None:
        self.kill_group()
        self.start()


def stop_all(children: Sequence[Child], seconds: float = 20) -> None:
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not all(child.is_dead for child in children):
        time.sleep(0.05)
    for child in children:
        child.kill_group()


class Signals:
    """What asks the supervisor to end. While it prepares, at once; while it starts and watches children, at its
    next look, so that none is started and forgotten in between."""

    class Ended(Exception):
        pass

    def __init__(self) -> None:
        self.asked, self.at_once = False, True
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        first, self.asked = not self.asked, True
        if first and self.at_once:
            raise self.Ended


def _end_with(parent: int) -> None:
    """Linux tells the child when its parent is killed; the parent may be gone before it was asked to."""
    if hasattr(_libc, "prctl"):
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
