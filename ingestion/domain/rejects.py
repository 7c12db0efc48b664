"""Which staged rows cannot go in: those that repeat a key, refer to nobody, or contradict what is stored.

A rejected row moves from its staging table to the load's table of rejects, with what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from arhub.records import RECORD_TYPES
from ingestion.domain.references import Reference, Scope, references_of
from ingestion.domain.staging import Staged, rejects_table, same_table, table_of
from ingestion.errors import LONGEST_CAUSE
from ingestion.models import Change, IngestionFile


def reject_unresolved(
    cursor: Any, scope: Scope, staged: Staged, references: list[Reference], loads: Iterable[Staged]
) -> int:
    """Move the rows that refer to nobody, or to several, to the rejects; returns how many."""
    bad = []
    for reference in references:
        lacking = "r.id is null or r.matches > 1" if reference.required else "r.matches > 1"
        cursor.execute(f"select exists (select 1 from {reference.table} r where {lacking})")
        if cursor.fetchone()[0]:
            bad.append(_bad_rows(scope, reference, lacking))
    if staged.record_type.name == "outstanding_item" and "currency" in staged.columns:
        bad.append(_other_currency(scope, references[0], loads))
    return _reject(cursor, scope, staged, bad) if bad else 0


def _bad_rows(scope: Scope, reference: Reference, lacking: str) -> str:
    record_type = RECORD_TYPES[reference.references]
    label = record_type.label.lower() if reference.references != "invoice" else "document"
    label = "credit memo" if reference.attribute == "credit_memo" else label
    expected = f"the key or number of one {label} of this ledger or of this load"
    header = _header(scope, reference.staged.target, reference.field)
    found = (
        f"chr(39) || s.{reference.attribute} || chr(39) || case when r.matches > 1 "
        f"then ', which is the number of ' || r.matches || ' of them' else ', which no {label} has' end"
    )
    return (
        f"select s.file, s.line, s.type, {header} as col, '{expected}' as expected, {found} as found "
        f"from {reference.staged.table} s join {reference.table} r on r.ref = s.{reference.attribute} "
        f"where {reference.where} and ({lacking})"
    )


def _other_currency(scope: Scope, reference: Reference, loads: Iterable[Staged]) -> str:
    """An outstanding item in another currency than its invoice."""
    target = table_of("invoice")
    documents = (
        f"select t.id, t.currency from {reference.table} r "
        f"join {target} t on t.tenant_id = {scope.tenant_id} and t.id = r.id"
    )
    staged = next((item for item in loads if item.target == target), None)
    if staged is not None:
        documents = _with_staged_currency(scope, reference, staged, loads, documents)
    header = _header(scope, reference.staged.target, "currency")
    return (
        f"select s.file, s.line, s.type, {header} as col, 'the currency of its document, ' || d.currency as expected, "
        f"chr(39) || s.currency || chr(39) as found from {reference.staged.table} s "
        f"join {reference.table} r on r.ref = s.number join ({documents}) d on d.id = r.id "
        "where s.currency is not null and d.currency is not null and s.currency <> d.currency"
    )


def _with_staged_currency(
    scope: Scope, reference: Reference, staged: Staged, loads: Iterable[Staged], stored: str
) -> str:
    """The documents' currencies as they will be: of the file, else as stored, else the account's, else the tenant's."""
    own = "s.currency" if "currency" in staged.columns else "null"
    account = next(item for item in references_of(staged) if item.attribute == "account")
    accounts = next((item for item in loads if item.target == "arhub_account" and "currency" in item.columns), None)
    known, more = [], ""
    if accounts is not None:
        known.append("sa.currency")
        more = (
            f" left join arhub_account ka on ka.tenant_id = {scope.tenant_id} and ka.id = {account.name}.id "
            f"left join {accounts.table} sa on sa.id = {account.name}.id or sa.erp_key = ka.erp_key"
        )
    known += [
        f"(select a.currency from arhub_account a where a.id = {account.name}.id)",
        f"(select n.currency from arhub_tenant n where n.id = {scope.tenant_id})",
    ]
    target = staged.target
    return (
        f"select r.id, coalesce({own}, case when t.id is null then coalesce({', '.join(known)}) else t.currency end) "
        f"as currency from {staged.table} s left join {target} t on t.tenant_id = {scope.tenant_id} "
        f"and t.ledger_id = {scope.ledger_id} and t.erp_key = s.erp_key "
        f"join {reference.table} r on r.id = coalesce(t.id, s.id) {account.join()}{more} "
        f"union all {stored} where not exists "
        f"(select 1 from {staged.table} s where s.erp_key = t.erp_key and t.ledger_id = {scope.ledger_id})"
    )


