"""`make chaos`: workers are killed, put to sleep and cut off while records go to a simulator of Sage Intacct that
misbehaves; afterwards each record is counted there. The last line says what was found; nothing may be.

RUNS=20 storms one after the other, of about half a minute each; SEED=text makes them differ.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from contextlib import nullcontext

from tests.benchmarks.place import own_database


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", default="chaos")
    parser.add_argument("--here", action="store_true", help="in the database of DATABASE_URL, as tests do")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arhub.settings")
    os.environ["ARHUB_ALLOWED_NETWORKS"] = "127.0.0.0/8"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped on the way out
    with nullcontext() if options.here else own_database():
        return _storms(options.runs, options.seed, is_new=not options.here)


def _storms(runs: int, seed: str, *, is_new: bool) -> int:
    import django
    from django.core.management import call_command

    django.setup()
    if is_new:
        call_command("migrate", interactive=False, verbosity=0)
    from tests.chaos import storm
    from tests.chaos.haste import make_haste

    make_haste()
    logging.disable(logging.WARNING)  # each worker that is left by its work
    total = storm.Tally()
    for number in range(runs):
        found = storm.run(f"{seed} {number}")
        total.add(found)
        print(f"run {number}: {found.records} records", flush=True)
        for line in (*found.lost, *found.double, *found.stuck):
            print(f"run {number}: {line}", flush=True)
    counts = {name: len(getattr(total, name)) for name in ("lost", "double", "stuck")}
    print(f"{total.records} records:", ", ".join(f"{many} × {name}" for name, many in sorted(total.blows.items())))
    print("runs", runs, " ".join(f"{name} {count}" for name, count in counts.items()), flush=True)
    return 1 if any(counts.values()) or not total.records else 0


if __name__ == "__main__":
    sys.exit(main())
