"""Whom staged rows refer to. Each reference is resolved once per distinct value, against what is stored and
what the same load brings, by key first and by number where that means one record only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from arhub.records import RECORD_TYPES, Kind
from ingestion.domain.policies import Policies
from ingestion.domain.staging import Staged, table_of

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
    policies: Policies = field(default_factory=Policies)
    filled: Mapping[tuple[str, str], frozenset[int]] = field(default_factory=dict)
    """(target table, attribute) → the files that fill it."""
    files: tuple[int, ...] = ()

    def owns(self, staged: Staged, alias: str = "t") -> str:
        """SQL for: the stored record is in the key space that the staged rows write to."""
        fixed = "".join(f" and {alias}.{name} = '{value}'" for name, value in staged.record_type.constants)
        return f"{alias}.tenant_id = {self.tenant_id} and {alias}.ledger_id = {self.ledger_id}{fixed}"


@dataclass(frozen=True, slots=True)
class Reference:
    """One column of staged rows that names other records, and the table its values are resolved in.

    The table has ref (the distinct value), id (null: nobody has it), matches; `name` is its alias in joins.
    """

    staged: Staged
    attribute: str
    field: str
    references: str
    only: str = ""
    required: bool = True

    @property
    def name(self) -> str:
        return f"r_{self.attribute}_{self.references}"

    @property
    def table(self) -> str:
        return self.staged.beside(f"{self.attribute}_{self.references}")

    @property
    def where(self) -> str:
        return f"s.{self.attribute} is not null" + (f" and {self.only}" if self.only else "")

    def join(self) -> str:
        """The join that brings the id in, for a statement over the staged rows `s`."""
        on = f"{self.name}.ref = s.{self.attribute}" + (f" and {self.only}" if self.only else "")
        return f"left join {self.table} {self.name} on {on}"


def references_of(staged: Staged) -> Iterator[Reference]:
    """The references among the staged columns."""
    for item in staged.record_type.fields:
        if item.kind is not Kind.REFERENCE or item.attribute not in staged.columns:
            continue
        if item.references == "*":
            for table_key, name in _TABLE_KEYS.items():
                yield Reference(staged, item.attribute, item.name, name, f"s.table_key = '{table_key}'")
        else:
            yield Reference(staged, item.attribute, item.name, item.references)
    if staged.record_type.name == "outstanding_item":
        yield Reference(staged, "number", "invoice_number", "invoice", required=False)


def resolve(cursor: Any, scope: Scope, reference: Reference, loads: Iterable[Staged]) -> None:
    """Make the table of the reference's distinct values: ref, id (null: nobody), matches."""
    target = table_of(reference.references)
    staged = next((item for item in loads if item.target == target), None)
    ours = f"t.tenant_id = {scope.tenant_id} and t.ledger_id = {scope.ledger_id}"
    kind = "true"
    if reference.attribute == "credit_memo":
        ours += " and t.document_type = 'credit_memo'"
        kind = "s.type = 'ADJUSTMENT'"
    name = reference.table
    cursor.execute(f"drop table if exists {name}")
    cursor.execute(
        f"create unlogged table {name} with (autovacuum_enabled = off) as "
        "select k.ref, t.id, 1::bigint as matches "
        f"from (select distinct s.{reference.attribute} as ref "
        f"from {reference.staged.table} s where {reference.where}) k "
        + (
            f"left join {target} t on {ours} and t.erp_key = k.ref"
            if reference.required
            else f"left join {target} t on false"
        )
    )
    if staged is not None and reference.required:
        cursor.execute(
            f"update {name} r set id = s.id from {staged.table} s where r.id is null and s.erp_key = r.ref and {kind}"
        )
    if any(item.attribute == "number" for item in RECORD_TYPES[reference.references].fields):
        cursor.execute(f"select exists (select 1 from {name} where id is null)")
        if cursor.fetchone()[0]:
            reduced = reference.staged.target == "arhub_application" and reference.attribute == "document"
            _resolve_by_number(
                cursor, name, target, ours, staged, kind, receivable=not reference.required, reduced=reduced
            )
    cursor.execute(f"analyze {name}")


def _resolve_by_number(
    cursor: Any, name: str, target: str, ours: str, staged: Staged | None, kind: str, *, receivable: bool, reduced: bool
) -> None:
    """Numbers are for people and may repeat; one that means several records resolves to none of them."""
    only = " and t.direction = 'receivable'" if receivable else ""
    # what a payment or credit memo reduces is an invoice first: both may have the number
    stored, brought = ("t.document_type = 'credit_memo'", "s.type = 'ADJUSTMENT'") if reduced else ("false", "false")
    candidates = (
        f"select r.ref, t.id, {stored} as second from {name} r join {target} t on {ours}{only} "
        "and t.number_lower = lower(r.ref) and t.number = r.ref where r.id is null"
    )
    if staged is not None and "number" in staged.columns:  # a record that this load gives another number
        candidates += (
            f" and not exists (select 1 from {staged.table} s where s.erp_key = t.erp_key and s.number <> t.number)"
        )
    if staged is not None:
        number = "coalesce(s.number, s.erp_key)" if "number" in staged.columns else "s.erp_key"
        payable = " and coalesce(s.direction, t.direction) is distinct from 'payable'" if receivable else ""
        candidates += (
            f" union select r.ref, coalesce(t.id, s.id), {brought} from {name} r "
            f"join {staged.table} s on {number} = r.ref and {kind} "
            f"left join {target} t on {ours} and t.erp_key = s.erp_key where r.id is null{payable}"
        )
    cursor.execute(
        f"update {name} r set id = c.id, matches = c.matches from "
        "(select ref, min(id) as id, count(distinct id) as matches from "
        f"(select *, bool_and(second) over (partition by ref) as only_second from ({candidates}) c) c "
        "where second = only_second group by ref) c "
        "where r.ref = c.ref"
    )
