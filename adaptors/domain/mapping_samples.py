"""A real record, as the field mapping has it: for a person who looks what a mapping makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from adaptors.domain.field_mapping import Applied, Rules
from arhub.models import Application
from arhub.network.errors import NetworkError
from connectors.base import TargetObject
from connectors.domain.setup import composer_of
from connectors.domain.subjects import sendable, subjects_of


@dataclass(frozen=True, slots=True)
class Sample:
    """`record` is None where there is none. `refusal` is what the connector says against it, beside the mapping."""

    record: Any = None
    applied: Applied | None = None
    refusal: str = ""


def sample(rules: Rules, made: TargetObject, number: str = "") -> Sample:
    """The record of a number, else the newest of those that become an object. Nobody is asked."""
    connection = rules.activation.destination
    rows = candidates(rules, made)
    record = (rows.filter(number=number) if number else rows).order_by("-pk").first()
    if record is None or connection is None:
        return Sample()
    (applied,) = rules.apply(subjects_of(connection, made.record_type, [record.pk]))
    return Sample(record, applied, "" if applied.problems else _refusal(rules, applied))


def candidates(rules: Rules, made: TargetObject) -> QuerySet[Any]:
    """The records of the activation's ledger that become an object: of payments, what they were applied to decides."""
    rows = sendable(made.record_type)
    if rules.activation.source is not None:
        rows = rows.filter(ledger=rules.activation.source.ledger_id)
    if made.record_type != "payment":
        return rows
    is_applied = Exists(Application.objects.filter(payment=OuterRef("pk")))
    return rows.filter(is_applied) if "application" in made.parts.values() else rows.filter(~is_applied)


def _refusal(rules: Rules, applied: Applied) -> str:
    assert rules.activation.destination is not None
    connector: Any = composer_of(rules.activation.destination)
    try:
        connector.compose("preview", [applied.subject])
    except NetworkError as problem:
        return str(problem)
    return ""
