"""The read model of a sync request: an ingestion as the Sage Network API tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Q, Value, When

from ingestion.models import Count, Ingestion, State
from ingestion.sage_network.ids import Kind, uuid_of
from ingestion.sage_network.read.properties import HUB, Context, Property, constant, ids_of, stored
from ingestion.sage_network.read.resources import Resource
from ingestion.sage_network.read.shared import GROUP, own_id
from ingestion.sage_network.searchlight import Column, Holds
from ingestion.sage_network.searchlight.conditions import NEVER
from ingestion.sage_network.sync.details import details_of

STATUS = {
    State.RECEIVING: "Ready",
    State.QUEUED: "Ready",
    State.READING: "In Progress",
    State.MAPPING: "In Progress",
    State.REVIEW: "In Progress",
    State.COMMITTING: "In Progress",
    State.COMMITTED: "Success",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
    State.UNDONE: "Cancelled",
}
ENDED = frozenset({"Success", "Failed", "Cancelled"})
_TOLD = Case(*(When(state=state, then=Value(name)) for state, name in STATUS.items()), output_field=CharField())
_LONGEST = 200
_COUNTS = ("inserted", "updated", "unchanged", "invalid")


def _status(ingestion: Any, context: Context) -> str:
    return STATUS[State(ingestion.state)]


def _message(ingestion: Any, context: Context) -> str | None:
    """Why it failed; else what it did, row by row."""
    if ingestion.reason:
        return str(ingestion.reason)[:_LONGEST]
    if STATUS[State(ingestion.state)] not in ENDED:
        return ingestion.stage or None
    return ", ".join(f"{ingestion.totals[name]:,} {name}" for name in _COUNTS) + "."


def _is_full(ingestion: Any, context: Context) -> bool:
    return bool(ingestion.policies.get("extent") == "snapshot")


def _of_extent(values: Sequence[bool]) -> Q:
    found = NEVER
    for value in values:
        found |= Q(policies__extent="snapshot") if value else ~Q(policies__extent="snapshot")
    return found


def _enrollment(ingestion: Any, context: Context) -> UUID | None:
    return context.enrollments.get(ingestion.source.ledger_id) and uuid_of(Kind.APP_ENROLLMENT, ingestion.source_id)


def _of_enrollments(uuids: Sequence[UUID]) -> Q:
    return Q(source_id__in=ids_of(Kind.APP_ENROLLMENT, uuids))


def _without_enrollment() -> Q:
    return Q(source__ledger__is_default=True)


def _modified(ingestion: Any, context: Context) -> Any:
    return ingestion.undone_at or ingestion.finished_at or ingestion.heartbeat_at or ingestion.created_at


def _parts(name: str, read: Any) -> Property:
    return Property(name, lambda ingestion, context: read(ingestion.parts) if ingestion.parts else None)


def _count(ingestions: Sequence[Any], context: Context) -> None:
    for one in ingestions:
        one.totals = dict.fromkeys(_COUNTS, 0)
    by_id = {one.pk: one for one in ingestions}
    for count in Count.objects.filter(ingestion__in=list(by_id)):
        for name in _COUNTS:
            by_id[count.ingestion_id].totals[name] += getattr(count, name)


SYNC = Resource(
    name="SyncRequest",
    kind=Kind.SYNC_REQUEST,
    scope="ingestions",
    rows=lambda: Ingestion.objects.select_related("source"),
    prepare=_count,
    properties=(
        own_id("syncRequestId", Kind.SYNC_REQUEST),
        GROUP,
        Property("statusCode", _status, Column("statusCode", Holds.TEXT, _TOLD)),
        constant("operationTypeName", Holds.TEXT, "Read"),
        constant("operationType", Holds.INTEGER, 0),
        Property("processResultMessage", _message),
        Property("failureCount", lambda ingestion, context: max(0, ingestion.attempts - 1)),  # the first try is none
        Property("runFullSync", _is_full, Column("runFullSync", Holds.BOOL, "policies", matches=_of_extent)),
        Property("isFullSync", _is_full),
        Property(
            "appEnrollmentId",
            _enrollment,
            Column("appEnrollmentId", Holds.UUID, "source_id", matches=_of_enrollments, missing=_without_enrollment),
        ),
        stored("created", "created_at", Holds.DATETIME),
        Property("modified", _modified, Column("modified", Holds.DATETIME, "finished_at")),
        constant("modifiedUserId", Holds.UUID, HUB),
        constant("parentSyncRequestId", Holds.UUID),  # further batches join the load of the first one
        _parts("currentBatch", lambda parts: max(parts["arrived"], default=None)),
        _parts("totalBatches", lambda parts: parts["expected"]),
    ),
    collections={"Details": ("details",)},
)


def tell_details(ingestions: Sequence[Any], found: Sequence[dict[str, Any]], context: Context) -> None:
    """Fill `details` of those that have ended."""
    told = details_of([one for one in ingestions if STATUS[State(one.state)] in ENDED])
    for one, item in zip(ingestions, found, strict=True):
        item["details"] = told.get(one.pk)
