"""Which records an undo leaves as they are: those that something later rests on, and whatever these rest on."""

from __future__ import annotations

from typing import Any

from ingestion.domain.undo.tables import Relation, Table, relations, tables
from ingestion.models import Change, Ingestion, IngestionFile, Kept, State

WRITTEN_OTHERWISE = "Something other than a load has changed it since."

Frontier = dict[str, int]
"""Plan table → records that came to be kept in the round just over."""


def changed_later(cursor: Any, table: Table, ingestion: Ingestion) -> None:
    """Keep what another load changed after this one. An undone load counts where its own undo left the record."""
    kinds = [item.name for item in table.types]
    cursor.execute(
        f"update {table.plan} u set round = 0, reason = 'Ingestion ' || c.ingestion_id || ' changed it later, on ' "
        "|| to_char(c.changed_at, 'YYYY-MM-DD') || '.' "
        "from (select distinct on (ch.record) ch.record, ch.ingestion_id, ch.changed_at "
        f"from {table.plan} p join {Change._meta.db_table} ch on ch.record = p.id "
        f"{_STANDING} where {_OF_OTHERS} and ch.id > p.since order by ch.record, ch.id desc) c "
        "where u.id = c.record and u.round is null",
        {"kinds": kinds, "tenant": ingestion.tenant_id, "ingestion": ingestion.pk},
    )


_STANDING = (
    f"join {Ingestion._meta.db_table} i on i.tenant_id = ch.tenant_id and i.id = ch.ingestion_id "
    f"left join {Kept._meta.db_table} k on k.tenant_id = ch.tenant_id and k.ingestion_id = ch.ingestion_id "
    "and k.record = ch.record and k.record_type = any(%(kinds)s)"
)
_OF_OTHERS = (
    "ch.tenant_id = %(tenant)s and ch.record_type = any(%(kinds)s) and ch.ingestion_id <> %(ingestion)s "
    f"and (i.state <> '{State.UNDONE}' or k.id is not null)"
)
"""Change rows `ch` of other loads that stand, with the load `i` and what its undo kept `k`."""


def referred_to(cursor: Any, ingestion: Ingestion) -> None:
    """Keep what would be removed though something that stays refers to it, until nothing more is."""
    for relation in relations():
        if relation.child is not None:
            _keep_updated(cursor, relation, relation.child, ingestion)
    for relation in relations():
        _keep_for_others(cursor, relation, ingestion)
        if relation.child is not None:
            _keep_for_restored(cursor, relation, ingestion)
    done, frontier = -1, _frontier(cursor, 0)
    while frontier:
        done += 1
        for relation in relations():
            if relation.child is not None and frontier.get(relation.child.plan):
                _keep_for_kept(cursor, relation, ingestion, done)
            if relation.is_part and frontier.get(relation.parent.plan):
                _keep_parts(cursor, relation, ingestion, done)
        frontier = _frontier(cursor, done + 1)


def _keep_updated(cursor: Any, relation: Relation, child: Table, ingestion: Ingestion) -> None:
    """Records with old values to get back that something newer refers to: it came, or came to refer to them, later.

    What refers to them since before this load does not hold them."""
    parent = relation.parent
    cursor.execute(f"select min(since) from {parent.plan} where not inserted and round is null")
    (since,) = cursor.fetchone()
    if since is None:
        return
    kinds = [item.name for item in child.types]
    current = f"join {parent.plan} x on x.id = c.{relation.column} and not x.inserted and x.round is null"
    brought = (
        f"select x.id, c.id as by, null::bigint as load from {child.name} c {current} "
        "where c.created_at > x.since_at "
        f"and not exists (select 1 from {child.plan} k where k.id = c.id and k.inserted)"
    )
    changed = (
        f"select x.id, c.id, ch.ingestion_id from {Change._meta.db_table} ch {_STANDING} "
        f"join {child.name} c on c.tenant_id = ch.tenant_id and c.id = ch.record {current} "
        f"where {_OF_OTHERS} and ch.field = '{relation.field}' and ch.id > %(since)s and ch.id > x.since"
    )
    ours = f" and c.tenant_id = %(tenant)s{relation.where}"
    cursor.execute(
        f"update {parent.plan} p set round = 0, reason = left({_because(relation, 'f.load')}, 400) "
        f"from (select distinct on (id) id, by, load from ({brought}{ours} union all {changed}{ours}) r "
        "order by id, by) f "
        f"join {child.name} c on c.tenant_id = %(tenant)s and c.id = f.by{_made_by(relation)} where p.id = f.id",
        {"kinds": kinds, "tenant": ingestion.tenant_id, "ingestion": ingestion.pk, "since": since},
    )


