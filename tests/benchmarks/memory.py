"""Peak memory of a loader and of the database backends that work for it, sampled from /proc while it runs.

Counted is RssAnon: heap, stacks and whatever else a process has to itself. It leaves out code and mapped files and
the server's shared buffers, which belong to no load; of a backend it counts pages still shared with the postmaster
by copy-on-write as if they were its own, so it errs upwards. A database on another machine shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Event, Thread

PAUSE_SECONDS = 0.05
_PROC = Path("/proc")


class Peak:
    """Use as a context manager around the work. Afterwards: megabytes at the worst moment, alone and together."""

    def __init__(self, loader: int, backends: Callable[[], Iterable[int]]) -> None:
        self.loader_mb = self.backend_mb = self.total_mb = 0.0
        self._loader, self._backends = loader, backends
        self._ended = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(PAUSE_SECONDS):
            loader = sum(map(_private_mb, _with_children(self._loader)))
            backend = sum(map(_private_mb, self._backends()))
            self.loader_mb = max(self.loader_mb, loader)
            self.backend_mb = max(self.backend_mb, backend)
            self.total_mb = max(self.total_mb, loader + backend)


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    for task in _read(_PROC / str(pid) / "task", listing=True).split():
        for child in _read(_PROC / str(pid) / "task" / task / "children").split():
            yield from _with_children(int(child))


def _private_mb(pid: int) -> float:
    for line in _read(_PROC / str(pid) / "status").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _read(path: Path, *, listing: bool = False) -> str:
    """What a process shows; nothing when it has ended."""
    try:
        return " ".join(entry.name for entry in path.iterdir()) if listing else path.read_text(encoding="ascii")
    except OSError:
        return ""
