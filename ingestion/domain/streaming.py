"""A first load, written while its file is still being read.

Possible when nobody reviews it, nothing of its kind is stored yet, and no row can change what became of an earlier one.
A thread reads the file into staging tables of a slice each; the load's transaction checks and inserts slice after slice
and drops it. All of it is one transaction: until it is committed nothing of the load is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

from django.db import IntegrityError, connection, connections, transaction

from arhub.models import Source
from ingestion.domain.checking import check_alone
from ingestion.domain.merge import Merge, PerType
from ingestion.domain.outcome import per_type
from ingestion.domain.policies import Policies
from ingestion.domain.reading import Sink
from ingestion.domain.references import Scope
from ingestion.domain.staging import Copy, Staged
from ingestion.models import Ingestion, IngestionFile, Task

SLICE_ROWS = (5_000, 10_000, 20_000, 40_000, 60_000)
"""How large the first slices are, so that writing begins early, and then all others."""
SLICES_AHEAD = 2
_TARGETS = ("arhub.Document", "arhub.Payment", "arhub.DocumentLine", "arhub.Contact")
"""What refers to nothing of its own kind, and is referred to by number nowhere in its own file."""


class NotAlone(Exception):
    """A key of the file comes twice: the load has to be read and checked as a whole."""


def may_stream(ingestion: Ingestion, files: list[IngestionFile]) -> bool:
    policies = Policies.stored(ingestion.policies)
    return (
        len(files) == 1
        and files[0].type.model in _TARGETS
        and ingestion.task == Task.LOAD
        and not ingestion.review
        and ingestion.rejects == Source.Rejects.ROWS
        and not (policies.last_wins or policies.is_snapshot or policies.creates_accounts)
    )


class _Stopped(Exception):
    """The load has ended; reading on is of no use."""


class _Slices:
    """Takes the rows of a file, slice by slice; each that is whole goes to the queue."""

    def __init__(self, staged: Staged, columns: list[str], queue: Queue[Staged | None], stop: Event) -> None:
        self.staged, self.columns, self.queue, self.stop = staged, columns, queue, stop
        self.rows = self.made = 0
        self.part: Staged | None = None
        self.copy: Copy | None = None

    def write(self, text: str) -> None:
        if self.stop.is_set():
            raise _Stopped
        if not text:
            return
        if self.copy is None:
            self._begin()
        assert self.copy is not None
        self.copy.write(text)
        self.rows += text.count("\n")
        if self.rows >= SLICE_ROWS[min(self.made, len(SLICE_ROWS)) - 1]:
            self.end()

    def _begin(self) -> None:
        self.made += 1
        self.rows = 0
        self.part = self.staged.part(self.made)
        with connection.cursor() as cursor:
            self.part.create(cursor)
        self.copy = Copy(self.part.table, self.columns)
        self.copy.thread.start()

    def end(self) -> None:
        if self.copy is not None and self.part is not None:
            self.copy.finish()
            self.queue.put(self.part)
        self.copy = self.part = None


Read = Callable[[Sink], None]
"""Reads the file into the sink that it is given."""


def insert(
    cursor: Any, where: Callable[[], Scope], read: Read, tell: Callable[[], None]
) -> tuple[list[Merge], PerType]:
    """Insert the rows that `read` brings; returns a merge for settling and the rows inserted. `where` is asked once the
    file is open; `tell` is called after each slice. Raises `NotAlone`, and whatever reading raises."""
    merges: list[Merge] = []
    lines: PerType = Counter()
    with closing(_read_beside(read)) as parts:
        for part in parts:
            merge = check_alone(cursor, where(), part)
            lines.update(per_type(cursor, part.table))
            try:
                with transaction.atomic():
                    merge.write(cursor, lambda rows: None)
            except IntegrityError as problem:
                raise NotAlone from problem
            cursor.execute(f"drop table {part.table}")
            merges = [merge]
            tell()
    return merges, lines


def _read_beside(read: Read) -> Generator[Staged, None, None]:
    """The slices that a reading thread makes, as they come."""
    queue: Queue[Staged | None] = Queue(maxsize=SLICES_AHEAD)
    stop = Event()
    failed: list[BaseException] = []

    @contextmanager
    def sink(staged: Staged, columns: list[str]) -> Iterator[_Slices]:
        slices = _Slices(staged, columns, queue, stop)
        yield slices
        slices.end()

    def run() -> None:
        try:
            read(sink)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()
            queue.put(None)

    thread = Thread(target=run, name="reading", daemon=True)
    thread.start()
    try:
        while (part := queue.get()) is not None:
            yield part
    finally:
        stop.set()
        while thread.is_alive():
            with suppress(Empty):
                queue.get(timeout=0.05)
    if failed:
        raise failed[0]
