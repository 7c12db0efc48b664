"""Sending our records to another system, once: each is a `Push`, carried by an `Outbound` of the channel "push"."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from arhub.domain import outbound
from arhub.models import Outbound, SourceRecord, User
from arhub.records import RECORD_TYPES
from connectors.base import Capability, ErpConnector
from connectors.domain.connections import note
from connectors.domain.subjects import changed_at, sendable
from connectors.domain.write_backs import any_of, keys_of, type_of
from connectors.models import Connection, Push
from connectors.registry import load
from ingestion.models import IngestionFile

CHANNEL = "push"


class CannotPush(Exception):
    """The records cannot be sent there; the text says why."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a wish to send records: so many are on their way now, the others were sent before or came from
    there."""

    queued: int
    sent_before: int
    from_there: int

    def __str__(self) -> str:
        parts = [f"{self.queued:,} on their way"]
        parts += [f"{self.sent_before:,} sent before"] if self.sent_before else []
        parts += [f"{self.from_there:,} came from there"] if self.from_there else []
        return ", ".join(parts) + "."


def erp_of(connection: Connection) -> type[ErpConnector]:
    """Raises `CannotPush`."""
    kind = load(connection.kind)
    if not issubclass(kind, ErpConnector) or Capability.PUSH not in kind.capabilities:
        raise CannotPush(f"{connection.kind_label} takes no records.")
    return kind


def takers(record_type: str) -> list[tuple[Connection, str]]:
    """The connections that records of a type can be sent to now, and what they become there."""
    found = []
    for connection in Connection.objects.filter(is_enabled=True):
        kind = load(connection.kind)
        if issubclass(kind, ErpConnector) and Capability.PUSH in kind.capabilities and record_type in kind.pushes:
            found.append((connection, kind.pushes[record_type]))
    return found


@transaction.atomic
def push(connection: Connection, record_type: str, ids: Collection[int], user: User | None = None) -> Pushed:
    """Send records of a type, by id, to a connection, and note so in its log. Raises `CannotPush`."""
    said = queue(connection, record_type, ids)
    note(connection, f"{erp_of(connection).pushes[record_type]}: {said}", user)
    return said


@transaction.atomic
def queue(connection: Connection, record_type: str, ids: Collection[int]) -> Pushed:
    """Send records of a type, by id, to a connection. What was sent before does not go again, but for what the other
    side refused, and for changed records of the types that it updates. Raises `CannotPush`."""
    kind = erp_of(connection)
    if record_type not in kind.pushes:
        plural = RECORD_TYPES[record_type].plural.lower()
        raise CannotPush(f"{connection.kind_label} takes {', '.join(kind.pushes.values())}; {plural} are none of them.")
    locked = Connection.objects.select_for_update().get(pk=connection.pk)
    if not locked.is_enabled:
        raise CannotPush(f"{connection.name} is switched off.")
    records = list(sendable(record_type).filter(pk__in=ids).order_by("pk"))
    own = _from_there(locked, records)
    changed = changed_at(record_type, records) if record_type in kind.updates else {}
    versions = {row.pk: _version(changed.get(row.pk)) for row in records if row.pk not in own}
    refused = _refused(locked, record_type, versions)
    known = _known(locked, record_type, versions) - set(refused)
    wanted = [row for row in records if row.pk in versions and row.pk not in known]
    for group in _groups(wanted, kind.batch):
        _queue(locked, record_type, group, versions, refused)
    return Pushed(len(wanted), len(known), len(own))


@dataclass(frozen=True, slots=True)
class Left:
    """What of many records is still to be looked at by `queue`, and what need not be: it was sent before and goes only
    once, or came from there."""

    rows: QuerySet[Any]
    sent: QuerySet[Any]
    own: QuerySet[Any]


def left_of(connection: Connection, record_type: str, rows: QuerySet[Any]) -> Left:
    """Told apart by the database, however many there are."""
    files = IngestionFile.objects.filter(ingestion__source=connection.source_id).values("pk")
    own = Q(created_file__isnull=False, created_file__in=files)
    rest = rows.exclude(own)
    if record_type in erp_of(connection).updates:
        return Left(rest, rows.none(), rows.filter(own))
    sent = Push.objects.filter(connection=connection, record_type=record_type, record_id=OuterRef("pk"))
    again = Q(outbound__state=Outbound.State.DELIVERED) & ~Q(refusal="")
    is_sent = Exists(sent.exclude(again))
    return Left(rest.filter(~is_sent), rest.filter(is_sent), rows.filter(own))


def _from_there(connection: Connection, records: Sequence[Any]) -> set[int]:
    """The records that the connection has brought: the other side has given them their keys."""
    made_by = {row.created_file for row in records}
    files = IngestionFile.objects.filter(pk__in=made_by, ingestion__source=connection.source)
    brought = set(files.values_list("pk", flat=True))
    return {row.pk for row in records if row.created_file in brought}


def _version(changed_at: datetime | None) -> str:
    return changed_at.isoformat() if changed_at else ""


def _known(connection: Connection, record_type: str, versions: dict[int, str]) -> set[int]:
    rows = Push.objects.filter(connection=connection, record_type=record_type, record_id__in=versions)
    return {pk for pk, version in rows.values_list("record_id", "version") if versions[pk] == version}


def _refused(connection: Connection, record_type: str, versions: dict[int, str]) -> dict[int, Push]:
    """What was sent with others and alone was not taken."""
    rows = Push.objects.filter(
        connection=connection, record_type=record_type, record_id__in=versions,
        outbound__state=Outbound.State.DELIVERED,
    )  # fmt: skip
    return {row.record_id: row for row in rows.exclude(refusal="") if versions[row.record_id] == row.version}


def _groups(records: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(records), size):
        yield records[start : start + size]


def _queue(
    connection: Connection, record_type: str, records: Sequence[Any], versions: dict[int, str], refused: dict[int, Push]
) -> None:
    identity = uuid.uuid4().hex
    label = RECORD_TYPES[record_type].label
    subject = str(records[0]) if len(records) == 1 else f"{len(records):,} × {label}"
    outbound.put(
        CHANNEL, str(connection.pk), identity=identity, subject=subject, content_type="application/octet-stream"
    )
    row = Outbound.objects.get(channel=CHANNEL, destination=str(connection.pk), identity=identity)
    Push.objects.filter(pk__in=[refused[one.pk].pk for one in records if one.pk in refused]).delete()
    Push.objects.bulk_create(
        Push(connection=connection, record_type=record_type, record_id=one.pk, version=versions[one.pk], outbound=row)
        for one in records
    )


def waiting_for(connection: Connection, records: Sequence[SourceRecord]) -> Push | None:
    """The first push of some records that has not arrived yet, if there is one. A record that has its keys there waits
    for no later push of it that was given up."""
    known = keys_of(connection, records)
    named = {(type_of(record), record.pk): (type_of(record), record.erp_key) in known for record in records}
    rows = (
        Push.objects.filter(any_of(named), connection=connection).select_related("outbound").defer("outbound__content")
    )
    latest = {(row.record_type, row.record_id): row for row in rows.order_by("id")}
    return next((latest[one] for one in named if one in latest and _is_awaited(latest[one], has_keys=named[one])), None)


def _is_awaited(push: Push, *, has_keys: bool) -> bool:
    if push.outbound.state in Outbound.SETTLED and has_keys:
        return False
    return bool(push.refusal) or push.outbound.state != Outbound.State.DELIVERED


def older_of(outbound: Outbound, record_type: str, ids: Collection[int]) -> Push | None:
    """A push of an older state of some records to the same place that is not settled: a newer one must not overtake
    it."""
    rows = Push.objects.filter(
        connection=int(outbound.destination), record_type=record_type, record_id__in=ids, outbound__lt=outbound.pk
    )
    return rows.exclude(outbound__state__in=Outbound.SETTLED).select_related("outbound").order_by("id").first()


def of_record(record_type: str, record_id: int) -> QuerySet[Push]:
    """Where a record was sent, newest first."""
    rows = Push.objects.filter(record_type=record_type, record_id=record_id)
    return rows.select_related("connection", "outbound").order_by("-id")