def _header(scope: Scope, target: str, field: str, otherwise: str | None = None) -> str:
    """SQL for the header that the row's file has for a field, or for `otherwise`."""
    headers = json.dumps({str(file): text for file, text in scope.headers.get((target, field), {}).items()})
    quoted = headers.replace("'", "''")
    return f"coalesce('{quoted}'::jsonb ->> s.file::text, '{field if otherwise is None else otherwise}')"


def reject_repeated(cursor: Any, scope: Scope, staged: Staged, *, with_same: bool) -> int:
    """Of rows with the same key one stays: the first, and the later ones are rejected and name its line; or, where the
    source says so, the last, and the earlier ones count as unchanged. `with_same`: rows for which nothing is to be done
    are looked at, too."""
    if with_same:
        same = same_table(scope.ingestion_id)
        cursor.execute(f"analyze {same}")
        cursor.execute(f"select exists (select 1 from {same} where target = '{staged.target}')")
        with_same = cursor.fetchone()[0]
    keys = _repeated_keys(scope, staged, with_same=with_same)
    cursor.execute(f"create temp table repeated on commit drop as {keys}")
    cursor.execute("select exists (select 1 from repeated)")
    found = 0
    if cursor.fetchone()[0]:
        cursor.execute(f"create temp table occurring on commit drop as {_occurrences(scope, staged)}")
        found = _leave_last(cursor, scope, staged) if scope.policies.last_wins else _leave_first(cursor, scope, staged)
        cursor.execute("drop table occurring")
    cursor.execute("drop table repeated")
    return found


def _repeated_keys(scope: Scope, staged: Staged, *, with_same: bool) -> str:
    """Keys that several rows have, those included for which nothing is to be done."""
    staged_keys = f"select erp_key from {staged.table} group by erp_key having count(*) > 1"
    if not with_same:
        return staged_keys
    same = f"{same_table(scope.ingestion_id)} m where m.target = '{staged.target}'"
    return (
        f"{staged_keys} union select t.erp_key from (select record from {same} group by record having count(*) > 1) m "
        f"join {staged.target} t on t.id = m.record union "
        f"select t.erp_key from {staged.table} s join {staged.target} t on {scope.owns(staged)} "
        f"and t.erp_key = s.erp_key join (select record from {same}) m on m.record = t.id"
    )


def _occurrences(scope: Scope, staged: Staged) -> str:
    return (
        f"select s.erp_key, s.file, s.line, s.type from {staged.table} s join repeated using (erp_key) union all "
        f"select t.erp_key, m.file, m.line, m.type from repeated r join {staged.target} t on {scope.owns(staged)} "
        f"and t.erp_key = r.erp_key join {same_table(scope.ingestion_id)} m on m.record = t.id "
        f"and m.target = '{staged.target}'"
    )


def _leave_first(cursor: Any, scope: Scope, staged: Staged) -> int:
    rows = (
        f"select s.file, s.line, s.type, {_header(scope, staged.target, 'erp_key', '')} as col, "
        "'a record that no earlier line of this load has' as expected, "
        "'the key ' || chr(39) || s.erp_key || chr(39) || ', which is on line ' || first_value(s.line) over w "
        "|| case when first_value(s.file) over w <> s.file then ' of another file' else '' end as found, "
        "row_number() over w as nth from occurring s "
        "window w as (partition by s.erp_key order by s.file, s.line)"
    )
    cursor.execute(
        f"delete from {same_table(scope.ingestion_id)} m using (select *, row_number() over "
        "(partition by erp_key order by file, line) as nth from occurring) o "
        f"where o.nth > 1 and m.file = o.file and m.line = o.line and m.target = '{staged.target}'"
    )
    return _reject(
        cursor, scope, staged, [f"select file, line, type, col, expected, found from ({rows}) x where nth > 1"]
    )


