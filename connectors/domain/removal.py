"""Deleting a connection through which nothing has passed. Any other stays: what was sent must never go twice."""

from __future__ import annotations

from django.db import transaction

from arhub.models import Run, Schedule, Source
from connectors.domain.pulls import KINDS
from connectors.models import Connection, PulledPage, Push
from ingestion.models import Ingestion


class InUse(Exception):
    """It cannot be deleted; the text says why."""


def obstacle(connection: Connection) -> str:
    """Why a connection cannot be deleted; empty when it can."""
    if Push.objects.filter(connection=connection).exists():
        return "Records were sent through it, and what was sent is kept. Switch it off instead."
    pages = PulledPage.objects.filter(connection=connection)
    if pages.exists() or Ingestion.objects.filter(source=connection.source_id).exists():
        return "Records came through it, and belong to its source. Switch it off instead."
    if Run.objects.filter(kind__in=KINDS, subject_id=connection.pk, state__in=Run.UNFINISHED).exists():
        return "A pull of it is at work: cancel that first."
    return ""


@transaction.atomic
def remove(connection: Connection) -> None:
    """Delete it, with its schedules, its source, and the ledger that nothing else feeds. Raises `InUse`."""
    held = Connection.objects.select_for_update().get(pk=connection.pk)
    if reason := obstacle(held):
        raise InUse(reason)
    Schedule.objects.filter(kind__in=KINDS, subject_id=held.pk).delete()
    source = held.source
    held.delete()
    if source is not None:
        _remove_source(source)


def _remove_source(source: Source) -> None:
    ledger = source.ledger
    source.delete()
    if not ledger.is_default and not Source.objects.filter(ledger=ledger).exists():
        ledger.delete()
