"""What other systems call our records: stored per record and connection, and looked up for what refers to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from django.utils import timezone

from arhub.domain.sentences import printable
from arhub.models import Account, Payment, SourceRecord
from connectors.base import RecordKey
from connectors.models import Connection, WriteBack


def type_of(record: SourceRecord) -> str:
    """The record type a record is sent as."""
    if isinstance(record, Account | Payment):
        return "account" if isinstance(record, Account) else "payment"
    return "adjustment" if record.document_type == "credit_memo" else "invoice"  # type: ignore[attr-defined]


def store(connection: Connection, record_type: str, record_id: int, keys: Mapping[str, str]) -> None:
    """Keep what the other side calls a record; a key it has given before stays unless it is another one now."""
    now = timezone.now()
    rows = [
        WriteBack(
            connection=connection, system=connection.kind, record_type=record_type, record_id=record_id, name=name,
            value=printable(value, 255), written_at=now,
        )
        for name, value in keys.items()
    ]  # fmt: skip
    WriteBack.objects.bulk_create(
        rows, update_conflicts=True, update_fields=["value", "written_at"],
        unique_fields=["tenant", "connection", "record_type", "record_id", "name"],
    )  # fmt: skip


def keys_of(connection: Connection, records: Iterable[SourceRecord]) -> dict[RecordKey, dict[str, str]]:
    """What the other side calls some records, where it has said so."""
    wanted = {(type_of(record), record.pk): (type_of(record), record.erp_key) for record in records}
    found: dict[RecordKey, dict[str, str]] = defaultdict(dict)
    for row in _of(wanted).filter(connection=connection):
        found[wanted[row.record_type, row.record_id]][row.name] = row.value
    return dict(found)


def of_record(record: SourceRecord) -> QuerySet[WriteBack]:
    """Everything that other systems call a record."""
    return _of([(type_of(record), record.pk)]).select_related("connection").order_by("connection__name", "name")


def _of(records: Iterable[tuple[str, int]]) -> QuerySet[WriteBack]:
    return WriteBack.objects.filter(any_of(records))


def any_of(records: Iterable[tuple[str, int]]) -> Q:
    """Rows about any of some records, by record type and id."""
    ids: dict[str, set[int]] = defaultdict(set)
    for record_type, record_id in records:
        ids[record_type].add(record_id)
    return reduce(or_, (Q(record_type=one, record_id__in=some) for one, some in ids.items()), Q(pk=None))
