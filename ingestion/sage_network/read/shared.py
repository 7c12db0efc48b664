"""What all read models of a source's records have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from arhub.domain.search import ledger_ids
from arhub.models import Source
from ingestion.sage_network.ids import Kind
from ingestion.sage_network.read.properties import HUB, Context, Property, constant, ids_of, reference, stored
from ingestion.sage_network.searchlight import Column, Holds


def _is_key(keys: Sequence[str]) -> Q:
    """Exact, because a key is one; the ledgers lead its index."""
    return Q(ledger_id__in=ledger_ids(), erp_key__in=keys)


def _of_enrollments(uuids: Sequence[UUID]) -> Q:
    """A filter by an enrollment means the ledger it feeds, the default one too."""
    sources = Source.objects.filter(pk__in=ids_of(Kind.APP_ENROLLMENT, uuids))
    return Q(ledger_id__in=sources.values("ledger_id"))


def _without_enrollment() -> Q:
    return ~Q(ledger_id__in=Source.objects.filter(ledger__is_default=False).values("ledger_id"))


def _enrollment(record: Any, context: Context) -> UUID | None:
    return context.enrollments.get(record.ledger_id)


GROUP = Property("groupKey", lambda record, context: context.group)

KEY = Property(
    "erpKey", lambda record, context: record.erp_key, Column("erpKey", Holds.TEXT, "erp_key", matches=_is_key)
)

ENROLLMENT = Property(
    "appEnrollmentId",
    _enrollment,
    Column("appEnrollmentId", Holds.UUID, "ledger_id", matches=_of_enrollments, missing=_without_enrollment),
)

TIMES = (
    stored("created", "created_at", Holds.DATETIME),
    constant("createdUserId", Holds.UUID, HUB),
    stored("modified", "updated_at", Holds.DATETIME),
    constant("modifiedUserId", Holds.UUID, HUB),
)
"""When the hub made and changed the record; the source's own times stand in sourceModifiedDate."""

RECORD = (GROUP, KEY, *TIMES, ENROLLMENT)

UPDATES = (
    constant("erpUpdateStatus", Holds.INTEGER),
    constant("erpUpdateAction", Holds.INTEGER),
    stored("sourceModifiedDate", "source_modified_at", Holds.DATETIME),
)


def own_id(name: str, kind: Kind) -> Property:
    return reference(name, kind, "pk")
