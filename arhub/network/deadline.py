"""An end for the whole of a conversation. A time-out of a socket is for one read: an answer that comes byte by byte
keeps within it for ever."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Deadline:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends_at = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(self._ends_at - time.monotonic(), 0.0)

    @property
    def is_over(self) -> bool:
        return self.left == 0.0

    @contextmanager
    def over(self, connected: socket.socket) -> Iterator[None]:
        """Shut the connection down when the time is up: whoever waits for it then finds its end. By a duplicate, since
        TLS takes the socket itself over. One that TLS has taken over already may be given too."""
        duplicate = socket.socket(fileno=os.dup(connected.fileno()))

        def end() -> None:
            with suppress(OSError):
                duplicate.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self.left, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            duplicate.close()
