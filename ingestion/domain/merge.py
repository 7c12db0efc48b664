"""Staged rows into the tables: insert what is new, update what differs, leave the rest alone.

Runs inside the load's transaction, under the ledger's lock, in statements of bounded size. Every changed field
leaves a change row. Columns a file does not have keep what is stored, and so do empty cells unless the source says
that they clear it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from arhub.domain import outstanding
from ingestion.domain.references import Reference, Scope, references_of
from ingestion.domain.staging import FIXED, Staged, exists, table_of
from ingestion.models import Change

SLICE_ROWS = 50_000
MOST_PREVIEWED = 100_000
PerType = Counter[tuple[int, str]]
"""(file id, type code) → rows."""


def per_type(cursor: Any, rows: str) -> PerType:
    """Counts rows by their file and type. `rows` is SQL as it stands after `from`; what has these two is called s."""
    cursor.execute(f"select s.file, s.type, count(*) from {rows} group by 1, 2")
    return Counter({(file, code): count for file, code, count in cursor.fetchall()})


def slices(cursor: Any, table: str, alias: str) -> Iterator[tuple[int, str]]:
    """Conditions that cut a table into slices of about SLICE_ROWS rows, each with the rows done after it."""
    cursor.execute(f"select pg_relation_size('{table}') / 8192, (select count(*) from {table})")
    blocks, rows = cursor.fetchone()
    step = max(1, blocks * SLICE_ROWS // max(rows, 1))
    for first in range(0, blocks, step):
        last = first + step
        yield min(rows, rows * last // blocks), f"{alias}.ctid >= '({first},0)' and {alias}.ctid < '({last},0)'"


@dataclass(frozen=True, slots=True)
class Value:
    """A field that a load writes. `given` is SQL for what a staged row brings, `emptied` for whether an empty cell of
    it empties the field, `default` for what an emptied field falls back to."""

    name: str
    column: str
    given: str
    emptied: str = "false"
    default: str = "null"

    @property
    def after(self) -> str:
        """SQL for the field of the stored record `t` once the row is written."""
        if self.emptied == "false":
            return f"coalesce({self.given}, t.{self.column})"
        return f"coalesce({self.given}, case when {self.emptied} then {self.default} else t.{self.column} end)"

    @property
    def differs(self) -> str:
        if self.emptied == "false":
            return f"({self.given} is not null and t.{self.column} is distinct from {self.given})"
        return f"t.{self.column} is distinct from {self.after}"


_FOUND_AGAIN = Value("missing_at", "missing_at", "null::timestamptz", emptied="true")
"""A record that a load brings is not missing at source, whatever a snapshot said."""


class Merge:
    """The merge of one load's staged rows of one table. `plan` first, then `write`.

    What the rows refer to may be staged itself, in one of `loads`, and not stored yet.
    """

    def __init__(self, scope: Scope, staged: Staged, loads: Iterable[Staged] = ()) -> None:
        self.scope = scope
        self.brought = {item.target: item.table for item in loads}
        self.staged = staged
        self.references = list(references_of(staged))
        self.plan_table = staged.beside("plan")
        self.fresh = False
        self.rows = 0
        self.inserted = 0
        self.joins = " ".join(reference.join() for reference in self.references)
        given = {name: self._given(name) for name in staged.columns if name not in FIXED}
        if staged.record_type.name == "outstanding_item":
            given["document"] = self.references[0].name + ".id"
        self.values = [self._value(name, sql) for name, sql in given.items()]

    def plan(self, cursor: Any) -> None:
        """Find the staged rows that may have to be written: those with an unknown key, with other cells than before, or
        with a reference that has come to mean another record.

        The plan is a table of the load (sid, tid, file, type): the staged row's ctid, the stored record's id or null.
        When nothing of the kind is stored yet there is no plan: every row is inserted.
        """
        target, staged = self.staged.target, self.staged
        cursor.execute(f"drop table if exists {self.plan_table}")
        cursor.execute(f"select not exists (select 1 from {target} t where {self.scope.owns(self.staged)})")
        self.fresh = cursor.fetchone()[0]
        if self.fresh:
            return
        cursor.execute(
            f"create unlogged table {self.plan_table} with (autovacuum_enabled = off) as "
            f"select s.ctid as sid, t.id as tid, s.file, s.type from {staged.table} s "
            f"left join {target} t on {self.scope.owns(staged)} and t.erp_key = s.erp_key "
            + self.joins
            + " where t.id is null or t.digest is distinct from s.digest or t.missing_at is not null"
            + " or t.updated_at = now()"  # written by an earlier slice of this very load
            + "".join(
                f" or ({r.name}.id is not null and t.{self._column(self._target_of(r))} is distinct from {r.name}.id)"
                for r in self.references
            )
        )
        cursor.execute(f"analyze {self.plan_table}")

    def resume(self, cursor: Any) -> None:
        """Take up the plan that a review made."""
        self.fresh = not exists(cursor, self.plan_table)
        cursor.execute(f"select count(*) from {self.staged.table}")
        self.rows = cursor.fetchone()[0]

    def _target_of(self, reference: Reference) -> str:
        return "document" if self.staged.record_type.name == "outstanding_item" else reference.attribute

    def counts(self, cursor: Any) -> dict[str, PerType]:
        """What writing will do: lines, inserted, updated, per file and type."""
        lines = per_type(cursor, f"{self.staged.table} s")
        self.rows = sum(lines.values())
        if self.fresh:
            return {"lines": lines, "inserted": lines, "updated": Counter()}
        inserted = per_type(cursor, f"{self.plan_table} s where s.tid is null")
        updated = per_type(
            cursor,
            f"{self.plan_table} p join {self.staged.table} s on s.ctid = p.sid "
            f"join {self.staged.target} t on t.id = p.tid {self.joins} where {self._differs()}",
        )
        return {"lines": lines, "inserted": inserted, "updated": updated}

    def moving(self, name: str) -> str:
        """SQL for the ids of the stored records whose field of this name would change; "" when none can."""
        value = next((value for value in self.values if value.name == name), None)
        if self.fresh or value is None:
            return ""
        return (
            f"select t.id from {self.plan_table} p join {self.staged.table} s on s.ctid = p.sid "
            f"join {self.staged.target} t on t.id = p.tid {self.joins} where {value.differs}"
        )

    @property
    def changes_table(self) -> str:
        return self.staged.beside("changes")

    def preview(self, cursor: Any) -> None:
        """Keep what updates would change, field by field, in a table of the load (id, file, line, record, field, old,
        new), numbered as the fields stand in the files; of more than MOST_PREVIEWED records only so many, whichever."""
        if self.fresh:
            return
        values = [*self.values, _FOUND_AGAIN]
        self._collect_changed(
            cursor,
            f"from {self.plan_table} p join {self.staged.table} s on s.ctid = p.sid "
            f"join {self.staged.target} t on t.id = p.tid {self.joins} where true",
            values,
            most=MOST_PREVIEWED,
        )
        cursor.execute(f"drop table if exists {self.changes_table}")
        cursor.execute(
            f"create unlogged table {self.changes_table} with (autovacuum_enabled = off) as "
            "select row_number() over (order by c.file, c.line, v.field) as id, c.file, c.line, t.id as record, "
            f"v.field, v.old, v.new {self._changed_fields(values)}"
        )
        cursor.execute("drop table changed")

    def new_records(self, columns: dict[str, str]) -> str:
        """SQL for the records that would be inserted: SQL over the record's columns → name of the result's column."""
        values = self._defaults()
        nothing = f"(null::{self.staged.target})"
        names = [f"{values.get(name, f'{nothing}.{name}')} as {name}" for name in sorted(self._all_columns())]
        rows = (
            f"from {self.staged.table} s {self.joins}"
            if self.fresh
            else f"from {self.plan_table} p join {self.staged.table} s on s.ctid = p.sid {self.joins} "
            "where p.tid is null"
        )
        wanted = ", ".join(f"{sql} as {name}" for sql, name in columns.items())
        return f"select {wanted} from (select {', '.join(names)} {rows}) r"

    def write(self, cursor: Any, on_progress: Callable[[int], None], *, inserts: bool = True) -> None:
        """Insert (unless told not to) and update. Calls `on_progress` with the number of staged rows done so far."""
        if self.fresh:
            for done, where in slices(cursor, self.staged.table, "s") if inserts else ():
                self._insert(cursor, f"from {self.staged.table} s {self.joins} where {where}")
                on_progress(done)
        else:
            source = f"from {self.plan_table} p join {self.staged.table} s on s.ctid = p.sid"
            for done, where in slices(cursor, self.plan_table, "p"):
                self._update(cursor, f"{source} join {self.staged.target} t on t.id = p.tid {self.joins} where {where}")
                if inserts:
                    self._insert(cursor, f"{source} {self.joins} where p.tid is null and {where}")
                on_progress(done)
        self.refresh_statistics(cursor)

    def refresh_statistics(self, cursor: Any) -> None:
        """Count anew a table that this load has at least doubled. The key check of every row that refers to it is
        planned by its statistics, and without any PostgreSQL may pick an index that reads half a tenant's rows."""
        target = self.staged.target
        cursor.execute("select reltuples from pg_class where oid = %s::regclass", [target])
        if self.inserted > max(cursor.fetchone()[0], 0):
            with connection.as_owner():  # type: ignore[attr-defined]
                cursor.execute(f"analyze (skip_locked) {target} (tenant_id, ledger_id, id, erp_key)")

    def _insert(self, cursor: Any, source: str) -> None:
        columns = {
            "tenant_id": str(self.scope.tenant_id),
            "ledger_id": str(self.scope.ledger_id),
            "id": "s.id",
            "erp_key": "s.erp_key",
            "digest": "s.digest",
            "created_file": "s.file",
            "created_line": "s.line",
            "updated_at": "now()",
            **{name: f"'{value}'" for name, value in self.staged.record_type.constants},
            **self._defaults(),
        }
        cursor.execute(
            f"insert into {self.staged.target} ({', '.join(columns)}) select {', '.join(columns.values())} {source}"
        )
        self.inserted += cursor.rowcount

    def _defaults(self) -> dict[str, str]:
        """Column → SQL for every column with a value: the staged one, else the field's default."""
        found = {value.column: value.given for value in self.values}
        for item in self.staged.record_type.fields:
            if item.default:
                column = self._column(item.attribute)
                default = self._known(item.default)
                found[column] = f"coalesce({found[column]}, {default})" if column in found else default
        return found | self._model_defaults(found)

    def _known(self, default: str) -> str:
        """A default with its placeholders filled; staged columns this load does not have are null."""
        account = next((item.name + ".id" for item in self.references if item.attribute == "account"), "null")
        text = default.replace("{account}", account).replace("{tenant}", str(self.scope.tenant_id))
        present = {*self.staged.columns, "erp_key", "type"}
        return re.sub(r"\bs\.(\w+)", lambda match: match[0] if match[1] in present else "null", text)

    def _model_defaults(self, found: dict[str, str]) -> dict[str, str]:
        if self.staged.target == "arhub_document":
            own, total = found.get("balance_due", "null::numeric"), found.get("total_amount", "null::numeric")
            amount, origin = outstanding.of_new_document(own, total)
            return {
                "direction": f"coalesce({found.get('direction', 'null')}, 'receivable')",
                "given_sign": f"coalesce({found.get('given_sign', 'null')}, 1)",
                "outstanding_amount": amount,
                "outstanding_origin": origin,
            }
        if self.staged.target == "arhub_payment":
            return {
                "direction": f"coalesce({found.get('direction', 'null')}, 'receivable')",
                "open_amount": outstanding.of_new_payment(
                    found.get("unapplied_amount", "null::numeric"), found["amount"]
                ),
            }
        if self.staged.target == "arhub_outstandingitem":
            invoice = f"(select d.currency from arhub_document d where d.id = {self.references[0].name}.id)"
            return {"currency": f"coalesce({found.get('currency', 'null')}, {invoice})"}
        return {}

    def _update(self, cursor: Any, source: str) -> None:
        values = [*self.values, _FOUND_AGAIN]
        self._collect_changed(cursor, source, values)
        cursor.execute(
            f"insert into {Change._meta.db_table} "
            "(tenant_id, ingestion_id, file, line, record_type, record, field, old, new) "
            f"select {self.scope.tenant_id}, {self.scope.ingestion_id}, c.file, c.line, "
            f"'{self.staged.record_type.name}', t.id, v.field, v.old, v.new {self._changed_fields(values)}"
        )
        assignments = ", ".join(f"{value.column} = c.v_{value.name}" for value in values)
        cursor.execute(
            f"update {self.staged.target} t set {assignments}, digest = c.digest, updated_at = now() "
            "from changed c where t.id = c.id"
        )
        cursor.execute("drop table changed")

    def _collect_changed(self, cursor: Any, source: str, values: list[Value], most: int | None = None) -> None:
        """Make the temporary table `changed`: the stored records that differ, with the values they are to have."""
        cursor.execute(
            "create temp table changed on commit drop as select t.id, s.file, s.line, s.digest, "
            + ", ".join(f"{value.after} as v_{value.name}" for value in values)
            + f" {source} and {self._differs()}"
            + (f" limit {most}" if most else "")
        )

    def _changed_fields(self, values: list[Value]) -> str:
        """SQL from `changed` and the stored records: one row `v` (field, old, new) for each field that moves."""
        fields = ", ".join(
            f"('{value.name}', {self._shown(value, f't.{value.column}')}, "
            f"{self._shown(value, f'c.v_{value.name}')}, "
            f"t.{value.column} is distinct from c.v_{value.name})"
            for value in values
        )
        return (
            f"from changed c join {self.staged.target} t on t.id = c.id "
            f"cross join lateral (values {fields}) v (field, old, new, differs) where v.differs"
        )

    def _shown(self, value: Value, sql: str) -> str:
        """A value as a change row tells it: a reference by the other record's key, which people know."""
        reference = next((r for r in self.references if self._target_of(r) == value.name and not r.only), None)
        if reference is None:
            return f"{sql}::text"
        target = table_of(reference.references)
        keys = [
            f"(select r.erp_key from {table} r where r.id = {sql})"
            for table in (target, self.brought.get(target))
            if table
        ]
        return f"coalesce({', '.join(keys)}, {sql}::text)"

    def _differs(self) -> str:
        return f"({' or '.join(value.differs for value in (*self.values, _FOUND_AGAIN))})"

    def _given(self, name: str) -> str:
        ids = [reference.name + ".id" for reference in self.references if reference.attribute == name]
        if not ids or self.staged.record_type.name == "outstanding_item":
            return f"s.{name}"
        return ids[0] if len(ids) == 1 else f"coalesce({', '.join(ids)})"

    def _value(self, name: str, given: str) -> Value:
        """The field as this source's policy for empty cells has it."""
        column = self._column(name)
        item = next((item for item in self.staged.record_type.fields if item.attribute == name), None)
        may_be_empty = self.staged.model._meta.get_field(name).null  # type: ignore[union-attr]
        if not self.scope.policies.clears or item is None or item.required or not may_be_empty:
            return Value(name, column, given)
        files = self.scope.filled.get((self.staged.target, name), frozenset())
        emptied = f"s.file in ({', '.join(map(str, sorted(files)))})" if files else "false"
        return Value(name, column, given, emptied, self._known(item.default) if item.default else "null")

    def _all_columns(self) -> set[str]:
        return {str(item.column) for item in self.staged.model._meta.concrete_fields}

    def _column(self, name: str) -> str:
        return str(self.staged.model._meta.get_field(name).column)  # type: ignore[union-attr]
