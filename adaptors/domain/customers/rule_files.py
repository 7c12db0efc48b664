"""Files of export rules: one row for each customer, with columns that people read, and what their cells mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adaptors.domain.customers.rules import CannotChange, changed_values
from adaptors.fields import BY_NAME, FIELDS, Group
from adaptors.models import Activation, CommonSettings, ExportRule
from adaptors.registry import label_of
from arhub.domain.sharing import Actor, Level, levels_of
from connectors.domain.deliveries import can_deliver
from connectors.models import Connection
from ingestion import small_files
from ingestion.errors import Unreadable
from ingestion.small_files import Read

NUMBER, NAME, KEY, ACTIVE, FORMAT, DESTINATION, COMMON = (
    "number", "name", "key", "active", "format", "destination", "common",
)  # fmt: skip
_BEFORE = {Group.GENERAL: "", Group.SUPPLIER: "Supplier: ", Group.CUSTOMER: "Customer: "}
TITLES: Mapping[str, str] = {
    NUMBER: "Number",
    NAME: "Name",
    KEY: "Key",
    ACTIVE: "Active",
    FORMAT: "Output format",
    DESTINATION: "Destination gateway",
    COMMON: "Common settings",
    **{field.name: f"{_BEFORE[field.group]}{field.label}" for field in FIELDS},
}
"""Column → its title, in their order. Number, name and key are the customer's and are never changed."""
CHANGED = tuple(name for name in TITLES if name not in (NUMBER, NAME, KEY))
YES, NO = ("yes", "true", "1", "x", "ja"), ("no", "false", "0", "nej")
LONGEST_CELL = 2_000


def read(path: Path, name: str) -> Read:
    """Raises `Unreadable` with a sentence for the person who sent the file."""
    found = small_files.read(path, name, TITLES, {}, LONGEST_CELL)
    if not any(NUMBER in row.cells or KEY in row.cells for row in found.rows if not row.problem):
        raise Unreadable(f"Expected a column {TITLES[NUMBER]} or {TITLES[KEY]}, which says whom a row is about.")
    return found


@dataclass(frozen=True, slots=True)
class Names:
    """What rules of an activation refer to, by id and by name; `usable` are the ids of the connections that an actor
    may choose."""

    activation: Activation
    connections: Mapping[str, Connection]
    sets: Mapping[str, CommonSettings]
    usable: frozenset[int]

    @classmethod
    def of(cls, activation: Activation, actor: Actor) -> Names:
        rows = Connection.objects.filter(kind__in=activation.entry.destinations).order_by("name")
        connections = {one.name: one for one in rows if can_deliver(one)}
        found = levels_of(actor, list(connections.values()))
        usable = (pk for pk, level in found.items() if level is not None and level.includes(Level.OPERATE))
        sets = CommonSettings.objects.filter(activation=activation)
        return cls(activation, connections, {one.name: one for one in sets}, frozenset(usable))

    def stored(self, rule: ExportRule, name: str) -> str:
        """What a rule holds in a column, as it is stored; ids as texts."""
        match name:
            case "active":
                return "yes" if rule.is_active else "no"
            case "format":
                return rule.format
            case "destination":
                return str(rule.destination_id or "")
            case "common":
                return str(rule.common_id or "")
        return str(rule.values.get(name, ""))

    def shown(self, name: str, value: str) -> str:
        """A stored value as people read it, and as a file has it."""
        match name:
            case "format":
                return label_of(value)
            case "destination":
                return _name_of(self.connections, value)
            case "common":
                return _name_of(self.sets, value)
        return dict(BY_NAME[name].choices).get(value, value) if name in BY_NAME else value

    def meant(self, rule: ExportRule, name: str, text: str) -> str:
        """A cell about a rule, as it is stored. Raises `CannotChange`."""
        match name:
            case "active":
                return _yes_or_no(text)
            case "format":
                return self._format(text)
            case "destination":
                own = {*self.usable, rule.destination_id}
                known = {name: one for name, one in self.connections.items() if one.pk in own}
                return _id_of(known, text, name, "the name of a connection that delivers files")
            case "common":
                return _id_of(self.sets, text, name, "the name of common settings for chosen customers")
        field = BY_NAME[name]
        code = {label.lower(): code for code, label in field.choices}.get(text.lower(), text)
        return changed_values({}, {name: code}).get(name, "")

    def _format(self, text: str) -> str:
        offered = self.activation.entry.formats
        known = {label_of(kind).lower(): kind for kind in offered} | {kind: kind for kind in offered}
        if text and text.lower() not in known:
            labels = ", ".join(label_of(kind) for kind in offered)
            raise CannotChange(f"{TITLES[FORMAT]}: expected one of {labels}, found “{text[:60]}”.", FORMAT)
        return known[text.lower()] if text else ""


def _yes_or_no(text: str) -> str:
    if text.lower() in (*YES, *NO):
        return "yes" if text.lower() in YES else "no"
    raise CannotChange(f"{TITLES[ACTIVE]}: expected yes or no, found “{text[:60]}”.", ACTIVE)


def _name_of(known: Mapping[str, Connection | CommonSettings], value: str) -> str:
    return next((name for name, one in known.items() if str(one.pk) == value), f"(gone: {value})" if value else "")


def _id_of(known: Mapping[str, Connection | CommonSettings], text: str, name: str, expected: str) -> str:
    if text and text not in known:
        raise CannotChange(f"{TITLES[name]}: expected {expected}, found “{text[:60]}”.", name)
    return str(known[text].pk) if text else ""
