"""What a person sees before an undo: the counts, how open money moves, and what stays. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from ingestion.domain.ledgers import bound_memory
from ingestion.domain.undo.amounts import Money, moved
from ingestion.domain.undo.plan import Plan, plan
from ingestion.domain.undo.tables import tables
from ingestion.models import Ingestion


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A record that would stay, as `ingestion.models.Kept` stores it after the undo."""

    record_type: str
    record: int
    label: str
    reason: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """`money` is None when too much of it moves to be worked out beforehand; `kept` is one page of those that stay."""

    plan: Plan
    money: list[Money] | None
    kept: list[KeptRecord]


def preview(ingestion: Ingestion, *, first: int, rows: int) -> Preview:
    """In the transaction that is open: its temporary tables end with it."""
    with connection.cursor() as cursor:
        bound_memory(cursor)
        found = plan(cursor, ingestion)
        money = moved(cursor, ingestion) if found.touched else []
        return Preview(found, money, _kept(cursor, ingestion, first, rows))


def _kept(cursor: Any, ingestion: Ingestion, first: int, rows: int) -> list[KeptRecord]:
    parts = (
        f"(select {place} as place, {table.kind('t')} as kind, t.id, {table.label('t')} as label, u.reason, u.blocked "
        f"from {table.plan} u join {table.name} t on t.tenant_id = {ingestion.tenant_id} and t.id = u.id "
        "where u.round is not null)"
        for place, table in enumerate(tables())
    )
    cursor.execute(
        f"select kind, id, label, reason, blocked from ({' union all '.join(parts)}) k "
        "order by blocked desc, place, id limit %s offset %s",
        [rows, first],
    )
    return [KeptRecord(*row) for row in cursor.fetchall()]
