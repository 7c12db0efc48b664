"""Importing export rules: first what a file would change, field by field; then exactly that, or nothing.

No rule is made or removed by a file. A column that it does not have is left alone; an empty cell resets to what is
common. What is to be done is kept as the changes alone, so that a person can carry it from one page to the next.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from adaptors.domain.approvals.sensitive import note_rules, of_rule
from adaptors.domain.customers.chunks import SIZE, all_of, parts
from adaptors.domain.customers.impact import ChangedMeanwhile
from adaptors.domain.customers.rule_files import (
    ACTIVE,
    CHANGED,
    COMMON,
    DESTINATION,
    FORMAT,
    KEY,
    NUMBER,
    TITLES,
    Names,
)
from adaptors.domain.customers.rules import CannotChange, existing, pass_over
from adaptors.models import Activation, ExportRule
from arhub.domain.sharing import Actor
from arhub.models import User
from ingestion.small_files import Row

CHANGES, UNCHANGED, REFUSED = STATES = ("changed", "unchanged", "refused")
SHOWN = 200
Changes = dict[int, dict[str, str]]
"""By the id of a rule, column → new value as it is stored."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Both as people read them."""

    title: str
    before: str
    after: str

    @property
    def what(self) -> str:
        return "changed" if self.before and self.after else "new" if self.after else "cleared"


@dataclass(frozen=True, slots=True)
class Step:
    """What a row comes to."""

    row: Row
    state: str
    rule: ExportRule | None = None
    differences: Sequence[Difference] = ()
    reason: str = ""


@dataclass(slots=True)
class Plan:
    """`shown` are the first steps of each state; `changes` all that is to be done, of which `digest` is made with what
    stood there before; `kinds` counts the fields that are new, changed and cleared."""

    counts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    shown: dict[str, list[Step]] = field(default_factory=lambda: {state: [] for state in STATES})
    changes: Changes = field(default_factory=dict)
    digest: str = ""


def plan(activation: Activation, rows: Sequence[Row], actor: Actor) -> Plan:
    """What the rows would do now for an actor, who chooses among the connections that they may use. Nothing is
    written."""
    made, names, seen, lines = Plan(), Names.of(activation, actor), _Digest(), dict[int, int]()
    for step, changes in _steps(activation, rows, names, lines):
        made.counts[step.state] += 1
        made.kinds.update(one.what for one in step.differences)
        if len(made.shown[step.state]) < SHOWN:
            made.shown[step.state].append(step)
        if step.rule is not None and changes:
            made.changes[step.rule.pk] = changes
            seen.add(names, step.rule, changes)
    made.digest = seen.text
    return made


@transaction.atomic
def apply(activation: Activation, changes: Changes, digest: str, user: User | None, actor: Actor) -> int:
    """Do what was planned; how many rules. Raises `ChangedMeanwhile`, and has written nothing, when these rules, or
    what they would refer to for this actor, are not what they were. Documents of customers who become active are
    passed over."""
    names, seen, done = Names.of(activation, actor), _Digest(), 0
    for part in parts(list(changes)):
        rules = all_of(activation).filter(pk__in=part).select_for_update(of=("self",)).in_bulk()
        chosen = [(rules[pk], changes[pk]) for pk in part if pk in rules]
        for rule, new in chosen:
            seen.add(names, rule, new)
        if not all(_refers(names, new) for _, new in chosen):
            raise ChangedMeanwhile
        done += _write(activation, chosen, user)
    if seen.text != digest:
        raise ChangedMeanwhile
    return done


class _Digest:
    """Of what rules held before and are to hold, in their order."""

    def __init__(self) -> None:
        self._seen = hashlib.sha256()

    def add(self, names: Names, rule: ExportRule, changes: Mapping[str, str]) -> None:
        told = [(name, names.stored(rule, name), value) for name, value in sorted(changes.items())]
        self._seen.update(repr((rule.pk, told)).encode())

    @property
    def text(self) -> str:
        return self._seen.hexdigest()


def _steps(
    activation: Activation, rows: Sequence[Row], names: Names, lines: dict[int, int]
) -> Iterator[tuple[Step, dict[str, str]]]:
    for part in parts(rows):
        known = _Customers(activation, part)
        for row in part:
            yield _step(row, known, names, lines)


def _step(row: Row, known: _Customers, names: Names, lines: dict[int, int]) -> tuple[Step, dict[str, str]]:
    try:
        if row.problem:
            raise CannotChange(row.problem)
        rule = known.meant(row)
        if (before := lines.setdefault(rule.pk, row.line)) != row.line:
            raise CannotChange(f"Line {before:,} is about the same customer.")
        changes = _changes(row, rule, names)
        _check(rule, changes, names.activation)
    except CannotChange as problem:
        return Step(row, REFUSED, reason=str(problem)), {}
    told = [
        Difference(TITLES[name], names.shown(name, names.stored(rule, name)), names.shown(name, value))
        for name, value in changes.items()
    ]
    return Step(row, CHANGES if changes else UNCHANGED, rule, told), changes


