"""Sending the records of an activation to a system that takes records: type by type, in slices, each in its own
transaction, so that whoever goes on after a kill queues nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from adaptors.domain.running import at_work
from adaptors.models import Activation
from arhub.domain.jobs import Job
from arhub.domain.receivables import counting
from arhub.network.errors import ConfigError
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope
from connectors.domain.connections import note
from connectors.domain.pushes import CannotPush, Pushed, erp_of, left_of, queue
from connectors.domain.subjects import sendable
from connectors.models import Connection

ORDER = ("account", "invoice", "adjustment", "payment")
"""What others refer to comes first."""
SLICE = 200
SENT_BEFORE, FROM_THERE = "Sent before", "Came from there"

Chosen = Callable[[Activation, str], "QuerySet[Any]"]
"""The records of a type that an activation sends, new or not."""


def of_activation(activation: Activation, record_type: str) -> QuerySet[Any]:
    """The records of a type that count, of the activation's ledger and dated from its day on. Accounts have no date."""
    rows: QuerySet[Any] = sendable(record_type)
    if activation.source is not None:
        rows = rows.filter(ledger=activation.source.ledger_id)
    match record_type:
        case "account":
            return rows
        case "payment":
            return rows.exclude(is_voided=True).filter(payment_date__gte=activation.dated_from)
    rows = rows.filter(counting(), invoice_date__gte=activation.dated_from)
    if activation.document_types:
        rows = rows.filter(document_type__in=activation.document_types)
    return rows.filter(status__in=activation.statuses) if activation.statuses else rows


def work(job: Job, chosen: Chosen) -> bool:
    """Queue a slice of what an activation sends; true when nothing is left."""
    while True:
        job.check()
        with scope(job.tenant_id):
            activation = at_work(job.subject_id)
            types, connection = _types(activation), _destination(activation)
            place = int(job.memory.get("type", 0))
            if place >= len(types):
                _note(job, connection)
                return True
            said, last = _slice(job, connection, types[place], chosen(activation, types[place]))
        _tell(job, connection, types[place], said)
        job.memory |= {"after": last} if last else {"type": place + 1, "after": 0}
        job.keep()
        if not job.left_seconds:
            return False


def _slice(job: Job, connection: Connection, record_type: str, rows: QuerySet[Any]) -> tuple[Pushed, int]:
    """Queue the next records of a type; with it the id of the last of them, 0 when there was none."""
    after = int(job.memory.get("after", 0))
    left = left_of(connection, record_type, rows)
    sent_before, from_there = (0, 0) if after else (left.sent.count(), left.own.count())
    ids = list(left.rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:SLICE])
    said = queue(connection, record_type, ids) if ids else Pushed(0, 0, 0)
    told = Pushed(said.queued, said.sent_before + sent_before, said.from_there + from_there)
    return told, ids[-1] if ids else 0


def _types(activation: Activation) -> Sequence[str]:
    wanted = activation.values.get("record_types") or ORDER
    takes = erp_of(_destination(activation)).pushes
    return [one for one in ORDER if one in wanted and one in takes]


def _destination(activation: Activation) -> Connection:
    """Raises ConfigError when nothing can be sent there."""
    connection = activation.destination
    if connection is None:
        raise ConfigError(f"{activation} has no destination: choose one on its page.")
    try:
        erp_of(connection)
    except CannotPush as problem:
        raise ConfigError(str(problem)) from None
    if not connection.is_enabled:
        raise ConfigError(f"{connection} is switched off.")
    return connection


def _tell(job: Job, connection: Connection, record_type: str, said: Pushed) -> None:
    plural = RECORD_TYPES[record_type].plural
    for label, number in (
        (f"{plural} on their way", said.queued), (SENT_BEFORE, said.sent_before), (FROM_THERE, said.from_there)
    ):  # fmt: skip
        if number:
            job.count(label, number)
    job.progress(f"{plural} to {connection}")
    if said.queued:
        page = reverse("admin:connectors_connection_change", args=[connection.pk])
        job.link(f"Pushes to {connection}", f"{page}?tab=pushes")


def _note(job: Job, connection: Connection) -> None:
    told = ", ".join(f"{label}: {number:,}" for label, number in job.counts.items()) or "nothing is new"
    note(connection, f"Run {job.run_id}: {told}.")
    Activation.objects.filter(pk=job.subject_id, first_run_at=None).update(first_run_at=timezone.now())
