"""Whom staged rows refer to. Each reference is resolved once per distinct value, against what is stored and
what the same load brings, by key first and by number where that means one record only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from arhub.records import RECORD_TYPES, Kind
from ingestion.domain.staging import Staged, model_of, rejects_table

_TABLE_KEYS = {
    "Company": "account",
    "Contact": "contact",
    "Invoice": "invoice",
    "InvoiceLine": "invoice_line",
    "Payment": "payment",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a load writes. Ids are numbers of ours, so they may stand in SQL as they are."""

    ingestion_id: int
    tenant_id: int
    ledger_id: int
    headers: Mapping[tuple[str, str], dict[int, str]]
    """(target table, field name) → file id → the file's own header."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One column of staged rows that names other records, and the table `name` its values are resolved in."""

    staged: Staged
    attribute: str
    field: str
    references: str
    only: str = ""
    required: bool = True

    @property
    def name(self) -> str:
        return f"ref_{self.staged.target}_{self.staged.record_type.name}_{self.attribute}_{self.references}"[:63]

    @property
    def where(self) -> str:
        return f"s.{self.attribute} is not null" + (f" and {self.only}" if self.only else "")

    def join(self) -> str:
        """The join that brings the id in, for a statement over the staged rows `s`."""
        on = f"{self.name}.ref = s.{self.attribute}" + (f" and {self.only}" if self.only else "")
        return f"left join {self.name} on {on}"


def references_of(staged: Staged) -> Iterator[Reference]:
    """The references among the staged columns."""
    for field in staged.record_type.fields:
        if field.kind is not Kind.REFERENCE or field.attribute not in staged.columns:
            continue
        if field.references == "*":
            for table_key, name in _TABLE_KEYS.items():
                yield Reference(staged, field.attribute, field.name, name, f"s.table_key = '{table_key}'")
        else:
            yield Reference(staged, field.attribute, field.name, field.references)
    if staged.record_type.name == "outstanding_item":
        yield Reference(staged, "number", "invoice_number", "invoice", required=False)


def resolve(cursor: Any, scope: Scope, reference: Reference, loads: Iterable[Staged]) -> None:
    """Make the table of the reference's distinct values: ref, id (null: nobody), matches."""
    target = model_of(RECORD_TYPES[reference.references])._meta.db_table
    staged = next((item for item in loads if item.target == target), None)
    ours = f"t.tenant_id = {scope.tenant_id} and t.ledger_id = {scope.ledger_id}"
    name = reference.name
    cursor.execute(f"drop table if exists {name}")
    cursor.execute(
        f"create temp table {name} on commit drop as "
        f"select k.ref, t.id, 1::bigint as matches from (select distinct s.{reference.attribute} as ref "
        f"from {reference.staged.table} s where {reference.where}) k "
        + (
            f"left join {target} t on {ours} and t.erp_key = k.ref"
            if reference.required
            else f"left join {target} t on false"
        )
    )
    if staged is not None and reference.required:
        cursor.execute(f"update {name} r set id = s.id from {staged.table} s where r.id is null and s.erp_key = r.ref")
    if any(field.attribute == "number" for field in RECORD_TYPES[reference.references].fields):
        cursor.execute(f"select exists (select 1 from {name} where id is null)")
        if cursor.fetchone()[0]:
            _resolve_by_number(cursor, name, target, ours, staged, receivable=not reference.required)
    cursor.execute(f"analyze {name}")


def _resolve_by_number(
    cursor: Any, name: str, target: str, ours: str, staged: Staged | None, *, receivable: bool
) -> None:
    """Numbers are for people and may repeat; one that means several records resolves to none of them."""
    only = " and t.direction = 'receivable'" if receivable else ""
    candidates = (
        f"select r.ref, t.id from {name} r join {target} t on {ours}{only} "
        "and t.number_lower = lower(r.ref) and t.number = r.ref where r.id is null"
    )
    if staged is not None:
        number = "coalesce(s.number, s.erp_key)" if "number" in staged.columns else "s.erp_key"
        payable = " and s.direction is distinct from 'payable'" if receivable else ""
        candidates += (
            f" union select r.ref, coalesce(t.id, s.id) from {name} r "
            f"join {staged.table} s on {number} = r.ref{payable} "
            f"left join {target} t on {ours} and t.erp_key = s.erp_key where r.id is null"
        )
    cursor.execute(
        f"update {name} r set id = c.id, matches = c.matches from "
        f"(select ref, min(id) as id, count(distinct id) as matches from ({candidates}) c group by ref) c "
        "where r.ref = c.ref"
    )


