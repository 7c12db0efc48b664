"""Lookup tables: made, changed, imported, removed. What waited for one looks again when it changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from adaptors.domain.mapping.mapping_edits import let_go_for
from adaptors.domain.names import take_turns
from adaptors.models import Activation, FieldMapping, LookupEntry, LookupTable
from ingestion.small_files import Row

COLUMNS = ("table", "key", "value")
"""Of what is exported and imported."""
LONGEST = 255
MOST_ENTRIES = 20_000

Entries = Mapping[str, str]


class BadTable(Exception):
    """What cannot be stored; the text says why."""


class InUse(Exception):
    """The table cannot be removed; the text says what uses it."""


class ChangedMeanwhile(Exception):
    """The table is not what it was when a person looked at what an import would change."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an import does to a key: `before` is empty for a new one."""

    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. Keys that it does not name stay."""

    new: Sequence[Change]
    changed: Sequence[Change]
    unchanged: int
    refused: Sequence[tuple[Row, str]]

    @property
    def to_write(self) -> int:
        return len(self.new) + len(self.changed)

    @property
    def digest(self) -> str:
        """The same for two plans that do the same."""
        told = [[one.key, one.before, one.after] for one in (*self.new, *self.changed)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def state_of(table: LookupTable) -> str:
    """A digest of a table's entries: the same as long as nobody has changed them."""
    rows = LookupEntry.objects.filter(table=table).order_by("key").values_list("key", "value") if table.pk else ()
    return hashlib.sha256(json.dumps(list(rows)).encode()).hexdigest()


def used_by(table: LookupTable) -> list[FieldMapping]:
    return list(FieldMapping.objects.filter(table=table).select_related("activation").order_by("activation", "id"))


def check(table: LookupTable, name: str, default: str, entries: Iterable[tuple[str, str]] | None) -> Entries | None:
    """What `save` would store. Raises `BadTable`."""
    if not name.strip():
        raise BadTable("A table needs a name.")
    take_turns()
    if LookupTable.objects.filter(name=name.strip()).exclude(pk=table.pk).exists():
        raise BadTable(f"There is a table called {name.strip()} already.")
    if len(default.strip()) > LONGEST:
        raise BadTable(f"Expected a default of at most {LONGEST} characters, found {len(default.strip()):,}.")
    return None if entries is None else _checked(entries)


@transaction.atomic
def save(table: LookupTable, name: str, default: str, entries: Iterable[tuple[str, str]] | None) -> LookupTable:
    """Store a table with exactly these entries, of which one without a key and a value is none; None leaves them as
    they are. Raises `BadTable`."""
    wanted = check(table, name, default, entries)
    table.name, table.default = name.strip(), default.strip()
    table.save()
    if wanted is not None:
        LookupEntry.objects.filter(table=table).exclude(key__in=wanted).delete()
    _write(table, wanted or {})
    return table


@transaction.atomic
def remove(table: LookupTable) -> None:
    """Raises `InUse`."""
    if using := obstacle(table):
        raise InUse(using)
    table.delete()


def obstacle(table: LookupTable) -> str:
    """Why a table cannot be removed; empty when it can."""
    found = [f"{row.target} of {row.activation}" for row in used_by(table)]
    return f"{table} is used by {', '.join(found[:5])}: map these otherwise first." if found else ""


def plan(table: LookupTable, rows: Sequence[Row]) -> Plan:
    """What an import would change. Nothing is written."""
    stored = dict(LookupEntry.objects.filter(table=table).values_list("key", "value"))
    seen: dict[str, str] = {}
    refused = []
    for row in rows:
        key, value = row.cells.get("key", ""), row.cells.get("value", "")
        if text := row.problem or _elsewhere(table, row) or _wrong(key, value) or _twice(key, seen):
            refused.append((row, text))
        else:
            seen[key] = value
    changes = [Change(key, stored.get(key, ""), value) for key, value in seen.items()]
    new = [one for one in changes if not one.before]
    changed = [one for one in changes if one.before not in ("", one.after)]
    return Plan(new, changed, len(changes) - len(new) - len(changed), refused)


@transaction.atomic
def apply(table: LookupTable, rows: Sequence[Row], digest: str) -> Plan:
    """Do what the plan of this digest says. Raises `ChangedMeanwhile`, and has written nothing, when it would do
    anything else by now."""
    LookupTable.objects.select_for_update().get(pk=table.pk)
    made = plan(table, rows)
    if made.digest != digest:
        raise ChangedMeanwhile
    _write(table, {one.key: one.after for one in (*made.new, *made.changed)})
    return made


def _checked(entries: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in ((key.strip(), value.strip()) for key, value in entries):
        if not key and not value:
            continue
        if wrong := _wrong(key, value):
            raise BadTable(f"{key[:60] or value[:60]}: {wrong}")
        if key in found:
            raise BadTable(f"The key {key[:60]} stands there twice.")
        found[key] = value
    if len(found) > MOST_ENTRIES:
        raise BadTable(f"Expected at most {MOST_ENTRIES:,} entries, found {len(found):,}.")
    return found


def _elsewhere(table: LookupTable, row: Row) -> str:
    named = row.cells.get("table", "")
    return f"It is of the table {named[:60]}." if named and named != table.name else ""


def _twice(key: str, seen: Entries) -> str:
    return "The key stands there twice." if key in seen else ""


def _wrong(key: str, value: str) -> str:
    for name, text in (("key", key), ("value", value)):
        if not text:
            return f"Expected a {name}, found nothing."
        if "\x00" in text:
            return f"Expected a {name}, found a NUL character."
        if len(text) > LONGEST:
            return f"Expected a {name} of at most {LONGEST} characters, found {len(text):,}."
    return ""


def _write(table: LookupTable, entries: Entries) -> None:
    """Store entries, and let what waits for the mappings of the table look again."""
    rows = [LookupEntry(table=table, key=key, value=value) for key, value in entries.items()]
    LookupEntry.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["tenant", "table", "key"], update_fields=["value"]
    )
    for activation in Activation.objects.filter(field_mappings__table=table).distinct():
        let_go_for(activation)
