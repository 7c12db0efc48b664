"""What was sent to a system comes back when it is pulled. The hub has it already, so it is left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from connectors.base import ErpConnector
from connectors.domain.subjects import model_of
from connectors.models import Connection, Push, WriteBack

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
BELOW: Mapping[
    str, Mapping[str, tuple[str, ...]]
] = {  # record type → the fields that lead to the record it stands below, and the types that may be
    "invoice_line": {"invoice": ("invoice", "adjustment")},
    "payment_applied": {"payment": ("payment",), "invoice": ("invoice", "adjustment")},
    "credit_memo_applied": {"credit_memo": ("adjustment", "invoice"), "invoice": ("invoice", "adjustment")},
}


def without_ours(connection: Connection, connector: ErpConnector, records: Rows) -> dict[str, list[Mapping[str, Any]]]:
    """The records of a page but for those that were sent from here, and what stands below one of them."""
    wanted = _named(records)
    ours = {
        record_type: _sent(connection, record_type, name, wanted.get(record_type, set()))
        for record_type, name in connector.returns_as.items()
    }
    return {
        record_type: [row for row in rows if not _is_ours(record_type, row, ours)]
        for record_type, rows in records.items()
    }


def _named(records: Rows) -> dict[str, set[str]]:
    """Every key that a page names, by the record types it may be of."""
    found: dict[str, set[str]] = {}
    for record_type, rows in records.items():
        found.setdefault(record_type, set()).update(str(row["erp_key"]) for row in rows if row.get("erp_key"))
        for field, types in BELOW.get(record_type, {}).items():
            for one in types:
                found.setdefault(one, set()).update(str(row[field]) for row in rows if row.get(field))
    return found


def _sent(connection: Connection, record_type: str, name: str, keys: Collection[str]) -> set[str]:
    """Those of some keys under which a record of ours stands there."""
    if name == "erp_key":
        pushed = Push.objects.filter(connection=connection, record_type=record_type).values("record_id")
        ours = model_of(record_type).objects.filter(pk__in=pushed, erp_key__in=keys)
        return set(ours.values_list("erp_key", flat=True))
    rows = WriteBack.objects.filter(connection=connection, record_type=record_type, name=name, value__in=keys)
    return set(rows.values_list("value", flat=True))


def _is_ours(record_type: str, row: Mapping[str, Any], ours: Mapping[str, set[str]]) -> bool:
    if str(row.get("erp_key")) in ours.get(record_type, ()):
        return True
    return any(
        str(row.get(field)) in ours.get(one, ()) for field, types in BELOW.get(record_type, {}).items() for one in types
    )
