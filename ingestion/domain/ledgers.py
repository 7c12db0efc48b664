"""The transaction that writes to a ledger, alone in it, and how often a ledger was written.

What a load found out before it had the lock may have changed when the count is another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from arhub.models import Ledger
from arhub.tenancy.scope import scope
from ingestion.domain.progress import Progress
from ingestion.models import Ingestion

_LOCKS = 0x41524C
"""The key space of our ledger locks among the database's advisory locks."""
_BOUNDS = ("set local work_mem = '8MB'", "set local hash_mem_multiplier = 1", "set local random_page_cost = 1.1")


@contextmanager
def locked(ingestion: Ingestion, progress: Progress) -> Iterator[Any]:
    """A cursor in a transaction of the run's tenant that holds the lock of its ledger: it waits until no other run
    writes there, and keeps others waiting until it ends."""
    with scope(ingestion.tenant_id), connection.cursor() as cursor:
        bound_memory(cursor)
        progress.stage("Waiting for other loads into the ledger")
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCKS, ingestion.source.ledger_id])
        yield cursor


def bound_memory(cursor: Any) -> None:
    """Let the transaction's statements take no more memory for a long file than for a short one."""
    for statement in _BOUNDS:
        cursor.execute(statement)


def note_written(cursor: Any, ledger_id: int) -> None:
    cursor.execute(f"update {Ledger._meta.db_table} set writes = writes + 1 where id = %s", [ledger_id])


def writes(cursor: Any, ledger_id: int) -> int:
    """How many transactions have written to the ledger."""
    cursor.execute(f"select writes from {Ledger._meta.db_table} where id = %s", [ledger_id])
    return int(cursor.fetchone()[0])


def holds_any(cursor: Any, table: str, ingestion: Ingestion) -> bool:
    """Whether the load's ledger has a record in the table yet."""
    cursor.execute(
        f"select exists (select 1 from {table} where tenant_id = %s and ledger_id = %s)",
        [ingestion.tenant_id, ingestion.source.ledger_id],
    )
    return bool(cursor.fetchone()[0])
