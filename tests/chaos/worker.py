"""The nursery of workers: for each line on its standard input it forks one, which starts at once, and says its process
id. A worker brings things to their destinations until it is killed, or the nursery is gone."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

import django

django.setup()

from django.db import Error, connections  # noqa: E402

from arhub.domain import outbound  # noqa: E402
from tests.chaos.haste import make_haste  # noqa: E402


def main() -> None:
    make_haste()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who was killed leaves nothing behind
    nursery = os.getpid()
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            work(nursery)
            os._exit(0)
        print(child, flush=True)


def work(parent: int) -> None:
    while os.getppid() == parent:
        try:
            while claimed := outbound.claim():
                outbound.deliver(*claimed)
        except Error:  # its connection to the database was cut
            with contextlib.suppress(Error):
                connections.close_all()
        time.sleep(0.05)


if __name__ == "__main__":
    main()
