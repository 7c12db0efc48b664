"""What a full snapshot leaves out: marked as missing at source, never deleted, and no more than its source allows.

Left out can be what this source has brought itself, of the types the snapshot has rows of. Documents are looked at
while they are open: a settled one that a list of open items no longer has is no news. A missing document counts as
closed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ingestion.domain.references import Scope
from ingestion.domain.staging import Staged, same_table
from ingestion.models import Change, Ingestion, IngestionFile


@dataclass(slots=True)
class Missing:
    """The stored records of one table that a snapshot leaves out; `money` is currency → (left out, in all)."""

    scope: Scope
    staged: Staged
    codes: set[str]
    source_id: int
    records: int = 0
    of: int = 0
    money: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)

    @property
    def table(self) -> str:
        return self.staged.beside("missing")

    @property
    def is_document(self) -> bool:
        return self.staged.target == "arhub_document"

    def find(self, cursor: Any) -> None:
        """Collect the ids in a table of the load and count them."""
        known = f"""
            select t.id from {self.staged.table} s join {self.staged.target} t
            on {self.scope.owns(self.staged)} and t.erp_key = s.erp_key
            union all select record as id from {same_table(self.scope.ingestion_id)}
            where target = '{self.staged.target}'"""
        cursor.execute(f"drop table if exists {self.table}")
        cursor.execute(
            f"create unlogged table {self.table} with (autovacuum_enabled = off) as "
            f"select t.id from {self.staged.target} t left join ({known}) k on k.id = t.id "
            f"where k.id is null and {self._could_be_missing()}"
        )
        cursor.execute(f"analyze {self.table}")
        money = "d.currency, sum(abs(d.outstanding_amount))" if self.is_document else "null, 0"
        every = self._totals(cursor, f"select count(*), {money} from {self.staged.target} d where "
                                     + self._could_be_missing("d"))  # fmt: skip
        gone = self._totals(
            cursor,
            f"select count(*), {money} from {self.table} m join {self.staged.target} d on d.id = m.id where true",
        )
        self.of, self.records = every[0], gone[0]
        self.money = {currency: (gone[1].get(currency, Decimal(0)), total) for currency, total in every[1].items()}

    def _totals(self, cursor: Any, sql: str) -> tuple[int, dict[str, Decimal]]:
        cursor.execute(sql + (" group by d.currency" if self.is_document else ""))
        rows = cursor.fetchall()
        return sum(row[0] for row in rows), {row[1] or "": row[2] or Decimal(0) for row in rows if self.is_document}

    def refusal(self, most: int) -> str:
        """Why the snapshot may not be taken in; "" if it may. `most` is the share in percent that may be missing."""
        what = "open documents" if self.is_document else self.staged.record_type.plural.lower()
        if self.records * 100 > self.of * most:
            share = f"{self.records:,} of {self.of:,} {what} ({100 * self.records // self.of} %)"
            return _STOP.format(what=share, most=most)
        for currency, (gone, total) in self.money.items():
            if gone * 100 > total * most:
                share = f"{gone:,.2f} of {total:,.2f} {currency} on {what} ({int(100 * gone / total)} %)"
                return _STOP.format(what=share, most=most)
        return ""

    def mark(self, cursor: Any, touched: str) -> None:
        """Mark them, with a change row each, and note the documents in the table `touched`."""
        if not self.records:
            return
        cursor.execute(
            f"update {self.staged.target} t set missing_at = now(), updated_at = now() "
            f"from {self.table} m where t.id = m.id and {self.scope.owns(self.staged)}"
        )
        cursor.execute(
            f"insert into {Change._meta.db_table} "
            "(tenant_id, ingestion_id, file, line, record_type, record, field, new) "
            f"select {self.scope.tenant_id}, {self.scope.ingestion_id}, %s, 0, '{self.staged.record_type.name}', m.id, "
            f"'missing_at', now()::text from {self.table} m",
            [min(self.scope.files)],
        )
        self.note(cursor, touched)

    def note(self, cursor: Any, touched: str) -> None:
        """Add the documents to a table (kind, id) of what moves."""
        if self.is_document:
            cursor.execute(f"insert into {touched} select 'document', id from {self.table}")

    def _could_be_missing(self, alias: str = "t") -> str:
        """SQL for: this source brought the record, a full snapshot would have it, and nothing says it is missing."""
        files = (
            f"select f.id from {IngestionFile._meta.db_table} f "
            f"join {Ingestion._meta.db_table} i on i.id = f.ingestion_id where i.source_id = {self.source_id}"
        )
        return (
            f"{self.scope.owns(self.staged, alias)} and {alias}.missing_at is null "
            f"and {alias}.created_file in ({files})"
            + (f" and {alias}.outstanding_amount <> 0 and {self._of_codes(alias)}" if self.is_document else "")
        )

    def _of_codes(self, alias: str) -> str:
        if {"INVOICE", "ADJUSTMENT"} <= self.codes:
            return "true"
        return f"{alias}.document_type {'=' if 'ADJUSTMENT' in self.codes else '<>'} 'credit_memo'"


_STOP = (
    "This snapshot leaves out {what}, more than the {most} % that its source allows: it looks incomplete. "
    "Nothing was written. Upload the whole file, or raise the share on the source's page."
)


def find_missing(cursor: Any, where: Scope, loads: list[Staged], codes: set[str], source_id: int) -> list[Missing]:
    """What the load leaves out, for every table that it has rows for."""
    found = [Missing(where, staged, codes, source_id) for staged in loads if staged.record_type.code in codes
             or (staged.target == "arhub_document" and codes & {"INVOICE", "ADJUSTMENT"})]  # fmt: skip
    for missing in found:
        missing.find(cursor)
    return found
