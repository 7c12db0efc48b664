"""What undoing a load would do, worked out in temporary tables without touching a record.

Per table of records one plan table: id, `inserted` (else updated), `old` (field → value before the load, as text, a
record it refers to by its id), `since` and `since_at` (the load's own first change row and its time), and when the
record stays as it is the `reason` and the `round` it was found in; `blocked` says that an upper package holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from psycopg2.extras import execute_values

from arhub.contributions import undo_blockers
from arhub.records import RecordType
from ingestion.domain.undo import keeping
from ingestion.domain.undo.tables import Relation, Table, relations, tables
from ingestion.models import Change, Ingestion, IngestionFile

_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Counts:
    """What becomes of the records of one type that the load wrote. The blocked ones are among the kept."""

    table: Table
    type: RecordType
    removed: int
    restored: int
    kept: int
    blocked: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The outcome, per type of record. Types of which the load wrote nothing are left out."""

    counts: tuple[Counts, ...]

    def total(self, name: str) -> int:
        """The sum of one of the counts over all types."""
        return sum(getattr(count, name) for count in self.counts)

    @property
    def touched(self) -> int:
        return self.total("removed") + self.total("restored")


def plan(cursor: Any, ingestion: Ingestion) -> Plan:
    """Fill the plan tables. They live until the transaction ends; another plan in it takes their place."""
    files = list(IngestionFile.objects.filter(ingestion=ingestion).values_list("pk", flat=True))
    for table in tables():
        _create(cursor, table)
        _find_inserted(cursor, table, ingestion, files)
        _find_updated(cursor, table, ingestion)
        cursor.execute(f"create unique index on {table.plan} (id)")
        cursor.execute(f"analyze {table.plan}")
    for relation in relations():
        _resolve_old(cursor, relation, ingestion)
    _block(cursor, ingestion)
    for table in tables():
        keeping.changed_later(cursor, table, ingestion)
    keeping.referred_to(cursor, ingestion)
    return Plan(tuple(_counted(cursor, ingestion)))


def _create(cursor: Any, table: Table) -> None:
    cursor.execute(f"drop table if exists pg_temp.{table.plan}")
    cursor.execute(
        f"create temp table {table.plan} (id bigint, inserted boolean, old jsonb, since bigint, "
        "since_at timestamptz, reason text, "
        "round int, blocked boolean default false) on commit drop"
    )


def _find_inserted(cursor: Any, table: Table, ingestion: Ingestion, files: list[int]) -> None:
    cursor.execute(
        f"insert into {table.plan} select t.id, true, null, 0, t.created_at, "
        f"case when t.digest is null then '{keeping.WRITTEN_OTHERWISE}' end, case when t.digest is null then 0 end "
        f"from {table.name} t where t.tenant_id = %s and t.created_file = any(%s::bigint[])",
        [ingestion.tenant_id, files],
    )


def _find_updated(cursor: Any, table: Table, ingestion: Ingestion) -> None:
    """The records with change rows of this load. Of several changes of a field the first one knows its old value."""
    cursor.execute(
        f"insert into {table.plan} select c.record, false, jsonb_object_agg(c.field, c.old), min(c.id), "
        f"min(c.changed_at), "
        f"case when {_OTHERWISE} then '{keeping.WRITTEN_OTHERWISE}' end, case when {_OTHERWISE} then 0 end "
        f"from (select distinct on (record, field) record, field, old, id, changed_at from {Change._meta.db_table} "
        "where tenant_id = %s and ingestion_id = %s and record_type = any(%s) order by record, field, id) c "
        f"join {table.name} t on t.tenant_id = %s and t.id = c.record "
        f"where not exists (select 1 from {table.plan} u where u.id = c.record) group by c.record",
        [ingestion.tenant_id, ingestion.pk, [item.name for item in table.types], ingestion.tenant_id],
    )


# A snapshot marks records without writing their cells, so their digest says nothing about it.
_OTHERWISE = "bool_or(t.digest is null and c.field <> 'missing_at')"


def _resolve_old(cursor: Any, relation: Relation, ingestion: Ingestion) -> None:
    """Change rows tell a reference by the other record's key: find its id, or keep a record that cannot go back."""
    child, parent, name = relation.child, relation.parent, relation.field
    if child is None:
        return
    cursor.execute(f"select exists (select 1 from {child.plan} where old ->> '{name}' is not null)")
    if not cursor.fetchone()[0]:
        return
    same = "r.id::text" if relation.by_id else "r.ledger_id = c.ledger_id and r.erp_key"
    cursor.execute(
        f"update {child.plan} u set old = case when r.id is null then u.old "
        f"else u.old || jsonb_build_object('{name}', r.id) end, "
        "reason = case when r.id is null then coalesce(u.reason, left('It referred to ' || (u.old ->> %s) || "
        "' before, which is no longer stored.', 400)) else u.reason end, "
        "round = case when r.id is null then 0 else u.round end "
        f"from {child.plan} x join {child.name} c on c.tenant_id = %s and c.id = x.id{relation.where} "
        f"left join {parent.name} r on r.tenant_id = c.tenant_id and {same} = x.old ->> %s "
        "where u.id = x.id and x.old ->> %s is not null",
        [name, ingestion.tenant_id, name, name],
    )


def _block(cursor: Any, ingestion: Ingestion) -> None:
    """Keep what upper packages know a reason for."""
    by_model = {table.model: table for table in tables()}
    for label, rows in _chunked(undo_blockers(ingestion)):
        plan_table = by_model[apps.get_model(label)._meta.concrete_model].plan  # type: ignore[index]
        execute_values(
            cursor.cursor,
            f"update {plan_table} u set reason = left(v.reason, 400), round = 0, blocked = true "
            "from (values %s) v (id, reason) where u.id = v.id and not u.blocked",
            rows,
            page_size=_CHUNK,
        )


def _chunked(found: Any) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    waiting: dict[str, list[tuple[int, str]]] = {}
    for label, record, reason in found:
        rows = waiting.setdefault(label, [])
        rows.append((record, reason))
        if len(rows) == _CHUNK:
            yield label, waiting.pop(label)
    yield from waiting.items()


def _counted(cursor: Any, ingestion: Ingestion) -> Iterator[Counts]:
    for table in tables():
        cursor.execute(
            f"select {table.kind('t')}, count(*) filter (where round is null and inserted), "
            "count(*) filter (where round is null and not inserted), count(round), count(*) filter (where blocked) "
            f"from {table.plan} u join {table.name} t on t.tenant_id = %s and t.id = u.id group by 1",
            [ingestion.tenant_id],
        )
        found = {kind: numbers for kind, *numbers in cursor.fetchall()}
        for record_type in table.types:
            if record_type.name in found:
                yield Counts(table, record_type, *found[record_type.name])
