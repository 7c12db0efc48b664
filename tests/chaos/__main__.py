"""`make chaos`: workers are killed, put to sleep and cut off, the database is restarted and partners misbehave, while
documents go to customers on gateways of several kinds, and records to a simulator of Sage Intacct. Afterwards each is
counted where it went. The last line says what was found; nothing may be.

A run is a tenant of its own; four at a time share workers, database and storm. RUNS=200 of them take a quarter of an
hour; SEED=text makes them differ, and FIRST=12 begins with the storm in which run 12 is, to see that one again.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Callable

from tests.benchmarks.place import own_database

AT_ONCE = 4


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", default="chaos")
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    os.environ.pop("DATABASE_URL", None)  # a server of its own, for it is crashed
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arhub.settings")
    os.environ["ARHUB_ALLOWED_NETWORKS"] = "127.0.0.0/8"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped on the way out
    with own_database():
        return _storms(options.seed, options.first - options.first % AT_ONCE, options.runs)


def _storms(seed: str, first: int, runs: int) -> int:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    from tests.chaos import storm
    from tests.chaos.haste import make_haste
    from tests.chaos.scene import Tally
    from tests.chaos.workers import Workers

    make_haste()
    logging.disable(logging.CRITICAL)  # each worker that is left by its work
    print(f"seed {seed}", flush=True)
    total, began = Tally(), time.monotonic()
    with Workers() as workers:
        for begin in range(first, first + runs, AT_ONCE):
            many = min(AT_ONCE, first + runs - begin)
            found = storm.run(f"{seed} {begin}", workers, [_scene(begin)] * many)
            for number, tally in enumerate(found, begin):
                total.add(tally)
                if number < begin + many:
                    print(f"run {number}: {_list(tally.sent)}", flush=True)
                for line in tally.lines:
                    print(f"run {number}: {line}", flush=True)
    print(f"{time.monotonic() - began:.0f} seconds: {_list(total.sent)}; {_list(total.blows)}")
    counts = {name: len(getattr(total, name)) for name in ("lost", "double", "stuck")}
    print("runs", runs, " ".join(f"{name} {count}" for name, count in counts.items()), flush=True)
    return 1 if any(counts.values()) or not total.sent else 0


def _scene(begin: int) -> Callable[[random.Random], object]:
    """Every tenth storm is over records."""
    from tests.chaos.documents import Documents
    from tests.chaos.records import Records

    return Records if begin // AT_ONCE % 10 == 1 else Documents


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{many} {name}" for name, many in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
