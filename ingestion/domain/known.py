"""Rows that say what is stored already are found while a file is read, by their digests, and go no further.

A row is known when the record with its key was last written from the same cells, read in the same way, and what it
refers to by key is still what the record refers to. Usually that is nearly all of a file: these rows are neither
coerced nor staged. They are noted in the load's table of rows for which nothing is to be done.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, connections

from arhub.records import Field, Kind
from arhub.tenancy.scope import scope
from ingestion.base import Chunk
from ingestion.domain import ledgers
from ingestion.domain.rows import Column, RowBuilder, as_text
from ingestion.domain.staging import Staged, Writer, same_table, table_of
from ingestion.models import IngestionFile


@dataclass(frozen=True, slots=True)
class Found:
    """What is stored of a chunk: `lines` are known; `is_new` when no row of it can be a stored record at all."""

    lines: set[int]
    is_new: bool


MOST_CACHED = 200_000
MOST_SUSPECTS = 20_000
_SEPARATOR = "\x1e"
_BY_KEY = "set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_seqscan = off"
"""A few thousand keys are looked up in an index, whatever the planner knows about a table that was just filled."""


class Known:
    """Sorts the rows of one file: `ask` about a chunk; what is `left` of it has to be looked at.

    Rows whose reference nobody has yet are kept with their cells, a bounded number: most will be rejected, and
    people want to see them as they stand in the file.
    """

    def __init__(self, file: IngestionFile, builder: RowBuilder, staged: Staged, cells: Writer) -> None:
        self.file, self.builder, self.staged = file, builder, staged
        self.ledger_id = file.ingestion.source.ledger_id
        self.references = [item for item in builder.values if item.kind is Kind.REFERENCE]
        self.ids: dict[str, dict[str, int | None]] = {item.references: {} for item in self.references}
        self.cells, self.suspects = cells, 0
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="known")

    def ask(self, chunk: Chunk, digests: list[str]) -> Future[Found]:
        """What is stored of the chunk. Works on while the caller reads on."""
        keys, given = self.builder.identify(chunk, [item.name for item in self.references])
        return self.thread.submit(self._find, chunk, keys, digests, given)

    def close(self) -> None:
        self.thread.submit(connections.close_all).result()
        self.thread.shutdown()

    def _find(self, chunk: Chunk, keys: Column, digests: list[str], given: dict[str, Column]) -> Found:
        with scope(self.file.tenant_id), connection.cursor() as cursor:
            ids = [self._ids(cursor, item, given[item.name]) for item in self.references]
            asked = [
                row
                for row, key in enumerate(keys)
                if key and _SEPARATOR not in key and all(column[row] is not None for column in ids)
            ]
            self._keep_suspects(chunk, ids)
            if not asked:
                return Found(set(), is_new=False)
            cursor.execute(_BY_KEY)
            columns: list[Sequence[Any]] = [chunk.lines, keys, digests, *ids]
            cursor.execute(self._query(), [_packed(column, asked) for column in columns])
            found = cursor.fetchall()
        is_new = not found and len(asked) == len(keys) and self.builder.has_key
        return Found({line for line, is_same in found if is_same}, is_new)

    def _ids(self, cursor: Any, item: Field, keys: Column) -> list[int | None]:
        """Who has each key; 0 for an empty cell, None where nobody has it."""
        known = self.ids[item.references]
        unseen = [key for key in set(keys) - known.keys() if key]
        if unseen:
            if len(known) > MOST_CACHED:
                known.clear()
                unseen = [key for key in set(keys) if key]
            known |= dict.fromkeys(unseen)
            target = table_of(item.references)
            cursor.execute(
                f"select erp_key, id from {target} where tenant_id = %s and ledger_id = %s and erp_key = any(%s)",
                [self.file.tenant_id, self.ledger_id, unseen],
            )
            known.update(cursor.fetchall())
        return [known[key] if key else 0 for key in keys]

    def _keep_suspects(self, chunk: Chunk, ids: list[list[int | None]]) -> None:
        rows = sorted({row for column in ids if None in column for row, found in enumerate(column) if found is None})
        if rows and self.suspects < MOST_SUSPECTS:
            self.suspects += len(rows)
            texts = (json.dumps(as_text(chunk.rows[row])).replace("\\", "\\\\") for row in rows)
            self.cells.write(
                "".join(f"{self.file.pk}\t{chunk.lines[row]}\t{text}\n" for row, text in zip(rows, texts, strict=True))
            )

    def _query(self) -> str:
        target, model = self.staged.target, self.staged.model
        columns = [str(model._meta.get_field(item.attribute).column) for item in self.references]  # type: ignore[union-attr]
        code = f"'{self.file.type.code}'"
        if target == "arhub_document":
            code = "case t.document_type when 'credit_memo' then 'ADJUSTMENT' else 'INVOICE' end"
        given = "".join(f", unnest(string_to_array(%s, '{_SEPARATOR}')::bigint[]) as r{n}" for n in range(len(columns)))
        fixed = "".join(f" and t.{name} = '{value}'" for name, value in self.staged.record_type.constants)
        return (
            f"with found as (select v.line, t.id, {code} as code, "
            "(t.digest = decode(v.digest, 'hex') and t.missing_at is null"
            + "".join(f" and (v.r{n} = 0 or t.{column} = v.r{n})" for n, column in enumerate(columns))
            + ") is true as is_same from ("
            f"select unnest(string_to_array(%s, '{_SEPARATOR}')::bigint[]) as line, "
            f"unnest(string_to_array(%s, '{_SEPARATOR}')) as key, "
            f"unnest(string_to_array(%s, '{_SEPARATOR}')) as digest{given}) v "
            f"join {target} t on t.tenant_id = {self.file.tenant_id} and t.ledger_id = {self.ledger_id} "
            f"and t.erp_key = v.key{fixed}), "
            f"noted as (insert into {same_table(self.file.ingestion_id)} (file, line, type, target, record) "
            f"select {self.file.pk}, line, code, '{target}', id from found where is_same) "
            "select line, is_same from found"
        )


def _packed(column: Sequence[Any], rows: list[int]) -> str:
    return _SEPARATOR.join([str(column[row]) for row in rows])


def _can_be_known(staged: Staged) -> bool:
    """Whether a row's key and references are all that a record of this kind hangs on, and some are stored."""
    if staged.record_type.name in ("outstanding_item", "custom_field"):
        return False
    return staged.target != "arhub_application"  # they name documents by number, which may come to mean another one


@contextmanager
def known_rows(file: IngestionFile, builder: RowBuilder, staged: Staged, cells: Writer) -> Iterator[Known | None]:
    """Sorts out known rows while a file is read; None when there is nothing yet to be known."""
    with connection.cursor() as cursor, scope(file.tenant_id):
        worth_it = _can_be_known(staged) and ledgers.holds_any(cursor, staged.target, file.ingestion)
    if not worth_it:
        yield None
        return
    known = Known(file, builder, staged, cells)
    try:
        yield known
    finally:
        known.close()


def left(chunk: Chunk, digests: Sequence[str], lines: set[int]) -> tuple[Chunk, list[str]]:
    """The rows of a chunk that are not among the known lines, with their digests."""
    if not lines:
        return chunk, list(digests)
    keep = [row for row, line in enumerate(chunk.lines) if line not in lines]
    rest = Chunk([chunk.lines[row] for row in keep], [chunk.rows[row] for row in keep], chunk.problems)
    return rest, [digests[row] for row in keep]
