"""A load from its stored files to the tables: stage, match, and write or wait for review.

Matching and writing happen in one transaction under the ledger's lock. Whatever goes wrong in it, nothing of
the load has landed.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import connection
from django.utils import timezone

from arhub.tenancy.scope import current_tenant_id
from ingestion.domain import events, ledgers, outcome, review, staging, streaming
from ingestion.domain.checking import check
from ingestion.domain.identity import adopt_keys
from ingestion.domain.merge import Merge, PerType
from ingestion.domain.opening import builder_of
from ingestion.domain.policies import Policies
from ingestion.domain.progress import Cancelled, Progress, released
from ingestion.domain.reading import feeds, stage, tables_of
from ingestion.domain.recipe import Recipe
from ingestion.domain.references import Scope
from ingestion.domain.repaired import note_taken_in, standing
from ingestion.domain.settle import remember_touched, settle
from ingestion.domain.snapshot import Missing, find_missing
from ingestion.domain.writing import write
from ingestion.models import Ingestion, IngestionFile, LogEntry, Review, State, Task


class Outdated(Exception):
    """Rows were found to be stored already, and then something else wrote to the ledger."""


def read(ingestion: Ingestion, files: list[IngestionFile], progress: Progress, *, look_up: bool = True) -> None:
    """Stage the files. Raises `Unreadable`. Runs outside any transaction; leaves staging tables."""
    progress.stage("Reading")
    stage(files, ingestion.source, Policies.stored(ingestion.policies), progress, look_up=look_up)
    for file in files:
        progress.log(_told(file))


def _told(file: IngestionFile) -> str:
    parts = [
        f"Read {file.name} as {file.type.plural.lower()}",
        f"{len(file.mapping)} of {len(file.header)} columns mapped",
    ]
    if file.encoding:
        parts.append(f"{file.encoding}, delimiter {file.delimiter!r}")
    return ", ".join(parts) + "."


def match(ingestion: Ingestion, files: list[IngestionFile], progress: Progress, *, commit: bool) -> State:
    """Find out what the staged rows will do; with `commit` do it, otherwise leave a review of it. Returns the run's new
    state, already stored.

    Opens the load's one transaction. The counts and invalid rows of the ingestion are replaced by what was found. A
    load that was reviewed does what its review says, or nothing: when what it rests on has moved, it is read anew.
    Raises `Outdated` when the files have to be read again for another reason.
    """
    with ledgers.locked(ingestion, progress) as cursor:
        load = _Load(cursor, ingestion, files, progress)
        is_reviewed = ingestion.state == State.COMMITTING and ingestion.task == Task.LOAD
        reviewed = Review.objects.filter(ingestion=ingestion).first() if is_reviewed else None
        if reviewed and (reason := load.take_up(reviewed)):
            return _review_anew(ingestion, reason)
        if not reviewed:
            load.check()
        if ingestion.state == State.COMMITTED:
            load.commit() if commit else load.review()
        _store(ingestion)
    if ingestion.state != State.REVIEW:
        staging.drop(ingestion.pk)
    return State(ingestion.state)


def stream(ingestion: Ingestion, files: list[IngestionFile], progress: Progress) -> State | None:
    """Read, check and write at once, where that is possible; None where it is not, and nothing was done then."""
    if not streaming.may_stream(ingestion, files):
        return None
    policies = Policies.stored(ingestion.policies)
    try:
        with ledgers.locked(ingestion, progress) as cursor:
            progress.stage("Reading")
            fresh = not ledgers.holds_any(cursor, staging.table_of(files[0].record_type), ingestion)
            writing = streaming.Writing(cursor, ingestion, lambda: _where(ingestion, files), fresh=fresh)
            writing.run(lambda sink: stage(files, ingestion.source, policies, progress, sink=sink), progress.check)
            progress.log(_told(files[0]))
            _Load(cursor, ingestion, files, progress).finish(writing.merges, writing.counts)
            _store(ingestion)
    except streaming.NotAlone:
        return None
    staging.drop(ingestion.pk)
    return State(ingestion.state)


class _Load:
    """The load at hand, in its transaction. `check` or `take_up`, then `commit` or `review`."""

    def __init__(self, cursor: Any, ingestion: Ingestion, files: list[IngestionFile], progress: Progress) -> None:
        self.cursor, self.ingestion, self.files, self.progress = cursor, ingestion, files, progress
        self.loads = staged_tables(ingestion, files)
        self.where = _where(ingestion, files)
        self.merges: list[Merge] = []
        self.missing: list[Missing] = []
        self.counts: outcome.Counts = outcome.nothing()
        self.bad: PerType = Counter()

    def check(self) -> None:
        """Check and count the rows, store what is wrong with them, and decide how the load ends."""
        self.progress.stage("Checking")
        before = staging.has_known(self.cursor, self.ingestion.pk)
        if before is not None and before != ledgers.writes(self.cursor, self.where.ledger_id):
            raise Outdated
        is_whole = self.ingestion.task == Task.LOAD
        self.merges = check(self.cursor, self.where, self.loads, is_whole=is_whole)
        self.counts = outcome.counted(self.cursor, self.ingestion.pk, self.merges)
        self.progress.stage("Checked")
        self._decide()
        if self.where.policies.is_snapshot and is_whole and self.ingestion.state == State.COMMITTED:
            self._look_for_missing()

    def _decide(self) -> None:
        self.bad = outcome.rejected(self.cursor, self.ingestion)
        stands = standing(self.ingestion)
        outcome.store_rejects(self.cursor, self.ingestion, self.files)
        outcome.store_counts(self.ingestion, self.files, self.counts, self.bad, stands)
        outcome.decide(self.ingestion, self.counts, self.bad)

    def finish(self, merges: list[Merge], counts: outcome.Counts) -> None:
        """Count and settle what is written already."""
        self.merges, self.counts = merges, counts
        self._decide()
        remember_touched(self.cursor, [])
        self._settle()

    def take_up(self, reviewed: Review) -> str:
        """Go on where the review ended; returns why that is no longer possible, or ""."""
        if review.is_there(self.cursor, self.ingestion.pk):
            self.merges = [Merge(self.where, staged, self.loads) for staged in self.loads]
            for merge in self.merges:
                merge.resume(self.cursor)
            self.counts, self.bad = outcome.stored_counts(self.ingestion)
            outcome.decide(self.ingestion, self.counts, self.bad)
            if sum(adopt_keys(self.cursor, self.where, staged, self.loads) for staged in self.loads):
                return review.STORED_MEANWHILE
            if self.where.policies.is_snapshot:
                self.missing = self._missing()
        else:
            self.check()
        return review.moved_meanwhile(self.cursor, self._checked(), reviewed)

    def _checked(self) -> review.Checked:
        return review.Checked(self.ingestion, self.files, self.where, self.merges, self.missing)

    def commit(self) -> None:
        total = sum(self.counts["lines"].values())
        write(self.cursor, self.merges, self.missing, lambda rows: self.progress.write(rows, total))
        self._settle()

    def _settle(self) -> None:
        self.progress.stage("Settling")
        settle(self.cursor, self.where, self.merges)
        note_taken_in(self.ingestion)
        if sum((self.counts["inserted"] + self.counts["updated"]).values()) or any(m.records for m in self.missing):
            ledgers.note_written(self.cursor, self.where.ledger_id)
            self.ingestion.rows_written_at = timezone.now()
            events.tell_written(self.ingestion, self.counts, self.missing)

    def review(self) -> None:
        self.progress.stage("Reviewing")
        review.make(self.cursor, self._checked())
        self.ingestion.state, self.ingestion.finished_at = State.REVIEW, None

    def _look_for_missing(self) -> None:
        if sum(self.bad.values()):
            self.progress.log(_NOT_MARKED)
            return
        self.missing = self._missing()
        for item in self.missing:
            if reason := item.refusal(self.where.policies.stop_above_percent):
                outcome.refuse(self.ingestion, reason)

    def _missing(self) -> list[Missing]:
        codes = {code for (_, code), rows in self.counts["lines"].items() if rows}
        if sum(self.bad.values()):
            return []
        given = [staged for staged in self.loads if any(feeds(staged, file) for file in self.files)]
        return find_missing(self.cursor, self.where, given, codes, self.ingestion.source_id)


_NOT_MARKED = (
    "Nothing was marked as missing at source: some rows of this snapshot are invalid, and each may be what is missing. "
    "Repair them first."
)


def _review_anew(ingestion: Ingestion, reason: str) -> State:
    """Put a load whose review no longer stands back in line: it is read again and shown again. Raises `Cancelled`."""
    held = Ingestion.objects.filter(pk=ingestion.pk, attempts=ingestion.attempts, state=State.COMMITTING)
    if not held.update(
        **released(), state=State.QUEUED, attempts=0, stage="Waiting", rows_done=0, next_attempt_at=timezone.now(),
    ):  # fmt: skip
        raise Cancelled
    LogEntry.objects.create(ingestion=ingestion, text=reason)
    return State.QUEUED


def _store(ingestion: Ingestion) -> None:
    """Store how the load ended, last of all: until then people can cancel it and the heartbeat can move.

    Raises `Cancelled`, and so undoes the load, when the run is no longer this worker's.
    """
    held = Ingestion.objects.filter(
        pk=ingestion.pk, attempts=ingestion.attempts, task=ingestion.task, state__in=Ingestion.PROCESSING
    )
    fields = ("state", "reason", "finished_at", "rows_written_at", "rows_done", "rows_total")
    if not held.update(
        **{name: getattr(ingestion, name) for name in fields},
        **released(),
        task=Task.LOAD,
        stage="",
    ):
        raise Cancelled
    events.tell_state(ingestion, State(ingestion.state))


def _where(ingestion: Ingestion, files: list[IngestionFile]) -> Scope:
    headers: dict[tuple[str, str], dict[int, str]] = {}
    filled: dict[tuple[str, str], set[int]] = {}
    for file in files:
        target = staging.table_of(file.record_type)
        for name, label in Recipe.stored(file.recipe).labels().items():
            headers.setdefault((target, name), {})[file.pk] = label
        for attribute in builder_of(file).columns:
            filled.setdefault((target, attribute), set()).add(file.pk)
    return Scope(
        ingestion.pk,
        current_tenant_id(),
        ingestion.source.ledger_id,
        headers,
        Policies.stored(ingestion.policies),
        {key: frozenset(pks) for key, pks in filled.items()},
        tuple(file.pk for file in files),
    )


def staged_tables(ingestion: Ingestion, files: list[IngestionFile]) -> list[staging.Staged]:
    """The load's staging tables, as the files' stored mappings say they were made."""
    columns = {file.pk: builder_of(file).columns for file in files}
    return tables_of(files, columns, with_accounts=Policies.stored(ingestion.policies).creates_accounts)


def is_staged(files: list[IngestionFile]) -> bool:
    """Whether all of the load's staged rows are there. A crash of the database empties unlogged tables."""
    with connection.cursor() as cursor:
        return staging.is_complete(cursor, files[0].ingestion_id)


def store_failure(ingestion: Ingestion, files: list[IngestionFile]) -> None:
    """Keep what is known about a load that could not be read: its files' layout and the rows rejected so far."""
    with connection.cursor() as cursor:
        rejected: PerType = Counter()
        if staging.exists(cursor, staging.rejects_table(ingestion.pk)):
            rejected = outcome.rejected(cursor, ingestion)
            outcome.store_rejects(cursor, ingestion, files)
    outcome.store_counts(ingestion, files, outcome.nothing(), rejected, standing(ingestion))
