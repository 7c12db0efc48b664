"""Effective settings: what holds for a customer in the end, and which level says so.

A page of customers, or a chunk of documents, is looked up in a constant number of queries (`Grounds`); from there it is
plain code on what lies in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from django.db.models import Q

from adaptors.fields import BY_NAME, FIELDS, Group, RuleField
from adaptors.models import Activation, CommonSettings, ExportRule
from arhub.countries import code_of
from arhub.models import Account, BankAccount, Contact, Tenant

Settings = Mapping[str, str]
"""By the names of `adaptors.fields`, every field; what nobody sets is empty."""


class Level(StrEnum):
    OWN = "own"
    CHOSEN = "common for chosen customers"
    COMMON = "common"
    DATA = "account data"
    DEFAULT = "default"
    NONE = "not set"


@dataclass(frozen=True, slots=True)
class Effective:
    """A value and where it comes from; `without_own` is what would hold if the customer had none of its own."""

    field: RuleField
    value: str
    level: Level
    where: str
    without_own: str

    @property
    def shown(self) -> str:
        return dict(self.field.choices).get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Data:
    """What the records say of a customer and of ourselves."""

    company: Tenant
    bank: BankAccount | None
    account: Account | None
    contact: Contact | None


class Grounds:
    """What the settings of some rules of one activation rest on: three queries, however many rules."""

    def __init__(self, activation: Activation, rules: Iterable[ExportRule]) -> None:
        """The rules come with their accounts selected."""
        self.activation = activation
        rows = list(rules)
        self.company = Tenant.objects.get(pk=activation.tenant_id or 0)
        self.bank = BankAccount.objects.order_by("-is_default", "name", "pk").first()
        self.sets = {one.pk: one for one in CommonSettings.objects.filter(activation=activation)}
        self.contacts = _contacts([rule.account for rule in rows])
        self._share({**activation.general, **activation.supplier, **activation.customer})

    def _share(self, common: Settings) -> None:
        """Work out what all customers share."""
        self.common, ours = common, self._data(None)
        self._shared = {field.name: common.get(field.name) or _from_data(field, ours) or field.default
                        for field in FIELDS}  # fmt: skip

    @property
    def shared(self) -> str:
        """What holds for every customer, in one text."""
        return repr((sorted(self._shared.items()), [(pk, one.values) for pk, one in sorted(self.sets.items())]))

    def proposing(self, values: Settings, chosen: int | None = None) -> Grounds:
        """The same with other common settings: those for all customers, or those of a set."""
        other = copy(self)
        if chosen is None:
            other._share(values)
        else:
            known = self.sets[chosen]
            other.sets = {**self.sets, chosen: CommonSettings(pk=chosen, name=known.name, values=dict(values))}
        return other

    def of(self, rule: ExportRule) -> dict[str, str]:
        """Every effective value of a rule, whose account is at hand."""
        data, found = self._data(rule.account), dict(self._shared)
        for field in _OF_CUSTOMERS:
            if not self.common.get(field.name):
                found[field.name] = _from_data(field, data) or field.default
        chosen = self.sets.get(rule.common_id or 0)
        for values in (chosen.values if chosen else {}, rule.values):
            found.update((name, value) for name, value in values.items() if value and name in found)
        return found

    def value(self, rule: ExportRule, field: RuleField) -> str:
        """One effective value."""
        return self.set_by_people(rule, field) or _from_data(field, self._data(rule.account)) or field.default

    def set_by_people(self, rule: ExportRule, field: RuleField) -> str:
        """The value that somebody has set, of whatever level; empty when only the data tells."""
        levels = self._levels(rule)
        return next((values[field.name] for _, _, values in levels if values.get(field.name)), "")

    def explained(self, rule: ExportRule | None, group: Group) -> list[Effective]:
        """The fields of a group as a page shows them; without a rule those that hold for all customers, where nothing
        is known of any one's data."""
        data = self._data(rule.account if rule else None)
        levels = self._levels(rule)
        return [_explain(field, levels, data) for field in FIELDS if field.group is group]

    def _levels(self, rule: ExportRule | None) -> list[tuple[Level, str, Settings]]:
        """What people have set, the nearest first."""
        found: list[tuple[Level, str, Settings]] = []
        if rule is not None:
            found.append((Level.OWN, "", rule.values))
            if rule.common_id in self.sets:
                chosen = self.sets[rule.common_id]
                found.append((Level.CHOSEN, chosen.name, chosen.values))
        return [*found, (Level.COMMON, "", self.common)]

    def _data(self, account: Account | None) -> Data:
        contact = self.contacts.get(account.pk) if account else None
        return Data(self.company, self.bank, account, contact)


