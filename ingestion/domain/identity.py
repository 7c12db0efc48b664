"""Rows without a key of their own are known by what identifies them, whatever key the stored record has.

An invoice without erp_key is the one with its type, account and number, also when an ERP has given that one a key:
the row adopts the key. What identifies a record stands in its record type's `key`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from arhub.records import Kind
from ingestion.domain.references import Reference, Scope, references_of, resolve
from ingestion.domain.staging import Staged


def adopt_keys(cursor: Any, scope: Scope, staged: Staged, loads: Iterable[Staged]) -> int:
    """Give rows with a made key that nobody has the key of the one stored record they mean; returns how many."""
    if "erp_key" not in staged.record_type.by_name:
        return 0
    cursor.execute(
        f"select exists (select 1 from {staged.table} where made) "
        f"and exists (select 1 from {staged.target} t where {scope.owns(staged)})"
    )
    if not cursor.fetchone()[0]:
        return 0
    references = [item for item in references_of(staged) if item.field in _key_fields(staged)]
    for reference in references:
        resolve(cursor, scope, reference, loads)
    joins = " ".join(reference.join() for reference in references)
    cursor.execute(
        f"update {staged.table} s set erp_key = a.erp_key from ("
        f"select s.ctid as sid, min(t.erp_key) as erp_key from {staged.table} s {joins} "
        f"join {staged.target} t on {scope.owns(staged)} and {_same(staged, references)} "
        f"where s.made and not exists (select 1 from {staged.target} k where {scope.owns(staged, 'k')} "
        "and k.erp_key = s.erp_key) group by s.ctid having count(*) = 1) a where s.ctid = a.sid"
    )
    return int(cursor.rowcount)


def _key_fields(staged: Staged) -> set[str]:
    return {name for part in staged.record_type.key for name in ((part,) if isinstance(part, str) else part)}


def _same(staged: Staged, references: list[Reference]) -> str:
    """SQL for: the stored record `t` is what the staged row `s` means."""
    ids = {reference.field: f"{reference.name}.id" for reference in references}
    conditions = []
    for part in staged.record_type.key:
        names = [part] if isinstance(part, str) else list(part)
        choices = [condition for name in names if (condition := _equal(staged, name, ids))]
        conditions.append(f"({choices[0]})" if len(choices) == 1 else _first_given(staged, names, choices))
    return " and ".join(conditions)


def _equal(staged: Staged, name: str, ids: dict[str, str]) -> str:
    field = staged.record_type.by_name[name]
    column = staged.model._meta.get_field(field.attribute).column  # type: ignore[union-attr]
    if field.kind is Kind.REFERENCE:
        return f"t.{column} = {ids[name]}" if name in ids else ""
    if name == "document_type":
        own = "s.document_type" if "document_type" in staged.columns else "null"
        return f"t.document_type = coalesce({own}, {field.default})"
    if (default := dict(staged.record_type.key_defaults).get(name)) is not None:
        own = (
            f"coalesce(s.{field.attribute}::text, '{default}')" if field.attribute in staged.columns else f"'{default}'"
        )
        return f"coalesce(t.{column}::text, '{default}') = {own}"
    if field.attribute == "number":
        return "t.number_lower = lower(s.number) and t.number = s.number" if "number" in staged.columns else ""
    return f"t.{column} = s.{field.attribute}" if field.attribute in staged.columns else ""


def _first_given(staged: Staged, names: list[str], choices: list[str]) -> str:
    """Of several fields the first one that the row has decides; without any of them nothing is the same."""
    if not choices:
        return "false"
    attribute = staged.record_type.by_name[names[0]].attribute
    return f"(case when s.{attribute} is not null then {choices[0]} else {choices[1]} end)"
