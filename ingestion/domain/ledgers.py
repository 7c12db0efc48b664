"""A ledger's lock, and how often it was written: what a load found out before it had the lock may have changed."""

from __future__ import annotations

from typing import Any

from arhub.models import Ledger

WAITING = "Waiting for other loads into the ledger"
"""What a run does meanwhile, for its progress."""
_LOCKS = 0x41524C
"""The key space of our ledger locks among the database's advisory locks."""


def lock(cursor: Any, ledger_id: int) -> None:
    """Wait until no other commit into the ledger is at work, and hold it until the transaction ends."""
    cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCKS, ledger_id])


def note_written(cursor: Any, ledger_id: int) -> None:
    cursor.execute(f"update {Ledger._meta.db_table} set writes = writes + 1 where id = %s", [ledger_id])


def writes(cursor: Any, ledger_id: int) -> int:
    """How many transactions have written to the ledger."""
    cursor.execute(f"select writes from {Ledger._meta.db_table} where id = %s", [ledger_id])
    return int(cursor.fetchone()[0])
