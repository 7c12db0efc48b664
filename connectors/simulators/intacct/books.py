"""The records of a company. What is changed here moves its WHENMODIFIED and can be taken back as a whole."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.simulators.intacct.company import Company
from connectors.simulators.intacct.kinds import CONTACT, KINDS, Kind
from connectors.simulators.intacct.values import read


@dataclass(slots=True, eq=False)
class Record:
    kind: Kind
    values: dict[str, Any]
    lines: list[Record] = field(default_factory=list)
    control_id: str = ""
    """Of the function that made it."""
    draft: Any = None
    """The element that a draft came in, to post it later."""

    @property
    def number(self) -> int:
        return int(self.values["RECORDNO"])

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)


class Books:
    def __init__(self, company: Company) -> None:
        self.company = company
        self.ahead = timedelta()
        """How far its clock is ahead of this machine's."""
        self.control_id, self.entity = "", ""
        """Of the function at work."""
        self.custom: dict[str, set[str]] = {name: set() for name in KINDS}
        """The custom fields that each kind has come to have."""
        self.tables: dict[str, dict[int, Record]] = {name: {} for name in KINDS}
        self._named: dict[str, dict[Any, Record]] = defaultdict(dict)
        self._numbers: dict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))
        self._sequences: dict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))
        self._undo: list[Callable[[], object]] = []
        self._depth = 0

    def now(self) -> datetime:
        return (datetime.now(UTC) + self.ahead).replace(microsecond=0)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Take back what was done inside when it fails."""
        start = len(self._undo)
        self._depth += 1
        try:
            yield
        except BaseException:
            while len(self._undo) > start:
                self._undo.pop()()
            raise
        finally:
            self._depth -= 1
            if not self._depth:
                self._undo.clear()

    def insert(self, kind: Kind, values: dict[str, Any]) -> Record:
        now = self.now()
        created = "AUWHENCREATED" if "AUWHENCREATED" in kind.fields else "WHENCREATED"
        values = {
            "RECORDNO": next(self._numbers[kind.numbers]), created: now, "WHENMODIFIED": now,
            **({"MEGAENTITYID": self.entity or None} if "MEGAENTITYID" in kind.fields else {}), **values,
        }  # fmt: skip
        record = Record(kind, values, control_id=self.control_id)
        table = self.tables[kind.name]
        table[record.number] = record
        self._undo.append(lambda: table.pop(record.number))
        self._name(record, values.get(kind.id_field))
        return record

    def change(self, record: Record, **values: Any) -> None:
        """Set fields, and move WHENMODIFIED."""
        self.change_silently(record, WHENMODIFIED=self.now(), **values)

    def change_silently(self, record: Record, **values: Any) -> None:
        """Set fields of which nobody is told, such as what a customer owes."""
        old, before = record.values, record[record.kind.id_field]
        record.values = {**old, **values}
        self._undo.append(lambda: setattr(record, "values", old))
        if (after := record[record.kind.id_field]) != before:
            self._unname(record, before)
            self._name(record, after)

    def add_line(self, record: Record, line: Record) -> None:
        record.lines.append(line)
        self._undo.append(lambda: record.lines.remove(line))

    def renumber(self, record: Record, number: int) -> None:
        """Give a new record the number of the one that it stands in for."""
        table, old = self.tables[record.kind.name], record.values
        table[number] = table.pop(record.number)
        record.values = {**old, "RECORDNO": number}
        self._undo.append(lambda: setattr(record, "values", old))
        self._undo.append(lambda: table.pop(number))
        for line in record.lines:
            self.change_silently(line, **{"PAYMENTKEY" if "PAYMENTKEY" in line.values else "RECORDKEY": number})

    def delete(self, record: Record) -> None:
        """With its lines."""
        for line in record.lines:
            self.delete(line)
        table = self.tables[record.kind.name]
        del table[record.number]
        self._undo.append(lambda: table.__setitem__(record.number, record))
        self._unname(record, record[record.kind.id_field])

    def get(self, kind: Kind, key: str) -> Record | None:
        """By record number."""
        return self.tables[kind.name].get(int(key)) if key.isdecimal() else None

    def find(self, kind: Kind, name: str) -> Record | None:
        """By what it is called, such as a customer by CUSTOMERID."""
        return self.get(kind, name) if kind.id_field == "RECORDNO" else self._named[kind.name].get(name)

    def next_name(self, kind: Kind) -> str:
        """The next number that the company gives itself."""
        while True:
            name = f"{kind.sequence}{next(self._sequences[kind.name]):05}"
            if not self.find(kind, name):
                return name

    def value(self, record: Record, name: str) -> Any:
        """Of a field, also one of a contact that the record names, such as DISPLAYCONTACT.EMAIL1."""
        if "." not in name:
            return record.values.get(name)
        before, _, after = name.partition(".")
        if before in record.kind.contacts:
            contact = self.find(CONTACT, record[record.kind.contacts[before]] or "")
            return contact[after] if contact else None
        return record[name]

    def typed(self, kind: Kind, texts: dict[str, str]) -> dict[str, Any]:
        """What came in, with None for what is to be cleared. A field that is not documented is a custom one."""
        self.custom[kind.name] |= {name for name in texts if kind.type_of(name) is None}
        return {name: read(kind.type_of(name) or str, text, name) for name, text in texts.items()}

    def _name(self, record: Record, name: Any) -> None:
        if name and record.kind.id_field != "RECORDNO":
            named = self._named[record.kind.name]
            named[name] = record
            self._undo.append(lambda: named.pop(name))

    def _unname(self, record: Record, name: Any) -> None:
        if name and record.kind.id_field != "RECORDNO":
            named = self._named[record.kind.name]
            named.pop(name)
            self._undo.append(lambda: named.__setitem__(name, record))
