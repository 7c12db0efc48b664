"""The daily summary of an activation, kept in the transaction that moves a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from django.db import connection as database
from django.utils import timezone

from adaptors.models import DayCount, Transaction

COLUMNS = ("delivered", "acknowledged", "rejected", "failed", "waited")
COUNTED = {Transaction.State.ACKNOWLEDGED, Transaction.State.REJECTED, Transaction.State.FAILED}
"""States that are counted in the column of their name; what has arrived counts as delivered the first time."""


def count(moved: Sequence[tuple[Transaction, bool]]) -> None:
    """Count transactions that came to their states, each with whether it was never delivered before."""
    days: dict[tuple[int, date], Counter[str]] = {}
    now = timezone.now()
    for row, is_first in moved:
        found = Counter({str(row.state): 1} if row.state in COUNTED else {})
        if is_first:
            found.update(delivered=1, waited=max(0, int((now - row.created_at).total_seconds())))
        if found:
            total = days.setdefault((row.activation_id, now.astimezone(row.tenant.zone).date()), Counter())
            total["longest"] = max(total["longest"], found["waited"])
            total.update(found)
    for activation, day in sorted(days):  # in one order, so that two never wait for each other
        _add(activation, day, days[activation, day])


def _add(activation: int, day: date, found: Counter[str]) -> None:
    sums = ", ".join(f"{name} = d.{name} + excluded.{name}" for name in COLUMNS)
    with database.cursor() as cursor:
        cursor.execute(
            f"insert into {DayCount._meta.db_table} as d (tenant_id, activation_id, day, longest, {', '.join(COLUMNS)})"
            f" select tenant_id, id, %s, %s{', %s' * len(COLUMNS)} from adaptors_activation where id = %s"
            f" on conflict (tenant_id, activation_id, day) do update set {sums},"
            " longest = greatest(d.longest, excluded.longest)",
            [day, found["longest"], *(found[name] for name in COLUMNS), activation],
        )  # fmt: skip
