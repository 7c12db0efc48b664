"""A load from its stored files to the tables: stage, match, and write or wait for review.

Matching and writing happen in one transaction under the ledger's lock. Whatever goes wrong in it, nothing of
the load has landed.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg2.extras import execute_values

from arhub.tenancy.scope import current_tenant_id, scope
from ingestion.domain import staging
from ingestion.domain.identity import adopt_keys
from ingestion.domain.mapping import Mapping
from ingestion.domain.merge import Merge, PerType
from ingestion.domain.progress import Cancelled, Progress
from ingestion.domain.reading import opened, stage, tables_of
from ingestion.domain.references import Scope, references_of, resolve
from ingestion.domain.rejects import follow_stored_types, reject_repeated, reject_unresolved
from ingestion.domain.rows import RowBuilder, as_text
from ingestion.domain.settle import remember_touched, settle
from ingestion.models import Count, Ingestion, IngestionFile, InvalidRow, State

SESSION = ("set local work_mem = '8MB'", "set local hash_mem_multiplier = 1", "set local random_page_cost = 1.1")


def read(ingestion: Ingestion, files: list[IngestionFile], progress: Progress) -> None:
    """Stage the files. Raises `Unreadable`. Runs outside any transaction; leaves staging tables."""
    progress.stage("Reading")
    stage(files, ingestion.source, progress)
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
    """Find out what the staged rows will do; with `commit` do it. Returns the run's new state, already stored.

    Opens the load's one transaction. The counts and invalid rows of the ingestion are replaced by what was found.
    """
    with scope(ingestion.tenant_id), connection.cursor() as cursor:
        for statement in SESSION:
            cursor.execute(statement)
        where = _where(ingestion, files)
        loads = _loads(files)
        if commit:
            cursor.execute("select pg_advisory_xact_lock(%s, %s)", [LEDGER_LOCKS, where.ledger_id])
        progress.stage("Checking")
        merges = _check(cursor, where, loads)
        counts = _counted(cursor, merges)
        progress.stage("Checked")
        rejected = _rejected(cursor, ingestion)
        _store_rejects(cursor, ingestion, files)
        _store_counts(ingestion, files, counts, rejected)
        _finish(ingestion, counts, rejected)
        if ingestion.state == State.COMMITTED and commit:
            _write(cursor, where, merges, progress, counts)
            if sum((counts["inserted"] + counts["updated"]).values()):
                ingestion.rows_written_at = timezone.now()
        elif ingestion.state == State.COMMITTED:
            ingestion.state = State.REVIEW
            ingestion.finished_at = None
        _store(ingestion)
    if ingestion.state != State.REVIEW:
        staging.drop(ingestion.pk)
    return State(ingestion.state)


def _store(ingestion: Ingestion) -> None:
    """Store how the load ended, last of all: until then people can cancel it and the heartbeat can move.

    Raises `Cancelled`, and so undoes the load, when the run is no longer this worker's.
    """
    held = Ingestion.objects.filter(pk=ingestion.pk, attempts=ingestion.attempts, state__in=Ingestion.PROCESSING)
    fields = ("state", "reason", "finished_at", "rows_written_at", "rows_done", "rows_total")
    if not held.update(
        **{name: getattr(ingestion, name) for name in fields},
        claimed_at=None,
        stage="",
        worked_seconds=ingestion.worked_until_now(),
    ):
        raise Cancelled


LEDGER_LOCKS = 0x41524C  # the key space of our ledger locks among the database's advisory locks


def _where(ingestion: Ingestion, files: list[IngestionFile]) -> Scope:
    headers: dict[tuple[str, str], dict[int, str]] = {}
    for file in files:
        target = staging.model_of(file.type)._meta.db_table
        for header, name in file.mapping.items():
            headers.setdefault((target, name), {})[file.pk] = header
    return Scope(ingestion.pk, current_tenant_id(), ingestion.source.ledger_id, headers)


def _loads(files: list[IngestionFile]) -> list[staging.Staged]:
    """The load's staging tables, as the files' stored mappings say they were made."""
    columns = {}
    for file in files:
        fields = file.type.by_name
        found = {file.header.index(header): fields[name] for header, name in file.mapping.items()}
        positions = sorted(found.items())
        columns[file.pk] = RowBuilder(Mapping(file.type, file.header, positions), {}, file.pk).columns
    return tables_of(files, columns)


def is_staged(files: list[IngestionFile]) -> bool:
    """Whether all of the load's staged rows are there. A crash of the database empties unlogged tables."""
    with connection.cursor() as cursor:
        return staging.is_complete(cursor, files[0].ingestion_id)


def _check(cursor: Any, where: Scope, loads: list[staging.Staged]) -> list[Merge]:
    """Reject what repeats a key or refers to nobody, until nothing more is rejected; then plan the merges."""
    for staged in loads:
        adopt_keys(cursor, where, staged, loads)
    for staged in loads:
        reject_repeated(cursor, where, staged)
        follow_stored_types(cursor, where, staged)
    while True:
        rejected = 0
        for staged in loads:
            references = list(references_of(staged))
            for reference in references:
                resolve(cursor, where, reference, loads)
            rejected += reject_unresolved(cursor, where, staged, references, loads)
        if not rejected:
            break
    merges = [Merge(where, staged) for staged in loads]
    for merge in merges:
        merge.plan(cursor)
    return merges


