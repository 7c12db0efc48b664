"""Some scenes at once, and the hub's processes among which they are done: killed, put to sleep, cut off from a database
that is restarted. Then the calm, in which everything comes to its end."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from django.db import connection as database
from django.db import connections
from django_q.models import OrmQ

from arhub.database import embedded
from arhub.database.binaries import find_binaries
from arhub.database.place import find_place
from arhub.database.server import data_directory
from tests.chaos.haste import LEASE_SECONDS
from tests.chaos.scene import Scene, Tally
from tests.chaos.workers import Sign, Workers

STORM_SECONDS = 5.0
CALM_SECONDS = 180.0
"""At most."""
CUT = (
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
    " and pid <> pg_backend_pid() and usename = current_user order by random() limit 1"
)


class Storm:
    """Blows by chance; what it counts, it counts for all scenes together."""

    def __init__(self, seed: str, workers: Workers, scenes: Sequence[Scene]) -> None:
        self.chance, self.workers, self.scenes = random.Random(seed), workers, scenes
        self.blows: Counter[str] = Counter()
        self._asleep: dict[int, float] = {}
        self._sleeps = min(scene.lets_sleep for scene in scenes)
        self._restarts_at = time.monotonic() + self.chance.uniform(0.2, 1.2) * STORM_SECONDS

    def rage(self) -> None:
        ends_at = time.monotonic() + STORM_SECONDS
        while (now := time.monotonic()) < ends_at:
            for scene in self.scenes:
                scene.go_on(self.chance)
            self._strike()
            self._wake(now)
            if now > self._restarts_at:
                self._restart()
            time.sleep(self.chance.uniform(0.02, 0.2))
        self._wake(float("inf"))

    def _strike(self) -> None:
        match self.chance.random():
            case luck if luck < 0.20:
                self._kill("killed while sending", Sign.SENDING)
            case luck if luck < 0.28:
                self._kill("killed in a run", Sign.RUN)
            case luck if luck < 0.34:
                self._kill("killed idle", Sign.IDLE)
            case luck if luck < 0.38:
                self._kill("killed while scheduling", Sign.SCHEDULING)
            case luck if luck < 0.43 and not self._asleep:
                self._put_to_sleep()
            case luck if luck < 0.55:
                self.blows["cut"] += 1
                _cut_a_connection()

    def _kill(self, name: str, at: Sign) -> None:
        place = self.workers.one_at({at}, self.chance)
        if place is not None:
            self.blows[name] += 1
            self._asleep.pop(place, None)
            self.workers.replace(place)

    def _put_to_sleep(self) -> None:
        place = self.chance.randrange(len(self.workers))
        self.blows["sleep"] += 1
        self.workers.stop(place)
        self._asleep[place] = time.monotonic() + LEASE_SECONDS * self.chance.uniform(0.2, self._sleeps)

    def _wake(self, now: float) -> None:
        for place in [place for place, until in self._asleep.items() if until <= now]:
            self.workers.wake(place)
            del self._asleep[place]

    def _restart(self) -> None:
        """As an operator does it, or as the machine's power failing would; once in a storm, or not at all."""
        self._restarts_at = float("inf")
        connections.close_all()
        if self.chance.random() < 0.5:
            self.blows["restart"] += 1
            embedded.stop()
        else:
            self.blows["crash"] += 1
            _crash()
        time.sleep(self.chance.uniform(0, 0.3))
        embedded.start()


def _cut_a_connection() -> None:
    """Any connection to this database but ours, in the middle of whatever it does."""
    with database.cursor() as cursor:
        cursor.execute(CUT)


def _crash() -> None:
    """The database ends without a word; whoever needs it first starts it again."""
    data = data_directory(find_place(), find_binaries())
    os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)


def run(seed: str, workers: Workers, make: Sequence[Callable[[random.Random], Scene]]) -> list[Tally]:
    """One storm over new scenes, and the calm after it. What became of each of them; the last is of the storm."""
    with ExitStack() as stack:
        scenes = [stack.enter_context(one(random.Random(f"{seed} {place}"))) for place, one in enumerate(make)]
        storm = Storm(seed, workers, scenes)
        storm.rage()
        _calm(scenes)
        OrmQ.objects.all().delete()  # who was rung for looks by himself
        return [*(scene.counted() for scene in scenes), Tally(blows=storm.blows)]


def _calm(scenes: Sequence[Scene]) -> None:
    for scene in scenes:
        scene.calm()
    left, ends_at = list(scenes), time.monotonic() + CALM_SECONDS
    while left and time.monotonic() < ends_at:
        left = [scene for scene in left if not scene.tend()]
        time.sleep(0.1)
