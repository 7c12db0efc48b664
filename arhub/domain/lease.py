"""Holding a piece of work while it is done: a thread says that its worker lives, and hears when it is no longer his."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import Self

from django.db import connections

BEAT_SECONDS = 2.0
logger = logging.getLogger(__name__)


class Cancelled(Exception):
    """A person cancelled the work, or another worker has it."""


class Lease:
    """Use as a context manager round the work. `lost` is set when it was taken away."""

    def __init__(self) -> None:
        self.lost, self.ended = Event(), Event()
        self.thread = Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.ended.set()
        self.thread.join()

    def beat(self) -> bool:
        """Renew the heartbeat, on the side connection; false when the work was taken away."""
        raise NotImplementedError

    def give_up(self) -> None:
        """What else is to be done when it was taken away."""

    def check(self) -> None:
        """Raise when the work is no longer ours."""
        if self.lost.is_set():
            raise Cancelled

    def _keep(self) -> None:
        try:
            while not self.ended.wait(BEAT_SECONDS):
                if not self._beat():
                    self.lost.set()
                    self.give_up()
        finally:
            connections["side"].close()

    def _beat(self) -> bool:
        try:
            return self.beat()
        except Exception:  # a database that is away for a moment ends no work; the sweeper judges by time
            logger.exception("The heartbeat of %s failed", self)
            connections["side"].close()
            return True