def _frontier(cursor: Any, number: int) -> Frontier:
    found = {}
    for table in tables():
        cursor.execute(f"select count(*) from {table.plan} where round = {number}")
        found[table.plan] = cursor.fetchone()[0]
    return {name: rows for name, rows in found.items() if rows}


def _keep_for_others(cursor: Any, relation: Relation, ingestion: Ingestion) -> None:
    """Rows that this load did not write refer to what they say now."""
    child = relation.child
    outside = f"and not exists (select 1 from {child.plan} k where k.id = c.id)" if child else ""
    _keep(cursor, relation, ingestion, 0, f"c.{relation.column}", f"{relation.table} c", outside)


def _keep_for_restored(cursor: Any, relation: Relation, ingestion: Ingestion) -> None:
    """Rows that get their old values back refer to what they said before."""
    child = relation.child
    assert child is not None
    source = f"{child.plan} u join {child.name} c on c.tenant_id = {ingestion.tenant_id} and c.id = u.id"
    value = child.final(relation.field, "c", "u")
    _keep(cursor, relation, ingestion, 0, value, source, "and u.round is null and not u.inserted")


def _keep_for_kept(cursor: Any, relation: Relation, ingestion: Ingestion, done: int) -> None:
    """Rows that came to be kept refer to what they say now."""
    child = relation.child
    assert child is not None
    source = f"{child.plan} u join {child.name} c on c.tenant_id = {ingestion.tenant_id} and c.id = u.id"
    _keep(cursor, relation, ingestion, done + 1, f"c.{relation.column}", source, f"and u.round = {done}")


def _keep(
    cursor: Any, relation: Relation, ingestion: Ingestion, number: int, value: str, source: str, more: str
) -> None:
    """Mark the records to be removed that the rows `c` of `source` refer to, by one of them."""
    parent = relation.parent
    if not _any_to_remove(cursor, parent):
        return
    cursor.execute(
        f"update {parent.plan} p set round = {number}, reason = left({_because(relation)}, 400) "
        f"from (select {value} as id, min(c.id) as by from {source} "
        f"join {parent.plan} x on x.id = {value} and x.inserted and x.round is null "
        f"where c.tenant_id = {ingestion.tenant_id}{relation.where} {more} group by 1) f "
        f"join {relation.table} c on c.tenant_id = {ingestion.tenant_id} and c.id = f.by{_made_by(relation)} "
        "where p.id = f.id and p.inserted and p.round is null"
    )


def _any_to_remove(cursor: Any, table: Table) -> bool:
    cursor.execute(f"select exists (select 1 from {table.plan} where inserted and round is null)")
    return bool(cursor.fetchone()[0])


def _because(relation: Relation, load: str = "null") -> str:
    """SQL for the sentence that names the row `c` and the load: the one given, else the one that made the row."""
    child = relation.child
    if child is None:
        name = str(relation.model._meta.verbose_name).capitalize()
        return f"'{name} ' || c.id || ' refers to it.'"
    return (
        f"{child.kind('c', 'label')} || ' ' || {child.label('c')} || ' refers to it' "
        f"|| coalesce(', from ingestion ' || coalesce({load}, m.ingestion_id), '') || '.'"
    )


def _made_by(relation: Relation) -> str:
    if relation.child is None:
        return ""
    return f" left join {IngestionFile._meta.db_table} m on m.tenant_id = c.tenant_id and m.id = c.created_file"


def _keep_parts(cursor: Any, relation: Relation, ingestion: Ingestion, done: int) -> None:
    """What is part of a record that this load made and that stays, stays with it."""
    child, parent = relation.child, relation.parent
    assert child is not None
    cursor.execute(
        f"update {child.plan} u set round = {done + 1}, reason = left('It is part of ' || "
        f"lower({parent.kind('w', 'label')}) || ' ' || {parent.label('w')} || ', which stays.', 400) "
        f"from {child.name} c join {parent.plan} p on p.id = c.{relation.column} and p.round = {done} and p.inserted "
        f"join {parent.name} w on w.tenant_id = c.tenant_id and w.id = p.id "
        f"where c.tenant_id = {ingestion.tenant_id}{relation.where} and u.id = c.id and u.round is null"
    )
