"""How many rows there are, in words, without counting a large table to its end."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

MOST = 10_000


def counted(rows: QuerySet[Any], one: str, several: str) -> str:
    """“1 delivery”, “312 deliveries”, “more than 10,000 deliveries”."""
    found = rows.order_by()[: MOST + 1].count()
    said = f"more than {MOST:,}" if found > MOST else f"{found:,}"
    return f"{said} {one if found == 1 else several}"