def settings_of(activation: Activation, rules: Sequence[ExportRule]) -> dict[int, dict[str, str]]:
    """Effective settings by the id of the rule. The rules come with their accounts selected."""
    grounds = Grounds(activation, rules)
    return {rule.pk: grounds.of(rule) for rule in rules}


def group_of(name: str) -> str:
    """The activation's attribute that holds the common value of a field."""
    return {Group.GENERAL: "general", Group.SUPPLIER: "supplier", Group.CUSTOMER: "customer"}[BY_NAME[name].group]


def _contacts(accounts: Sequence[Account]) -> dict[int, Contact]:
    """By account, its primary contact: the one it names, else the first that says so itself."""
    named = {account.primary_contact_id: account.pk for account in accounts if account.primary_contact_id}
    ids = [account.pk for account in accounts]
    rows = Contact.objects.filter(Q(pk__in=named) | Q(account__in=ids, is_primary=True)).order_by("-pk")
    found: dict[int, Contact] = {}
    for row in rows:
        found[row.account_id] = row
    for row in rows:
        if row.pk in named:
            found[named[row.pk]] = row
    return found


def _explain(field: RuleField, levels: Sequence[tuple[Level, str, Settings]], data: Data) -> Effective:
    ladder = [(level, where, values[field.name]) for level, where, values in levels if values.get(field.name)]
    if value := _from_data(field, data):
        ladder.append((Level.DATA, _data_label(field), value))
    if field.default:
        ladder.append((Level.DEFAULT, "", field.default))
    ladder.append((Level.NONE, "", ""))
    level, where, value = ladder[0]
    beneath = next(text for level, _, text in ladder if level is not Level.OWN)
    return Effective(field, value, level, where, beneath)


def _data_label(field: RuleField) -> str:
    whose = field.source.partition(".")[0]
    return {"company": "company data", "bank": "bank account", "contact": "contact"}.get(whose, "account data")


_OF_CUSTOMERS = [field for field in FIELDS if field.source.startswith(("account.", "contact."))]


def _from_data(field: RuleField, data: Data) -> str:
    return _getter(field.source)(data) if field.source else ""


@cache
def _getter(source: str) -> Callable[[Data], str]:
    """What reads a field's source: the first of its attributes that says something."""
    ways = [_one(*part.split(".")) for part in source.split(" or ")]
    if len(ways) == 1:
        return ways[0]
    return lambda data: next((found for way in ways if (found := way(data))), "")


def _one(whose: str, attribute: str) -> Callable[[Data], str]:
    if attribute.startswith("endpoint_"):
        part = 0 if attribute == "endpoint_scheme" else 1
        return lambda data: _endpoint(getattr(data, whose))[part]
    return lambda data: _text(getattr(getattr(data, whose), attribute, None))


def _endpoint(party: Any) -> tuple[str, str]:
    """Scheme and id that the data itself gives: a GLN, else a Danish register's number. A company of ours is known by
    its register first."""
    gln, number = _text(getattr(party, "gln", "")), _text(getattr(party, "registration_number", ""))
    ways = [("0088", gln), ("0184", number if code_of(_text(getattr(party, "country", ""))) == "DK" else "")]
    if isinstance(party, Tenant):
        ways.reverse()
    return next((way for way in ways if way[1]), ("", ""))


def _text(value: Any) -> str:
    return str(value).strip() if value else ""
