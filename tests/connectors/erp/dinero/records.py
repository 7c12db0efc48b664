"""What a pull brought, and what the simulator's books say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from connectors.base import Page
from connectors.simulators.dinero.organization import Organization

Brought = dict[str, dict[str, Mapping[str, Any]]]


def brought(pages: Iterable[Page]) -> Brought:
    """By type and key; the last one counts."""
    found: Brought = {}
    for page in pages:
        for record_type, rows in page.records.items():
            found.setdefault(record_type, {}).update({row["erp_key"]: row for row in rows})
    return found


def sums(rows: Iterable[Mapping[str, Any]], name: str) -> dict[str, Decimal]:
    found: Counter[str] = Counter()
    for row in rows:
        found[row["currency"]] += row[name] or Decimal(0)  # type: ignore[assignment]
    return dict(found)  # type: ignore[arg-type]


def booked(books: Organization, kind: str = "Invoice") -> list[Mapping[str, Any]]:
    """The books' own figures."""
    return [
        {"erp_key": one.guid, "currency": one.currency, "total": one.total, "net": one.net, "remaining": one.remaining,
         "voucher": one}
        for one in books.sales
        if one.kind == kind and one.number is not None
    ]  # fmt: skip
