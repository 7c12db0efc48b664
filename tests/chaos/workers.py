"""The hub's processes as whoever kills them sees them, by their places: first the workers, then the schedulers."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection
from enum import Enum
from typing import Self

from arhub.paths import BASE_DIR

WORKERS, SCHEDULERS = 3, 2


class Sign(Enum):
    """What a process is at."""

    IDLE = b"."
    RUN = b"r"
    SENDING = b"s"
    SCHEDULING = b"f"


class Workers:
    """Three workers and two schedulers at a time. Use it as a context manager; none is left when it ends."""

    def __enter__(self) -> Self:
        self._signs = tempfile.NamedTemporaryFile(prefix="arhub-chaos-")
        self._signs.write(Sign.IDLE.value * len(self))
        self._signs.flush()
        command = [sys.executable, "-m", "tests.chaos.worker", self._signs.name]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._nursery = subprocess.Popen(command, cwd=BASE_DIR, text=True, **pipes)
        self._pids = [self._born(place) for place in range(len(self))]
        return self

    def __exit__(self, *exc: object) -> None:
        for pid in self._pids:
            _signal(pid, signal.SIGKILL)
        self._nursery.kill()
        self._nursery.communicate()
        self._signs.close()

    def __len__(self) -> int:
        return WORKERS + SCHEDULERS

    def _born(self, place: int) -> int:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(f"{'worker' if place < WORKERS else 'scheduler'} {place}\n")
        self._nursery.stdin.flush()
        return int(self._nursery.stdout.readline())

    def one_at(self, signs: Collection[Sign], chance: random.Random) -> int | None:
        """The place of a process that is at one of these in this moment."""
        found = [place for place in range(len(self)) if self.sign(place) in signs]
        return chance.choice(found) if found else None

    def sign(self, place: int) -> Sign:
        return Sign(os.pread(self._signs.fileno(), 1, place))

    def replace(self, place: int) -> None:
        """Kill the process of a place, in the middle of whatever it does; another one begins."""
        _signal(self._pids[place], signal.SIGKILL)
        self._pids[place] = self._born(place)

    def stop(self, place: int) -> None:
        _signal(self._pids[place], signal.SIGSTOP)

    def wake(self, place: int) -> None:
        _signal(self._pids[place], signal.SIGCONT)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
