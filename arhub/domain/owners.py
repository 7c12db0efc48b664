"""The records that custom fields are on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from arhub.models import Account, Contact, CustomFieldValue, Document, DocumentLine, Payment, SourceRecord

TABLES: dict[str, type[SourceRecord]] = {
    "Company": Account,
    "Contact": Contact,
    "Invoice": Document,
    "InvoiceLine": DocumentLine,
    "Payment": Payment,
}


def owners_of(values: Iterable[CustomFieldValue]) -> dict[tuple[str, int], SourceRecord]:
    """(table key, id) → record. One query per table, however many values."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for value in values:
        wanted[value.table_key].add(value.owner)
    found: dict[tuple[str, int], SourceRecord] = {}
    for key, ids in wanted.items():
        records = TABLES[key].objects.filter(pk__in=ids)
        if key == "InvoiceLine":
            records = records.select_related("document")
        found |= {(key, record.pk): record for record in records}
    return found
