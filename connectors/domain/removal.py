"""Deleting a connection through which nothing has passed. Any other stays: what was sent must never go twice."""

from __future__ import annotations

from django.db import transaction
from django.db.models import PROTECT, ManyToOneRel, Q

from arhub.domain import shares
from arhub.models import Run, Schedule, Source
from connectors.domain.carriers import riders_of
from connectors.domain.pulls import KINDS
from connectors.models import (
    Connection,
    Delivery,
    ErpCachePublication,
    Inbox,
    Participant,
    PulledPage,
    Push,
    Receiver,
)
from ingestion.models import Ingestion


class InUse(Exception):
    """It cannot be deleted; the text says why."""


def obstacle(connection: Connection) -> str:
    """Why a connection cannot be deleted; empty when it can."""
    if Push.objects.filter(connection=connection).exists():
        return "Records were sent through it, and what was sent is kept. Switch it off instead."
    if Delivery.objects.filter(Q(connection=connection) | Q(through=connection) | Q(route=connection)).exists():
        return "Files were sent through it, and what was sent is kept. Switch it off instead."
    if inbox := Inbox.objects.filter(connection=connection).first():
        return f"The inbox {inbox} takes its files from it: delete that first."
    if riders := riders_of(connection):
        return f"{riders[0]} sends through it: choose another connection there first."
    if participant := Participant.objects.filter(connection=connection).first():
        return f"The participant {participant} is reached through it: choose another connection there first."
    pages = PulledPage.objects.filter(connection=connection)
    if pages.exists() or (connection.source_id and Ingestion.objects.filter(source=connection.source_id).exists()):
        return "Records came through it, and belong to its source. Switch it off instead."
    if Run.objects.filter(kind__in=KINDS, subject_id=connection.pk, state__in=Run.UNFINISHED).exists():
        return "A pull of it is at work: cancel that first."
    return _user_of(connection) or (_user_of(connection.source) if connection.source else "")


def _user_of(record: Connection | Source) -> str:
    """What else rests on it, in tables that this package does not know."""
    for relation in record._meta.get_fields(include_hidden=True):
        if (
            isinstance(relation, ManyToOneRel)
            and relation.on_delete is PROTECT
            and relation.related_model != Connection
        ):
            found = relation.related_model._default_manager.filter(**{relation.field.name: record}).first()
            if found is not None:
                return f"The {found._meta.verbose_name} {found} uses {record}: choose another one there first."
    return ""


@transaction.atomic
def remove(connection: Connection) -> None:
    """Delete it, with its schedules, its source, and the ledger that nothing else feeds. Raises `InUse`."""
    held = Connection.objects.select_for_update().get(pk=connection.pk)
    if reason := obstacle(held):
        raise InUse(reason)
    Schedule.objects.filter(kind__in=KINDS, subject_id=held.pk).delete()
    source = held.source
    Receiver.objects.filter(tenant=held.tenant_id or 0, connection_id=held.pk).delete()
    shares.forget(held)
    held.delete()
    if source is not None:
        _remove_source(source)


def _remove_source(source: Source) -> None:
    ledger = source.ledger
    source.delete()
    used = Source.objects.filter(ledger=ledger), ErpCachePublication.objects.filter(ledger=ledger)
    if not ledger.is_default and not any(rows.exists() for rows in used):
        ledger.delete()
