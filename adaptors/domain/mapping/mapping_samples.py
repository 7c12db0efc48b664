"""A real record, as the field mapping has it: for a person who looks what a mapping makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from adaptors.domain.mapping.field_mapping import Applied, Cell, Rules
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
    if applied.problems:
        return Sample(record, applied)
    connector: Any = composer_of(connection)
    try:
        told = connector.told(connector.compose("preview", [applied.subject]))
    except NetworkError as problem:
        return Sample(record, applied, str(problem))
    return Sample(record, _worked_out(applied, made, told))


def candidates(rules: Rules, made: TargetObject) -> QuerySet[Any]:
    """The records of the activation's ledger that become an object: of payments, what they were applied to decides."""
    rows = sendable(made.record_type)
    if rules.activation.source is not None:
        rows = rows.filter(ledger=rules.activation.source.ledger_id)
    if made.record_type != "payment":
        return rows
    is_applied = Exists(Application.objects.filter(payment=OuterRef("pk")))
    return rows.filter(is_applied) if "application" in made.parts.values() else rows.filter(~is_applied)


def _worked_out(applied: Applied, made: TargetObject, told: Mapping[str, Sequence[str]]) -> Applied:
    """With what the connector says in place of the words that tell how it works that out."""
    words = {one.name: one.default for one in made.targets if one.default}
    cells = dict(applied.cells)
    for name, row in applied.cells.items():
        if name in words and name in told and any(cell.is_default and cell.value == words[name] for cell in row):
            cells[name] = [Cell(text, is_default=True) for text in told[name]]
    return replace(applied, cells=cells)
