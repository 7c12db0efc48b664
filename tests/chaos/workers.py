"""Workers as whoever kills them sees them, by their places."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import Self

from arhub.paths import BASE_DIR


class Workers:
    """So many at a time. Use it as a context manager; none is left when it ends."""

    def __init__(self, many: int) -> None:
        self._many = many
        self._pids: list[int] = []

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.chaos.worker"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self._nursery = subprocess.Popen(command, cwd=BASE_DIR, text=True, **pipes)
        self._pids = [self._born() for _ in range(self._many)]
        return self

    def __exit__(self, *exc: object) -> None:
        for pid in self._pids:
            _signal(pid, signal.SIGKILL)
        self._nursery.kill()
        self._nursery.communicate()

    def __len__(self) -> int:
        return self._many

    def _born(self) -> int:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write("\n")
        self._nursery.stdin.flush()
        return int(self._nursery.stdout.readline())

    def replace(self, place: int) -> None:
        """Kill the worker of a place, in the middle of whatever it does; another one begins."""
        _signal(self._pids[place], signal.SIGKILL)
        self._pids[place] = self._born()

    def stop(self, place: int) -> None:
        _signal(self._pids[place], signal.SIGSTOP)

    def wake(self, place: int) -> None:
        _signal(self._pids[place], signal.SIGCONT)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
