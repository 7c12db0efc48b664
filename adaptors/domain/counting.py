"""The daily summary of an activation, kept in the transaction that moves a document."""

from __future__ import annotations

from django.db import connection as database
from django.utils import timezone

from adaptors.models import DayCount, Transaction

COUNTED = {state: state.value for state in (
    Transaction.State.ACKNOWLEDGED, Transaction.State.REJECTED, Transaction.State.FAILED,
)}  # fmt: skip
"""State → the column that counts those that come to it; what has arrived counts as delivered the first time."""


def count(row: Transaction, *, is_first: bool) -> None:
    """Count a transaction that came to its state; `is_first` says that it was never delivered before."""
    added = {"delivered": 1} if is_first else {}
    if column := COUNTED.get(Transaction.State(row.state)):
        added[column] = 1
    if not added:
        return
    waited = max(0, int((timezone.now() - row.created_at).total_seconds())) if is_first else 0
    added |= {"waited": waited}
    total = ", ".join(f"{name} = d.{name} + excluded.{name}" for name in added)
    day = timezone.now().astimezone(row.tenant.zone).date()
    zeros = {field: 0 for field in ("delivered", "acknowledged", "rejected", "failed") if field not in added}
    values = {**added, **zeros, "longest": waited, "tenant_id": row.tenant_id, "activation_id": row.activation_id,
              "day": day}  # fmt: skip
    with database.cursor() as cursor:
        cursor.execute(
            f"insert into {DayCount._meta.db_table} as d ({', '.join(values)})"
            f" values ({', '.join(['%s'] * len(values))})"
            f" on conflict (tenant_id, activation_id, day) do update set {total},"
            " longest = greatest(d.longest, excluded.longest)", list(values.values()),
        )  # fmt: skip
