"""What a change of common settings comes to: which customers' results change, before anything is stored.

The rules are gone through in chunks, so that memory does not grow with them; a digest of all differences lets whoever
confirms them be sure that they are still those that were shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import transaction

from adaptors.domain.approvals.sensitive import note_common
from adaptors.domain.customers.chunks import all_of, chunks
from adaptors.domain.customers.effective import Grounds, group_of
from adaptors.domain.customers.readiness import Judge, forget
from adaptors.domain.customers.rules import changed_values
from adaptors.fields import BY_NAME, RuleField
from adaptors.models import Activation, CommonSettings, ExportRule

SHOWN = 50


class ChangedMeanwhile(Exception):
    """What would change is not what a person looked at."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """New values of common settings by their names, empty ones for those that go: for all customers, or those of a set
    for chosen customers."""

    values: Mapping[str, str]
    chosen: CommonSettings | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one customer."""

    rule: ExportRule
    field: RuleField
    before: str
    after: str

    @property
    def before_shown(self) -> str:
        return _shown(self.field, self.before)

    @property
    def after_shown(self) -> str:
        return _shown(self.field, self.after)

    def has(self, term: str) -> bool:
        account = self.rule.account
        return term in f"{account} {account.number or ''}".lower()


@dataclass(slots=True)
class Impact:
    """`customers` of the `total` change. `shown` are those of the page that was asked for among the `found` that have
    the search term. `better` become ready, `worse` are it no more."""

    total: int = 0
    customers: int = 0
    found: int = 0
    better: int = 0
    worse: int = 0
    digest: str = ""
    shown: tuple[Difference, ...] = ()


def impact(activation: Activation, proposal: Proposal, *, search: str = "", first: int = 0) -> Impact:
    """What the proposal would change now. Raises `CannotChange` for values that cannot be. Nothing is written."""
    changes, told, seen = _Changes(activation, proposal), Impact(), hashlib.sha256()
    term, shown = search.strip().lower(), []
    for difference in changes:
        seen.update(repr((difference.rule.pk, difference.field.name, difference.before, difference.after)).encode())
        if not term or difference.has(term):
            if first <= told.found < first + SHOWN:
                shown.append(difference)
            told.found += 1
    for name in ("total", "customers", "better", "worse"):
        setattr(told, name, getattr(changes, name))
    told.shown = tuple(shown)
    seen.update(repr(sorted(changes.stored.items())).encode())
    told.digest = seen.hexdigest()
    return told


@transaction.atomic
def apply(activation: Activation, proposal: Proposal, digest: str) -> Impact:
    """Store the common settings, if that still changes what the digest was made of. Raises `ChangedMeanwhile`, and has
    written nothing, when it does not; `CannotChange` for values that cannot be."""
    held = Activation.objects.select_for_update(of=("self",)).get(pk=activation.pk)
    found = impact(held, proposal)
    if found.digest != digest:
        raise ChangedMeanwhile
    if proposal.chosen is None:
        _store(held, proposal.values)
        forget(held)
        return found
    stored = CommonSettings.objects.select_for_update().get(pk=proposal.chosen.pk, activation=held)
    before, stored.values = stored.values, changed_values(stored.values, proposal.values)
    note_common(held, before, stored.values)
    stored.save(update_fields=["values"])
    all_of(held).filter(common=stored).update(judged_at=None)
    return found


def _store(activation: Activation, values: Mapping[str, str]) -> None:
    for name in {group_of(name) for name in values}:
        part = {key: value for key, value in values.items() if group_of(key) == name}
        before, after = getattr(activation, name), changed_values(getattr(activation, name), part)
        note_common(activation, before, after)
        setattr(activation, name, after)
    activation.save(update_fields=["general", "supplier", "customer"])


class _Changes:
    """Goes through the differences, and counts as it goes."""

    def __init__(self, activation: Activation, proposal: Proposal) -> None:
        self.activation, self.chosen = activation, proposal.chosen
        common = {**activation.general, **activation.supplier, **activation.customer}
        before = self.chosen.values if self.chosen else common
        self.stored = changed_values(before, proposal.values)
        self.fields = [BY_NAME[name] for name in proposal.values if before.get(name, "") != self.stored.get(name, "")]
        self.total = self.customers = self.better = self.worse = 0

    def __iter__(self) -> Iterator[Difference]:
        """All rules are counted, those that the settings cannot reach are not looked at."""
        rules = all_of(self.activation)
        self.total = rules.count()
        if self.chosen:
            rules = rules.filter(common=self.chosen)
        if self.fields:
            for chunk in chunks(rules):
                yield from self._of_chunk(chunk)

    def _of_chunk(self, rules: list[ExportRule]) -> Iterator[Difference]:
        before = Grounds(self.activation, rules)
        after = before.proposing(self.stored, self.chosen.pk if self.chosen else None)
        changed = []
        for rule in rules:
            own = [Difference(rule, one, before.value(rule, one), after.value(rule, one)) for one in self.fields]
            if differing := [one for one in own if one.before != one.after]:
                changed.append(rule)
                yield from differing
        self.customers += len(changed)
        self._judge(changed, before, after)

    def _judge(self, rules: list[ExportRule], before: Grounds, after: Grounds) -> None:
        old, new = Judge(self.activation, rules, before), Judge(self.activation, rules, after)
        for rule in rules:
            was, will = not old.lacks(rule), not new.lacks(rule)
            self.better += will and not was
            self.worse += was and not will


def _shown(field: RuleField, value: str) -> str:
    return dict(field.choices).get(value, value)
