"""What of ours a target may be filled from: fields of the record, of its account, and of what the target repeats with.

A field is named as a path: "invoice_date" is the record's own, "account.vat_number" its account's, "line.product_code"
that of the line at hand; "application" is what a payment was applied to, "contact" a customer's contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arhub.records import RECORD_TYPES, Kind
from connectors.base import Subject, Target, TargetObject

_HOLDS = {"line": ("Line", "invoice_line"), "contact": ("Contact", "contact")}
_APPLICATION = (("number", "number of the document"), ("amount", "amount"), ("applied_date", "applied date"))


@dataclass(frozen=True, slots=True)
class Row:
    """What a target is filled from: the record's values, and those of one line, application or contact of it."""

    record: Mapping[str, Any]
    account: Mapping[str, Any]
    part: Mapping[str, Any]

    @classmethod
    def of(cls, subject: Subject, record: Mapping[str, Any], part: Mapping[str, Any]) -> Row:
        return cls(record, subject.account, part)

    def value(self, path: str) -> Any:
        where, _, name = path.rpartition(".")
        if not where:
            return self.record.get(name)
        return (self.account if where == "account" else self.part).get(name)


Choices = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""Headings, each with paths and their labels."""


def choices(made: TargetObject, target: Target) -> Choices:
    """The fields that may feed a target."""
    found = [(RECORD_TYPES[made.record_type].label, _fields(made.record_type))]
    holds = made.parts.get(target.part, "")
    if holds == "application":
        found.insert(0, ("Application", [(f"application.{name}", label) for name, label in _APPLICATION]))
    elif holds:
        label, record_type = _HOLDS[holds]
        found.insert(0, (label, _fields(record_type, f"{holds}.")))
    if made.record_type != "account":
        found.append(("Account", _fields("account", "account.")))
    return found


def is_choice(made: TargetObject, target: Target, path: str) -> bool:
    return any(path == known for _, fields in choices(made, target) for known, _ in fields)


def described(path: str) -> str:
    """A path in words: "product_code of the line"."""
    where, _, name = path.rpartition(".")
    return f"{name} of the {where}" if where else name


def _fields(record_type: str, prefix: str = "") -> list[tuple[str, str]]:
    fields = RECORD_TYPES[record_type].fields
    return [(prefix + one.name, one.name.replace("_", " ")) for one in fields if one.kind is not Kind.JSON]