def reject_unresolved(
    cursor: Any, scope: Scope, staged: Staged, references: list[Reference], loads: Iterable[Staged]
) -> int:
    """Move the rows that refer to nobody, or to several, to the rejects; returns how many."""
    bad = []
    for reference in references:
        lacking = "r.id is null or r.matches > 1" if reference.required else "r.matches > 1"
        cursor.execute(f"select exists (select 1 from {reference.name} r where {lacking})")
        if cursor.fetchone()[0]:
            bad.append(_bad_rows(scope, reference, lacking))
    if staged.record_type.name == "outstanding_item" and "currency" in staged.columns:
        bad.append(_other_currency(scope, references[0], loads))
    return _reject(cursor, scope, staged, bad) if bad else 0


def _bad_rows(scope: Scope, reference: Reference, lacking: str) -> str:
    record_type = RECORD_TYPES[reference.references]
    label = record_type.label.lower() if reference.references != "invoice" else "document"
    expected = f"the key or number of one {label} of this ledger or of this load"
    header = _header(scope, reference.staged.target, reference.field)
    found = (
        f"quote_literal(s.{reference.attribute}) || case when r.matches > 1 "
        f"then ', which is the number of ' || r.matches || ' of them' else ', which no {label} has' end"
    )
    return (
        f"select s.file, s.line, s.type, {header} as col, '{expected}' as expected, {found} as found "
        f"from {reference.staged.table} s join {reference.name} r on r.ref = s.{reference.attribute} "
        f"where {reference.where} and ({lacking})"
    )


def _other_currency(scope: Scope, reference: Reference, loads: Iterable[Staged]) -> str:
    """An outstanding item in another currency than its invoice."""
    target = model_of(RECORD_TYPES["invoice"])._meta.db_table
    documents = f"select id, currency from {target} where tenant_id = {scope.tenant_id}"
    for staged in loads:
        if staged.target == target and "currency" in staged.columns:
            documents += f" union all select id, currency from {staged.table}"
    header = _header(scope, reference.staged.target, "currency")
    return (
        f"select s.file, s.line, s.type, {header} as col, 'the currency of its document, ' || d.currency as expected, "
        f"quote_literal(s.currency) as found from {reference.staged.table} s "
        f"join {reference.name} r on r.ref = s.number join ({documents}) d on d.id = r.id "
        "where s.currency is not null and d.currency is not null and s.currency <> d.currency"
    )


def _header(scope: Scope, target: str, field: str, otherwise: str | None = None) -> str:
    """SQL for the header that the row's file has for a field, or for `otherwise`."""
    headers = json.dumps({str(file): text for file, text in scope.headers.get((target, field), {}).items()})
    quoted = headers.replace("'", "''")
    return f"coalesce('{quoted}'::jsonb ->> s.file::text, '{field if otherwise is None else otherwise}')"


def reject_repeated(cursor: Any, scope: Scope, staged: Staged) -> int:
    """Of rows with the same key the first stays; the later ones are rejected and name its line."""
    cursor.execute(
        f"create temp table repeated on commit drop as "
        f"select erp_key from {staged.table} group by erp_key having count(*) > 1"
    )
    cursor.execute("select exists (select 1 from repeated)")
    found = 0
    if cursor.fetchone()[0]:
        rows = (
            f"select s.file, s.line, s.type, {_header(scope, staged.target, 'erp_key', '')} as col, "
            "'a record that no earlier line of this load has' as expected, "
            "'the key ' || quote_literal(s.erp_key) || ', which is on line ' || first_value(s.line) over w "
            "|| case when first_value(s.file) over w <> s.file then ' of another file' else '' end as found, "
            f"row_number() over w as nth from {staged.table} s join repeated using (erp_key) "
            "window w as (partition by s.erp_key order by s.file, s.line)"
        )
        found = _reject(
            cursor, scope, staged, [f"select file, line, type, col, expected, found from ({rows}) x where nth > 1"]
        )
    cursor.execute("drop table repeated")
    return found


def _reject(cursor: Any, scope: Scope, staged: Staged, queries: list[str]) -> int:
    union = " union all ".join(f"({query})" for query in queries)
    cursor.execute(
        f"with bad as materialized ({union}), grouped as ("
        "select file, line, min(type) as type, jsonb_agg(jsonb_build_object("
        "'column', col, 'expected', expected, 'found', found)) as problems, "
        "min(case when col = '' then '' else col || ': ' end || 'expected ' || expected) as cause "
        "from bad group by file, line), "
        f"gone as (delete from {staged.table} s using grouped g where s.file = g.file and s.line = g.line) "
        f"insert into {rejects_table(scope.ingestion_id)} (file, line, type, target, problems, cause) "
        f"select file, line, type, '{staged.target}', problems, left(cause, 400) from grouped"
    )
    return int(cursor.rowcount)
