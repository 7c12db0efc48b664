"""A load that is written while its file is still being read.

Possible when nobody reviews it and no row can change what became of an earlier one. A thread reads the file into
staging tables of a slice each; the load's transaction, which holds the ledger's lock all the time, checks and writes
slice after slice and drops it. Until it is committed nothing of the load is there.

What makes the whole of a file matter is a key that comes twice. A slice sees by the time of the transaction that an
earlier one has written its record; what is left is looked for at the end. Then all of it is taken back, and the load is
read and checked as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

from django.db import IntegrityError, connection, connections, transaction

from arhub.models import Source
from ingestion.domain.checking import check, check_alone
from ingestion.domain.merge import Merge, per_type
from ingestion.domain.outcome import Counts, nothing
from ingestion.domain.policies import Policies
from ingestion.domain.reading import Sink
from ingestion.domain.references import Scope
from ingestion.domain.settle import remember_touched
from ingestion.domain.staging import Copy, Staged, same_table
from ingestion.models import Ingestion, IngestionFile, Task

SLICE_ROWS = (5_000, 10_000, 20_000, 40_000, 60_000)
"""How large the first slices are, so that writing begins early, and then all others."""
SLICES_AHEAD = 2
_TARGETS = ("arhub.Document", "arhub.Payment", "arhub.DocumentLine", "arhub.Contact", "arhub.WorkflowStatus")
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
    """Takes the rows of a file, slice by slice; each that is whole goes to the queue. In a fresh ledger all are new."""

    def __init__(
        self, staged: Staged, columns: list[str], queue: Queue[Staged | None], stop: Event, *, fresh: bool
    ) -> None:
        self.staged, self.columns, self.queue, self.stop, self.fresh = staged, columns, queue, stop, fresh
        self.rows = self.made = 0
        self.part: Staged | None = None
        self.copy: Copy | None = None

    def write(self, text: str, *, is_new: bool = False) -> None:
        if self.stop.is_set():
            raise _Stopped
        if not text:
            return
        if self.part is None or self.copy is None:
            self.part, self.copy = self._begin()
        self.part.is_new &= is_new or self.fresh
        self.copy.write(text)
        self.rows += text.count("\n")
        if self.rows >= SLICE_ROWS[min(self.made, len(SLICE_ROWS)) - 1]:
            self.end()

    def _begin(self) -> tuple[Staged, Copy]:
        self.made += 1
        self.rows = 0
        part = self.staged.part(self.made)
        part.is_new = True
        with connection.cursor() as cursor:
            part.create(cursor)
        copy = Copy(part.table, self.columns)
        copy.thread.start()
        return part, copy

    def end(self) -> None:
        copy, part = self.copy, self.part
        self.copy = self.part = None
        if copy is None or part is None:
            return
        copy.finish()
        if not part.is_new:
            with connection.cursor() as cursor:
                part.analyze(cursor)
        self.queue.put(part)

    def abandon(self) -> None:
        """End the slice at hand without handing it over: its table could not be dropped while a COPY waits."""
        if self.copy is not None:
            self.copy.finish()


Read = Callable[[Sink], object]
"""Reads the file into the sink that it is given."""


class Writing:
    """The slices of a load on their way into the tables; `counts` is what came of them so far."""

    def __init__(self, cursor: Any, ingestion: Ingestion, where: Callable[[], Scope], *, fresh: bool) -> None:
        self.cursor, self.ingestion, self.where, self.fresh = cursor, ingestion, where, fresh
        self.merges: list[Merge] = []
        self.inserted = 0
        self.counts: Counts = nothing()

    def run(self, read: Read, tell: Callable[[], None]) -> None:
        """Write the rows that `read` brings. `where` is asked once the file is open; `tell` is called after each slice.
        Raises `NotAlone`, and whatever reading raises."""
        self.cursor.execute("create temp table seen (id bigint) on commit drop")
        with closing(_read_beside(read, fresh=self.fresh)) as parts:
            for part in parts:
                self._write(self._checked(part))
                self.cursor.execute(f"drop table {part.table}")
                tell()
        self._refuse_repeated()
        for merge in self.merges:
            merge.refresh_statistics(self.cursor)
        self.counts["lines"].update(per_type(self.cursor, f"{same_table(self.ingestion.pk)} s"))

    def _checked(self, part: Staged) -> Merge:
        if part.is_new:
            return check_alone(self.cursor, self.where(), part)
        (merge,) = check(self.cursor, self.where(), [part], is_whole=True, is_slice=True)
        if not merge.fresh:
            self.cursor.execute(
                f"select exists (select 1 from {merge.plan_table} p join {part.target} t on t.id = p.tid "
                "where t.updated_at = now())"
            )
            if self.cursor.fetchone()[0]:
                raise NotAlone
            self.cursor.execute(f"insert into seen select tid from {merge.plan_table} where tid is not null")
        return merge

    def _write(self, merge: Merge) -> None:
        for name, counter in merge.counts(self.cursor).items():
            self.counts[name].update(counter)
        remember_touched(self.cursor, [merge])
        try:
            with transaction.atomic():
                merge.write(self.cursor, lambda rows: None)
        except IntegrityError as problem:
            raise NotAlone from problem
        self.inserted += merge.inserted
        merge.inserted = self.inserted
        self.merges = [merge]

    def _refuse_repeated(self) -> None:
        """Rows for which nothing was to be done never came in a slice: whether they repeat a key is seen at the end."""
        same = same_table(self.ingestion.pk)
        self.cursor.execute(f"analyze {same}; analyze seen")
        for repeated in (
            f"select record from {same} group by record having count(*) > 1",
            f"select seen.id from seen join {same} m on m.record = seen.id",
            "select id from seen group by id having count(*) > 1",
        ):
            self.cursor.execute(f"{repeated} limit 1")
            if self.cursor.fetchone():
                raise NotAlone


def _read_beside(read: Read, *, fresh: bool) -> Generator[Staged, None, None]:
    """The slices that a reading thread makes, as they come."""
    queue: Queue[Staged | None] = Queue(maxsize=SLICES_AHEAD)
    stop = Event()
    failed: list[BaseException] = []

    @contextmanager
    def sink(staged: Staged, columns: list[str]) -> Iterator[_Slices]:
        slices = _Slices(staged, columns, queue, stop, fresh=fresh)
        try:
            yield slices
            slices.end()
        finally:
            slices.abandon()

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