def _counted(cursor: Any, merges: list[Merge]) -> dict[str, PerType]:
    total: dict[str, PerType] = {"lines": Counter(), "inserted": Counter(), "updated": Counter()}
    for merge in merges:
        for name, counter in merge.counts(cursor).items():
            total[name].update(counter)
    return total


def _rejected(cursor: Any, ingestion: Ingestion) -> PerType:
    cursor.execute(f"select file, type, count(*) from {staging.rejects_table(ingestion.pk)} group by 1, 2")
    return Counter({(file, code): count for file, code, count in cursor.fetchall()})


def _store_rejects(cursor: Any, ingestion: Ingestion, files: list[IngestionFile]) -> None:
    InvalidRow.objects.filter(ingestion=ingestion).delete()
    _fill_cells(cursor, ingestion, files)
    cursor.execute(
        f"insert into {InvalidRow._meta.db_table} "
        "(tenant_id, ingestion_id, file_id, type, line, cells, problems, cause) "
        f"select %s, %s, file, type, line, cells, problems, cause from {staging.rejects_table(ingestion.pk)} "
        "order by file, line",
        [ingestion.tenant_id, ingestion.pk],
    )


def _fill_cells(cursor: Any, ingestion: Ingestion, files: list[IngestionFile]) -> None:
    """Fetch the cells of the rows that the database rejected: the staged row no longer has them as they were."""
    table = staging.rejects_table(ingestion.pk)
    for file in files:
        cursor.execute(f"select line from {table} where file = %s and cells is null", [file.pk])
        wanted = {line for (line,) in cursor.fetchall()}
        if not wanted:
            continue
        with opened(file) as found:
            for chunk in found.table.chunks():
                hits = wanted.intersection(chunk.lines)
                if not hits:
                    continue
                rows = [
                    (line, json.dumps(as_text(row)))
                    for line, row in zip(chunk.lines, chunk.rows, strict=True)
                    if line in hits
                ]
                execute_values(
                    cursor.cursor,
                    f"update {table} r set cells = v.cells::jsonb from (values %s) v (line, cells) "
                    f"where r.file = {file.pk} and r.line = v.line",
                    rows,
                    page_size=len(rows),
                )
                wanted -= hits
                if not wanted:
                    break


def _store_counts(
    ingestion: Ingestion, files: list[IngestionFile], counts: dict[str, PerType], rejected: PerType
) -> None:
    Count.objects.filter(ingestion=ingestion).delete()
    rows = []
    for file in files:
        codes = {code for file_id, code in [*counts["lines"], *rejected] if file_id == file.pk} or {file.type.code}
        for code in sorted(codes):
            key = (file.pk, code)
            staged, inserted, updated = (counts[name][key] for name in ("lines", "inserted", "updated"))
            rows.append(
                Count(
                    tenant_id=ingestion.tenant_id,
                    ingestion=ingestion,
                    file=file,
                    type=code,
                    lines=staged + rejected[key],
                    inserted=inserted,
                    updated=updated,
                    unchanged=staged - inserted - updated,
                    invalid=rejected[key],
                )
            )
        file.save()
    Count.objects.bulk_create(rows)


def _finish(ingestion: Ingestion, counts: dict[str, PerType], rejected: PerType) -> None:
    """Decide how the load ends: every row invalid, or one where the file must be whole, is a failure."""
    good, bad = sum(counts["lines"].values()), sum(rejected.values())
    ingestion.finished_at = timezone.now()
    ingestion.rows_done = ingestion.rows_total = good + bad
    if not good:
        ingestion.state = State.FAILED
        ingestion.reason = f"None of the {bad:,} rows could be taken in. The invalid rows below say why."
    elif bad and ingestion.rejects == Ingestion.Rejects.FILE:
        ingestion.state = State.FAILED
        ingestion.reason = f"{bad:,} of {good + bad:,} rows are invalid, and the load was to be refused in that case."
    else:
        ingestion.state = State.COMMITTED


def _write(cursor: Any, where: Scope, merges: list[Merge], progress: Progress, counts: dict[str, PerType]) -> None:
    total = sum(counts["lines"].values())
    remember_touched(cursor, merges)
    done = 0
    for merge in merges:
        merge.write(cursor, lambda rows, before=done: progress.write(before + rows, total))  # type: ignore[misc]
        done += merge.rows
    progress.stage("Settling")
    settle(cursor, where, merges)


def store_failure(ingestion: Ingestion, files: list[IngestionFile]) -> None:
    """Keep what is known about a load that could not be read: its files' layout and the rows rejected so far."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass(%s) is not null", [staging.rejects_table(ingestion.pk)])
        rejected: PerType = Counter()
        if cursor.fetchone()[0]:
            rejected = _rejected(cursor, ingestion)
            _store_rejects(cursor, ingestion, files)
    _store_counts(ingestion, files, {"lines": Counter(), "inserted": Counter(), "updated": Counter()}, rejected)
