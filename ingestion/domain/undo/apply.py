"""Does what a plan says: old values back first, then what was inserted goes, what refers to others before those."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ingestion.domain.merge import slices
from ingestion.domain.settle import refresh_touched
from ingestion.domain.undo.amounts import find_touched
from ingestion.domain.undo.tables import Table, tables
from ingestion.models import Ingestion, Kept

UNDONE_DIGEST = r"'\x'::bytea"
"""Of a record with its old values: no load's cells have it, and it is not null as after a person's change."""


def apply(cursor: Any, ingestion: Ingestion, on_progress: Callable[[int], None]) -> None:
    """Change the records, in statements of bounded size. `on_progress` hears the number of records done so far."""
    find_touched(cursor, ingestion)
    done = 0
    for table in tables():
        if names := _restored_fields(cursor, table):
            done = _run(cursor, table, _restoring(table, names), ingestion, done, on_progress)
    for table in reversed(tables()):
        done = _run(cursor, table, _removing(table), ingestion, done, on_progress)
    refresh_touched(cursor)


def _run(
    cursor: Any, table: Table, sql: str, ingestion: Ingestion, done: int, on_progress: Callable[[int], None]
) -> int:
    """Run a statement slice by slice; returns the records done after it."""
    for _, where in slices(cursor, table.plan, "u"):
        cursor.execute(f"{sql} and u.round is null and {where} and t.id = u.id and t.tenant_id = {ingestion.tenant_id}")
        done += max(cursor.rowcount, 0)
        on_progress(done)
    return done


def _restored_fields(cursor: Any, table: Table) -> list[str]:
    cursor.execute(
        f"select distinct k from {table.plan} u, jsonb_object_keys(u.old) k where u.round is null and not u.inserted"
    )
    return sorted(name for (name,) in cursor.fetchall())


def _restoring(table: Table, names: list[str]) -> str:
    values = ", ".join(f"{table.fields[name].column} = {table.final(name)}" for name in names)
    digest = f"case when u.old - 'missing_at' = '{{}}' or t.digest is null then t.digest else {UNDONE_DIGEST} end"
    return (
        f"update {table.name} t set {values}, digest = {digest}, updated_at = now() "
        f"from {table.plan} u where not u.inserted"
    )


def _removing(table: Table) -> str:
    return f"delete from {table.name} t using {table.plan} u where u.inserted"


def store_kept(cursor: Any, ingestion: Ingestion) -> None:
    """Keep the list of what stays, with the reasons."""
    Kept.objects.filter(ingestion=ingestion).delete()
    for table in tables():
        cursor.execute(
            f"insert into {Kept._meta.db_table} (tenant_id, ingestion_id, record_type, record, label, reason) "
            f"select {ingestion.tenant_id}, {ingestion.pk}, {table.kind('t')}, t.id, "
            f"left({table.label('t')}, 255), u.reason "
            f"from {table.plan} u join {table.name} t on t.tenant_id = {ingestion.tenant_id} and t.id = u.id "
            "where u.round is not null order by u.blocked desc, t.id"
        )
