"""What a load came to: its counts, its invalid rows, and whether it goes on or is refused."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.utils import timezone
from psycopg2.extras import execute_values

from arhub.models import Source
from ingestion.domain import staging
from ingestion.domain.merge import Merge, PerType, per_type
from ingestion.domain.opening import opened
from ingestion.domain.policies import Policies
from ingestion.domain.repaired import repaired, superseded
from ingestion.domain.rows import as_text
from ingestion.models import Count, Ingestion, IngestionFile, InvalidRow, State, Task

Counts = dict[str, PerType]
"""lines, inserted, updated: what the valid rows come to."""


def counted(cursor: Any, ingestion_id: int, merges: list[Merge]) -> Counts:
    """What writing the merges will do. Rows that need nothing done are lines, too."""
    total: Counts = {"lines": Counter(), "inserted": Counter(), "updated": Counter()}
    for merge in merges:
        for name, counter in merge.counts(cursor).items():
            total[name].update(counter)
    total["lines"].update(per_type(cursor, f"{staging.same_table(ingestion_id)} s"))
    return total


def nothing() -> Counts:
    return {"lines": Counter(), "inserted": Counter(), "updated": Counter()}


def rejected(cursor: Any, ingestion: Ingestion) -> PerType:
    return per_type(cursor, f"{staging.rejects_table(ingestion.pk)} s")


def store_rejects(cursor: Any, ingestion: Ingestion, files: list[IngestionFile]) -> None:
    superseded(ingestion).delete()
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
    cursor.execute(
        f"update {table} r set cells = c.cells from {staging.cells_table(ingestion.pk)} c "
        "where r.cells is null and r.file = c.file and r.line = c.line"
    )
    cursor.execute(f"select file, count(*) from {table} where cells is null group by file")
    lacking = dict(cursor.fetchall())
    if lacking:
        cursor.execute(f"create index on {table} (file, line); analyze {table}")
    for file in files:
        if file.pk in lacking:
            _read_cells(cursor, table, file, lacking[file.pk])


def _read_cells(cursor: Any, table: str, file: IngestionFile, rows: int) -> None:
    """Read a file until the cells of so many rejected rows are found; only a chunk of these is held at a time."""
    with opened(file) as found:
        for chunk in repaired(found.table, file).chunks():
            wanted = _lacking(cursor, table, file, chunk.lines)
            if not wanted:
                continue
            texts = [
                (line, json.dumps(as_text(row)))
                for line, row in zip(chunk.lines, chunk.rows, strict=True)
                if line in wanted
            ]
            execute_values(
                cursor.cursor,
                f"update {table} r set cells = v.cells::jsonb from (values %s) v (line, cells) "
                f"where r.file = {file.pk} and r.line = v.line",
                texts,
                page_size=len(texts),
            )
            rows -= len(texts)
            if rows <= 0:
                break


def _lacking(cursor: Any, table: str, file: IngestionFile, lines: list[int]) -> set[int]:
    """Of the rejected rows between the first and the last line those without cells."""
    if not lines:
        return set()
    cursor.execute(
        f"select line from {table} where file = %s and line between %s and %s and cells is null",
        [file.pk, lines[0], lines[-1]],
    )
    return {line for (line,) in cursor.fetchall()}


def store_counts(
    ingestion: Ingestion, files: list[IngestionFile], counts: Counts, bad: PerType, stands: Counts
) -> None:
    """Store what the run came to, added to what `stands` of the files' counts: nothing, unless it is a repair."""
    Count.objects.filter(ingestion=ingestion, file__in=files).delete()
    total = {name: counts[name] + stands[name] for name in ("lines", "inserted", "updated")}
    total["lines"] += bad
    total["invalid"] = bad + stands["invalid"]
    rows = []
    for file in files:
        codes = {code for file_id, code in total["lines"] if file_id == file.pk} or {file.type.code}
        for code in sorted(codes):
            numbers = {name: rows_of[file.pk, code] for name, rows_of in total.items()}
            done = numbers["inserted"] + numbers["updated"] + numbers["invalid"]
            rows.append(
                Count(
                    tenant_id=ingestion.tenant_id,
                    ingestion=ingestion,
                    file=file,
                    type=code,
                    unchanged=numbers["lines"] - done,
                    **numbers,
                )
            )
        if ingestion.task == Task.LOAD:
            file.save()
    Count.objects.bulk_create(rows)


def stored_counts(ingestion: Ingestion) -> tuple[Counts, PerType]:
    """The counts that a review stored, and its invalid rows."""
    counts: Counts = nothing()
    bad: PerType = Counter()
    for row in Count.objects.filter(ingestion=ingestion):
        key = (row.file_id, row.type)
        counts["lines"][key] = row.lines - row.invalid
        counts["inserted"][key], counts["updated"][key] = row.inserted, row.updated
        bad[key] = row.invalid
    return counts, bad


def decide(ingestion: Ingestion, counts: Counts, bad: PerType) -> None:
    """Decide how the load ends: every row invalid, or more of them than its policy allows, is a failure. What went in
    stays in, whatever a repair comes to."""
    good, invalid = sum(counts["lines"].values()), sum(bad.values())
    ingestion.finished_at = timezone.now()
    ingestion.rows_done = ingestion.rows_total = good + invalid
    ingestion.state = State.COMMITTED
    if ingestion.task == Task.REPAIR:
        return
    if not good:
        refuse(ingestion, f"None of the {invalid:,} rows could be taken in. The invalid rows below say why.")
    elif reason := _too_many(ingestion, good + invalid, invalid):
        refuse(ingestion, reason)


def refuse(ingestion: Ingestion, reason: str) -> None:
    ingestion.state, ingestion.reason = State.FAILED, reason


def _too_many(ingestion: Ingestion, rows: int, invalid: int) -> str:
    if invalid and ingestion.rejects == Source.Rejects.FILE:
        return f"{invalid:,} of {rows:,} rows are invalid, and the load was to be refused in that case."
    most = Policies.stored(ingestion.policies).reject_above_percent
    if ingestion.rejects == Source.Rejects.SHARE and invalid * 100 > rows * most:
        return f"{invalid:,} of {rows:,} rows are invalid: more than the {most} % that its source allows."
    return ""
