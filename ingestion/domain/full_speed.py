"""Settings of the whole process that make reading faster, while at least one load in it reads."""

from __future__ import annotations

import gc
import sys
from threading import Lock


class _FullSpeed:
    """Rows are short-lived and refer to nothing, so that looking for cycles among them is a sixth of the time lost; and
    the threads that talk to the database get the interpreter back after half a millisecond instead of five.

    What was set before the first load comes back with the end of the last.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._loads = 0
        self._before = (True, 0.0)

    def __enter__(self) -> None:
        with self._lock:
            if self._loads == 0:
                self._before = gc.isenabled(), sys.getswitchinterval()
                gc.disable()
                sys.setswitchinterval(0.0005)
            self._loads += 1

    def __exit__(self, *exc: object) -> None:
        with self._lock:
            self._loads -= 1
            if self._loads == 0:
                collects, interval = self._before
                sys.setswitchinterval(interval)
                if collects:
                    gc.enable()


FULL_SPEED = _FullSpeed()