def _leave_last(cursor: Any, scope: Scope, staged: Staged) -> int:
    """Earlier rows that are staged go where those are for which nothing is to be done; those of them that are known
    already no longer speak for the record."""
    ranked = "select *, row_number() over (partition by erp_key order by file desc, line desc) as nth from occurring"
    _leave_out(
        cursor,
        scope,
        staged,
        f"select s.ctid as sid from ({ranked}) r join {staged.table} s on s.file = r.file and s.line = r.line "
        "where r.nth > 1",
    )
    cursor.execute(
        f"update {same_table(scope.ingestion_id)} m set record = null from ({ranked}) r "
        f"where r.nth > 1 and m.file = r.file and m.line = r.line and m.target = '{staged.target}'"
    )
    return 0


def _leave_out(cursor: Any, scope: Scope, staged: Staged, ctids: str) -> None:
    """Put rows aside for which nothing is to be done, because a later line of the load says it."""
    cursor.execute(
        f"with gone as (delete from {staged.table} s using ({ctids}) r where s.ctid = r.sid "
        "returning s.file, s.line, s.type) "
        f"insert into {same_table(scope.ingestion_id)} (file, line, type, target) "
        f"select file, line, type, '{staged.target}' from gone"
    )


def reject_gone_in(cursor: Any, scope: Scope, staged: Staged) -> None:
    """Leave out what another line of the same load has brought already, when this one was repaired afterwards: it is
    rejected; where the last line of a load wins, only an earlier line is left out, and nothing is wrong with it."""
    ours = f"tenant_id = {scope.tenant_id} and ingestion_id = {scope.ingestion_id}"
    brought = (
        f"select t.created_file as file, t.created_line as line where t.created_file in "
        f"(select id from {IngestionFile._meta.db_table} where {ours}) "
        f"union all select file, line from {Change._meta.db_table} "
        f"where {ours} and record_type = '{staged.record_type.name}' and record = t.id"
    )
    unlike = ">" if scope.policies.last_wins else "<>"
    rows = (
        f"from {staged.table} s join {staged.target} t on {scope.owns(staged)} and t.erp_key = s.erp_key "
        f"cross join lateral (select * from ({brought}) x where (x.file, x.line) {unlike} (s.file, s.line) limit 1) b"
    )
    if scope.policies.last_wins:
        _leave_out(cursor, scope, staged, f"select s.ctid as sid {rows}")
        return
    _reject(cursor, scope, staged, [
        f"select s.file, s.line, s.type, {_header(scope, staged.target, 'erp_key', '')} as col, "
        "'a record that no other line of this load has' as expected, "
        "'the key ' || chr(39) || s.erp_key || chr(39) || ', which is on line ' || b.line "
        f"|| case when b.file <> s.file then ' of another file' else '' end as found {rows}"
    ])  # fmt: skip


def follow_stored_types(cursor: Any, scope: Scope, staged: Staged) -> None:
    """A row that does not say its type has that of the record it updates: amounts for a credit memo get its sign
    rules, and a credit memo file does not write into an invoice. Doing it twice changes nothing."""
    if staged.target != "arhub_document":
        return
    silent = "s.document_type is null" if "document_type" in staged.columns else "true"
    stored = (
        f"from {staged.target} t where t.tenant_id = {scope.tenant_id} and t.ledger_id = {scope.ledger_id} "
        f"and t.erp_key = s.erp_key and {silent}"
    )
    signed = [f.attribute for f in staged.record_type.fields if f.signed and f.attribute in staged.columns]
    deciding = ", ".join(f"nullif(s.{name}, 0)" for name in ("total_amount", "balance_due") if name in staged.columns)
    sign = f"sign(coalesce({deciding}))"
    cursor.execute(
        f"update {staged.table} s set type = 'ADJUSTMENT', given_sign = {sign}"
        + "".join(f", {name} = s.{name} * coalesce({sign}, 1)" for name in signed)
        + f" {stored} and s.type = 'INVOICE' and t.document_type = 'credit_memo'"
    )
    header = _header(scope, staged.target, "erp_key", "")
    found = "chr(39) || s.erp_key || chr(39) || ', which is the key of a stored ' || replace(t.document_type, '_', ' ')"
    rows = stored.replace("from ", f"from {staged.table} s, ", 1)
    _reject(cursor, scope, staged, [
        f"select s.file, s.line, s.type, {header} as col, 'the key of a credit memo' as expected, {found} as found "
        f"{rows} and s.type = 'ADJUSTMENT' and t.document_type <> 'credit_memo'"
    ])  # fmt: skip


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
        f"select file, line, type, '{staged.target}', problems, left(cause, {LONGEST_CAUSE}) from grouped"
    )
    return int(cursor.rowcount)
