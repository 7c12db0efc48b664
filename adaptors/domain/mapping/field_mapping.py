"""The field mapping of an activation: what each field of the other system is filled from, applied to what is sent.

A target without a mapping is filled by the connector as if there were none. What a mapping cannot say holds the push,
with a sentence, until it is mended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from adaptors.catalogue import CATALOGUE, Work
from adaptors.domain.mapping.field_sources import Row, described
from adaptors.domain.mapping.field_values import Unfit, fit, text_of
from adaptors.models import Activation, FieldMapping, LookupEntry
from arhub.domain.channels import Held
from arhub.records import RECORD_TYPES
from connectors.base import ErpConnector, Subject, Target, TargetObject
from connectors.models import Connection
from connectors.registry import load as connector_class

POSTING = [entry.kind for entry in CATALOGUE.values() if entry.work is Work.POST]
Kind = FieldMapping.Kind
_TOLD = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a target of a record cannot be filled, in a sentence."""

    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What a target gets for one row of its part. `is_default` says that the connector fills it by itself: `value` is
    what it would take, or words that tell how it is worked out."""

    value: Any = None
    problem: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """A record as the mapping has it: the cells of each target, and the subject for the connector."""

    subject: Subject
    made: TargetObject | None
    cells: Mapping[str, Sequence[Cell]] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        return [Problem(name, cell.problem) for name, row in self.cells.items() for cell in row if cell.problem]


class Rules:
    """The mapping of one activation, read once for as many records as there are. `entries` of its tables are read as
    they are asked for, in one query for all records of a call."""

    def __init__(self, activation: Activation) -> None:
        assert activation.destination is not None
        kind = connector_class(activation.destination.kind)
        assert issubclass(kind, ErpConnector)
        defaults = {setting.name: setting.default for setting in kind.settings}
        self.activation, self.connector = activation, kind
        self._values = {**defaults, **activation.destination.values}
        self._entries: dict[tuple[int, str], str] = {}

    @cached_property
    def _rows_by_target(self) -> dict[tuple[str, str], FieldMapping]:
        rows = FieldMapping.objects.filter(activation=self.activation).select_related("table")
        return {(row.record_type, row.target): row for row in rows}

    def of(self, made: TargetObject, target: Target) -> FieldMapping | None:
        return self._rows_by_target.get((made.name, target.name))

    def default(self, target: Target) -> str:
        """What fills a target without a mapping, in words; empty when nothing does."""
        labels = {setting.name: setting.label for setting in self.connector.settings}
        given = [f"{labels[name]} of the connection" for name in target.settings if self._values.get(name)]
        return ", else ".join([*map(described, target.feeds), *given[:1], *filter(None, [target.default])])

    def unmapped(self, made: TargetObject) -> list[Target]:
        """The required targets that nothing fills."""
        bare = [one for one in made.targets if one.required and not self.default(one)]
        return [one for one in bare if self.of(made, one) is None]

    def apply(self, subjects: Sequence[Subject]) -> list[Applied]:
        """What becomes of records of one type."""
        self._read_entries(subjects)
        return [self._applied(subject) for subject in subjects]

    def _applied(self, subject: Subject) -> Applied:
        made = self.connector.object_of(subject)
        if made is None:
            return Applied(subject, None)
        rows = self._rows(subject)
        cells = {one.name: self._cells(made, one, subject, rows.get(one.part, ())) for one in made.targets}
        return Applied(replace(subject, mapped=self._mapped(made, cells)), made, cells)

    def _rows(self, subject: Subject) -> dict[str, list[Row]]:
        given = self.connector.rows(subject)
        record = given[""][0]
        return {
            part: [Row(record, subject.account, one if part else {}) for one in some] for part, some in given.items()
        }

    def _cells(self, made: TargetObject, target: Target, subject: Subject, rows: Sequence[Row]) -> list[Cell]:
        mapping = self.of(made, target)
        found = []
        for number, row in enumerate(rows, 1):
            try:
                cell = self._default_cell(target, row) if mapping is None else Cell(self._value(target, mapping, row))
                if cell.value is None and target.required:
                    raise Unfit(f"nothing fills it, for {_why(target, mapping)}")
            except Unfit as problem:
                where = f"{target.name} of {_label(subject)}{_place(made, target, row, number)}"
                cell = Cell(problem=f"{where}: {problem}.", is_default=mapping is None)
            found.append(cell)
        return found

    def _default_cell(self, target: Target, row: Row) -> Cell:
        fed = next((value for path in target.feeds if text_of(value := row.value(path))), None)
        given = next((value for name in target.settings if (value := self._values.get(name))), None)
        return Cell(fed if fed is not None else given or target.default or None, is_default=True)

    def _value(self, target: Target, mapping: FieldMapping, row: Row) -> Any:
        match mapping.kind:
            case Kind.CONSTANT:
                return fit(target, mapping.value)
            case Kind.FIELD:
                return fit(target, row.value(mapping.value))
        return self._looked_up(target, mapping, text_of(row.value(mapping.value)))

    def _looked_up(self, target: Target, mapping: FieldMapping, key: str) -> Any:
        table = mapping.table
        assert table is not None
        found = self._entries.get((table.pk, key)) or table.default
        if found:
            return fit(target, found)
        if not key:
            raise Unfit(f"{described(mapping.value)} is empty, and the lookup table {table} has no default")
        raise Unfit(f"{described(mapping.value)} is “{key[:80]}”, which the lookup table {table} does not have")

    def _mapped(self, made: TargetObject, cells: Mapping[str, Sequence[Cell]]) -> dict[str, list[dict[str, Any]]]:
        """By part, a mapping of target and value for each of its rows."""
        found: dict[str, list[dict[str, Any]]] = {}
        for target in made.targets:
            if self.of(made, target) is not None:
                rows = found.setdefault(target.part, [{} for _ in cells[target.name]])
                for row, cell in zip(rows, cells[target.name], strict=True):
                    row[target.name] = cell.value
        return found

    def _read_entries(self, subjects: Iterable[Subject]) -> None:
        keys = defaultdict(set)
        for subject in subjects:
            for table, key in self._asked(subject):
                keys[table].add(key)
        for table, some in keys.items():
            rows = LookupEntry.objects.filter(table=table, key__in=some).values_list("key", "value")
            self._entries |= {(table, key): value for key, value in rows}

    def _asked(self, subject: Subject) -> Iterator[tuple[int, str]]:
        """The lookup tables, by id, that a record asks, and the keys."""
        made = self.connector.object_of(subject)
        rows = self._rows(subject) if made else {}
        for target in made.targets if made else ():
            mapping = self.of(made, target)  # type: ignore[arg-type]
            if mapping is not None and mapping.kind == Kind.LOOKUP and mapping.table_id:
                for row in rows.get(target.part, ()):
                    yield mapping.table_id, text_of(row.value(mapping.value))


def mapped(connection: Connection, subjects: Sequence[tuple[int, Subject]]) -> list[Subject]:
    """What a push to a connection says, by the field mapping of the activation that posts there; as it is where none
    does. Each subject comes with its ledger. Raises `Held` with what the mapping lacks."""
    activations = list(
        Activation.objects.filter(destination=connection, is_on=True, adaptor__in=POSTING)
        .select_related("destination", "source")
        .order_by("id")
    )
    rules: dict[int, Rules] = {}
    found = []
    for ledger_id, subject in subjects:
        activation = _of_ledger(activations, ledger_id)
        if activation is not None:
            known = rules.get(activation.pk) or rules.setdefault(activation.pk, Rules(activation))
            subject = _or_held(known, subject)
        found.append(subject)
    return found


def unmapped(activation: Activation) -> list[str]:
    """The required targets that nothing fills, of every object that records become there."""
    rules = Rules(activation)
    return [f"{one.name} of {made.label}" for made in rules.connector.objects for one in rules.unmapped(made)]


def waits_for(activation: Activation) -> str:
    """By what a push is held whose mapping lacks something."""
    return f"field mapping {activation.pk}"


def _or_held(rules: Rules, subject: Subject) -> Subject:
    (applied,) = rules.apply([subject])
    if problems := [problem.text for problem in applied.problems]:
        more = f" And {len(problems) - _TOLD:,} more." if len(problems) > _TOLD else ""
        raise Held(" ".join(problems[:_TOLD]) + more, waits_for(rules.activation))
    return applied.subject


def _of_ledger(activations: Sequence[Activation], ledger_id: int) -> Activation | None:
    """The activation that posts a ledger: the one that has it, else one that takes any."""
    for activation in activations:
        if activation.source is not None and activation.source.ledger_id == ledger_id:
            return activation
    return next((one for one in activations if one.source is None), None)


def _why(target: Target, mapping: FieldMapping | None) -> str:
    if mapping is not None:
        return f"{described(mapping.value)} is empty" if mapping.value else "the constant is empty"
    if not target.feeds:
        return "the connection does not say it, and no field mapping does"
    return f"{', '.join(map(described, target.feeds))} {'is' if len(target.feeds) == 1 else 'are'} empty"


def _label(subject: Subject) -> str:
    record_type, values = RECORD_TYPES[subject.record_type], subject.values
    names = ("invoice_number", "credit_memo_number", "payment_id", "account_id", "erp_key")
    return f"{record_type.label.lower()} {next(values[name] for name in names if values.get(name))}"


def _place(made: TargetObject, target: Target, row: Row, number: int) -> str:
    match made.parts.get(target.part):
        case "line":
            return f", line {row.part['line_number']}" if row.part.get("line_number") else ""
        case "application":
            return f", document {row.part.get('number') or number}"
    return ""
