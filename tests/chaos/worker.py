"""The nursery of the hub's processes: for each line on its standard input, `worker` or `scheduler` and a place, it
forks one, which starts at once, and says its process id. Each goes on until it is killed, or the nursery is gone.

The file that it is started with has a byte for each place, which tells what the process there is at.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable

import django

django.setup()

from django.db import Error, connections  # noqa: E402

from arhub import tasks  # noqa: E402
from arhub.database.binaries import DatabaseUnavailable  # noqa: E402
from tests.chaos.haste import make_haste  # noqa: E402
from tests.chaos.workers import Sign  # noqa: E402

NOTHING = "nothing due"
PASSING = (None, "57P01", "57P02", "57P03")
"""Codes of PostgreSQL for connections that end, and for a server that is not up."""

Say = Callable[[Sign], None]


def main() -> None:
    make_haste()
    logging.disable(logging.CRITICAL)  # what was left by its worker, again and again
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who was killed leaves nothing behind
    nursery, signs = os.getpid(), os.open(sys.argv[1], os.O_WRONLY)
    for line in sys.stdin:
        trade, place = line.split()
        child = os.fork()
        if not child:
            do = {"worker": work, "scheduler": schedule}[trade]
            live(do, nursery, lambda sign: os.pwrite(signs, sign.value, int(place)))  # noqa: B023
            os._exit(0)
        print(child, flush=True)


def live(do: Callable[[Say], bool], parent: int, say: Say) -> None:
    """Do it again and again, with a pause when there is nothing to do."""
    while os.getppid() == parent:
        try:
            is_busy = do(say)
        except (Error, DatabaseUnavailable) as error:  # its connection to the database was cut
            _tell(error)
            with contextlib.suppress(Error):
                connections.close_all()
            is_busy = False
        except Exception:
            traceback.print_exc()
            is_busy = False
        if not is_busy:
            say(Sign.IDLE)
            time.sleep(0.05)


def work(say: Say) -> bool:
    """As the queue calls a worker, for runs and for what is to be sent."""
    say(Sign.RUN)
    is_busy = tasks.answer_run() != NOTHING
    say(Sign.SENDING)
    return (tasks.answer_outbound() != NOTHING) or is_busy


def schedule(say: Say) -> bool:
    """What comes round every minute: schedules that are due, and what dead workers have left."""
    say(Sign.SCHEDULING)
    tasks.fire_schedules()
    tasks.sweep_runs()
    tasks.sweep_outbound()
    return False


def _tell(error: BaseException) -> None:
    """Anything but a connection that ended is a mistake."""
    if getattr(error.__cause__, "pgcode", None) not in PASSING:
        traceback.print_exception(error)


if __name__ == "__main__":
    main()
