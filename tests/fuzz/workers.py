"""Workers that try inputs, and a watchdog that ends those that hang."""

from __future__ import annotations

import multiprocessing
import resource
import time
import traceback
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from tests.fuzz.seeds import seeds
from tests.fuzz.trial import attempt, input_of

HANG_SECONDS = 20
MOST_MEGABYTES = 300
_ADDRESS_SPACE = 2 << 30
_BATCH = 100


@dataclass
class Finding:
    kind: str
    index: int
    what: str


@dataclass
class Tally:
    """What came of the inputs of one kind. `slowest` in seconds, `peak` in megabytes."""

    inputs: int = 0
    with_rows: int = 0
    refused: int = 0
    slowest: float = 0.0
    peak: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.inputs += other.inputs
        self.with_rows += other.with_rows
        self.refused += other.refused
        self.slowest = max(self.slowest, other.slowest)
        self.peak = max(self.peak, other.peak)
        self.findings += other.findings


Batch = tuple[str, int, int]


class Worker:
    """A process that takes batches. `at` is the input it is trying and since when."""

    def __init__(self, seed: str) -> None:
        context = multiprocessing.get_context("fork")
        self.at = context.Array("d", 2)
        self.pipe, end = context.Pipe()
        self.process = context.Process(target=_work, args=(end, self.at, seed), daemon=True)
        self.process.start()
        end.close()
        self.batch: Batch | None = None

    def give(self, batch: Batch) -> None:
        self.batch = batch
        self.at[1] = time.monotonic()
        self.pipe.send(batch)

    def hangs(self) -> bool:
        return self.batch is not None and time.monotonic() - self.at[1] > HANG_SECONDS

    def end(self) -> None:
        self.process.kill()
        self.process.join()


def run(inputs: dict[str, int], seed: str, processes: int) -> Iterator[tuple[str, Tally]]:
    """Try all inputs; yields what came of each batch."""
    seeds()
    todo = deque(
        (kind, start, min(start + _BATCH, count)) for kind, count in inputs.items() for start in range(0, count, _BATCH)
    )
    workers = [Worker(seed) for _ in range(processes)]
    for worker in workers:
        _next(worker, todo)
    while any(worker.batch for worker in workers):
        ready = set(wait([worker.pipe for worker in workers if worker.batch], timeout=0.5))
        for place, worker in enumerate(workers):
            if worker.batch and (worker.pipe in ready or worker.hangs()):
                batch, tally = worker.batch, _answer(worker, worker.pipe in ready)
                yield batch[0], tally
                if not worker.process.is_alive() or tally.peak > MOST_MEGABYTES or worker.batch:
                    worker.end()
                    worker = workers[place] = Worker(seed)
                if rest := _rest(batch, tally):
                    todo.appendleft(rest)
                _next(worker, todo)
    for worker in workers:
        worker.end()


def _next(worker: Worker, todo: deque[Batch]) -> None:
    if todo:
        worker.give(todo.popleft())


def _answer(worker: Worker, is_ready: bool) -> Tally:
    """What the worker sent; a finding about the input it was at when it sent nothing."""
    batch = worker.batch
    assert batch is not None
    if is_ready:
        try:
            tally: Tally = worker.pipe.recv()
        except EOFError:
            is_ready = False
        else:
            worker.batch = None
            return tally
    what = "the worker died" if not worker.hangs() else f"no answer within {HANG_SECONDS} seconds"
    index = int(worker.at[0])
    return Tally(inputs=index - batch[1] + 1, slowest=HANG_SECONDS, findings=[Finding(batch[0], index, what)])


def _rest(batch: Batch, tally: Tally) -> Batch | None:
    """The inputs of a batch that a worker left when it was ended."""
    kind, start, stop = batch
    return (kind, start + tally.inputs, stop) if start + tally.inputs < stop else None


def _work(pipe: Connection, at: Any, seed: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    before = _peak()  # a fork begins with all that the process had that started it
    while True:
        try:
            batch = pipe.recv()
        except EOFError:
            return
        pipe.send(_tried(batch, at, seed, before))


def _peak() -> int:
    """Megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def _tried(batch: Batch, at: Any, seed: str, before: int) -> Tally:
    kind, start, stop = batch
    tally = Tally()
    for index in range(start, stop):
        at[0], at[1] = index, time.monotonic()
        _try_one(kind, index, seed, tally)
        tally.peak = _peak() - before
        if tally.peak > MOST_MEGABYTES:
            tally.findings.append(Finding(kind, index, f"{tally.peak} MB of memory"))
            break
    return tally


def _try_one(kind: str, index: int, seed: str, tally: Tally) -> None:
    name, content, random = input_of(kind, index, seed)
    begun = time.monotonic()
    try:
        rows = attempt(kind, name, content, random)
    except Exception:
        tally.findings.append(Finding(kind, index, traceback.format_exc()))
    else:
        tally.with_rows += rows is not None
        tally.refused += rows is None
    tally.inputs += 1
    tally.slowest = max(tally.slowest, time.monotonic() - begun)
