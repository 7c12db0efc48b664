"""Changing the field mapping of an activation: checked as it is saved, and what waited for it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from adaptors.domain.mapping.field_mapping import Kind, waits_for
from adaptors.domain.mapping.field_sources import is_choice
from adaptors.domain.mapping.field_values import Unfit, fit
from adaptors.models import Activation, FieldMapping, LookupTable
from arhub.domain.outbound import let_go
from connectors.base import Target, TargetObject
from connectors.domain.pushes import CHANNEL

LONGEST = 255


@dataclass(frozen=True, slots=True)
class Given:
    """What a person chose for a target: no kind means that the connector fills it by itself. `value` is the path of a
    field of ours, of a lookup table's key too, or the constant."""

    kind: str = ""
    value: str = ""
    table: int | None = None


class BadMapping(Exception):
    """What cannot be saved: a sentence for each target, by its name. Nothing was saved."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def save(activation: Activation, made: TargetObject, given: Mapping[str, Given]) -> None:
    """Store what fills each target of an object; one that is not given is left as it is. Raises `BadMapping`."""
    tables = {table.pk: table for table in LookupTable.objects.all()}
    chosen = {one.name: (one, given[one.name]) for one in made.targets if one.name in given}
    problems = {name: text for name, (target, one) in chosen.items() if (text := _problem(made, target, one, tables))}
    if problems:
        raise BadMapping(problems)
    with transaction.atomic():
        _store(activation, made, {name: one for name, (_, one) in chosen.items()})
        let_go_for(activation)


def let_go_for(activation: Activation) -> None:
    """Let what is held for the mapping of an activation look again."""
    let_go(CHANNEL, str(activation.destination_id), waits_for(activation))


def _store(activation: Activation, made: TargetObject, chosen: Mapping[str, Given]) -> None:
    stored = FieldMapping.objects.filter(activation=activation, record_type=made.name)
    stored.filter(target__in=[name for name, one in chosen.items() if not one.kind]).delete()
    rows = [
        FieldMapping(
            activation=activation, record_type=made.name, target=name, kind=one.kind, value=one.value.strip(),
            table_id=one.table if one.kind == Kind.LOOKUP else None,
        )
        for name, one in chosen.items() if one.kind
    ]  # fmt: skip
    FieldMapping.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["tenant", "activation", "record_type", "target"],
        update_fields=["kind", "value", "table"],
    )  # fmt: skip


def _problem(made: TargetObject, target: Target, given: Given, tables: Mapping[int, LookupTable]) -> str:
    """Why it cannot be saved; empty when it can."""
    if not given.kind:
        return ""
    if given.kind not in Kind:
        return f"{target.name}: expected Field, Constant or Lookup table."
    if given.kind == Kind.CONSTANT:
        return _of_constant(target, given.value)
    table = tables.get(given.table or 0) if given.kind == Kind.LOOKUP else None
    if given.kind == Kind.LOOKUP and table is None:
        return f"{target.name}: choose a lookup table."
    if not is_choice(made, target, given.value):
        return f"{target.name}: choose a field of ours."
    return _unfit(target, table.default, f"the default of {table}: ") if table else ""


def _of_constant(target: Target, value: str) -> str:
    if not value.strip():
        return f"{target.name}: expected a constant, found nothing."
    if "\x00" in value:
        return f"{target.name}: expected text, found a NUL character."
    if len(value) > LONGEST:
        return f"{target.name}: expected at most {LONGEST} characters, found {len(value):,}."
    return _unfit(target, value)


def _unfit(target: Target, value: str, of: str = "") -> str:
    try:
        fit(target, value)
    except Unfit as problem:
        return f"{target.name}: {of}{problem}."
    return ""