def _changes(row: Row, rule: ExportRule, names: Names) -> dict[str, str]:
    """The cells that differ from what is stored, as they are stored. An empty Active says nothing."""
    cells = {name: row.cells[name] for name in CHANGED if name in row.cells and (name != ACTIVE or row.cells[name])}
    meant = {name: names.meant(rule, name, text) for name, text in cells.items()}
    return {name: value for name, value in meant.items() if value != names.stored(rule, name)}


def _check(rule: ExportRule, changes: Mapping[str, str], activation: Activation) -> None:
    """Who becomes active needs a format and a gateway."""
    if changes.get(ACTIVE) != "yes":
        return
    if not (changes.get(FORMAT, rule.format) or activation.format):
        raise CannotChange("An active customer needs an output format.", FORMAT)
    if not (changes.get(DESTINATION, str(rule.destination_id or "")) or activation.destination_id):
        raise CannotChange("An active customer needs a destination gateway.", DESTINATION)


def _refers(names: Names, changes: Mapping[str, str]) -> bool:
    """Whether what the changes refer to is still there, and may be chosen."""
    there = {DESTINATION: names.usable, COMMON: {one.pk for one in names.sets.values()}}
    return all(not changes.get(name) or int(changes[name]) in known for name, known in there.items())


_WRITES = {
    ACTIVE: ("is_active", "activated_at", "activated_by"),
    FORMAT: ("format", "format_values"),
    DESTINATION: ("destination",),
    COMMON: ("common",),
}
"""Column → what it is stored in; all others are among the values."""


def _write(activation: Activation, chosen: Sequence[tuple[ExportRule, Mapping[str, str]]], user: User | None) -> int:
    begins = [rule.pk for rule, changes in chosen if changes.get(ACTIVE) == "yes"]
    if begins:
        pass_over(existing(activation, all_of(activation).filter(pk__in=begins)), activation)
    before = [of_rule(rule) for rule, _ in chosen]
    for rule, changes in chosen:
        _change(rule, changes, user)
    note_rules(zip([rule for rule, _ in chosen], before, strict=True), user)
    written = {column for _, changes in chosen for name in changes for column in _WRITES.get(name, ("values",))}
    columns = sorted({*written, "changed_at", "judged_at"})
    return ExportRule.objects.bulk_update([rule for rule, _ in chosen], columns, batch_size=SIZE)


def _change(rule: ExportRule, changes: Mapping[str, str], user: User | None) -> None:
    own: dict[str, Any] = dict(changes)
    rule.changed_at, rule.judged_at = timezone.now(), None
    if ACTIVE in own:
        rule.is_active = own.pop(ACTIVE) == "yes"
        if rule.is_active:
            rule.activated_at, rule.activated_by = rule.changed_at, user
    if FORMAT in own:
        rule.format, rule.format_values = own.pop(FORMAT), {}
    for name in ("destination", "common"):
        if name in own:
            setattr(rule, f"{name}_id", int(own.pop(name) or 0) or None)
    rule.values = {name: value for name, value in {**rule.values, **own}.items() if value}


class _Customers:
    """The rules of the customers whom some rows name: one query."""

    def __init__(self, activation: Activation, rows: Iterable[Row]) -> None:
        keys = {row.cells[KEY] for row in rows if row.cells.get(KEY)}
        numbers = {row.cells[NUMBER].lower() for row in rows if row.cells.get(NUMBER)}
        named = Q(account__erp_key__in=keys) | Q(account__number_lower__in=numbers)
        self.by_key: dict[str, ExportRule] = {}
        self.by_number: dict[str, list[ExportRule]] = {}
        for rule in all_of(activation).filter(named).select_related("account"):
            self.by_key[rule.account.erp_key] = rule
            self.by_number.setdefault((rule.account.number or "").lower(), []).append(rule)

    def meant(self, row: Row) -> ExportRule:
        """The rule that a row is about: by its key, else by its number. Raises `CannotChange`."""
        key, number = row.cells.get(KEY, ""), row.cells.get(NUMBER, "")
        if not (key or number):
            raise CannotChange("Expected the number or the key of a customer, found neither.")
        found = [self.by_key[key]] if key in self.by_key else [] if key else self.by_number.get(number.lower(), [])
        if not found:
            raise CannotChange(f"No customer of this adaptor has the {'key' if key else 'number'} “{key or number}”.")
        if len(found) > 1:
            raise CannotChange(f"{len(found)} customers have the number “{number}”: tell them apart by their key.")
        return found[0]
