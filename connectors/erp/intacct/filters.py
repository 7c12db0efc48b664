"""Conditions on records, written for both ways to read: `query` takes elements, `readByQuery` a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

MOST_VALUES = 500  # of one "in"; the gateway takes 1000

_SIGNS = {"equalto": "=", "greaterthan": ">", "greaterthanorequalto": ">="}


@dataclass(frozen=True, slots=True)
class Is:
    """A field compared with a value: equalto, greaterthan, greaterthanorequalto."""

    field: str
    value: str
    operator: str = "equalto"

    def element(self) -> etree._Element:
        return _compared(self.operator, self.field, [self.value])

    def text(self) -> str:
        return f"{self.field} {_SIGNS[self.operator]} {_quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class In:
    """A field with one of some values, at most MOST_VALUES."""

    field: str
    values: Sequence[str]

    def element(self) -> etree._Element:
        return _compared("in", self.field, self.values)

    def text(self) -> str:
        return f"{self.field} in ({', '.join(map(_quoted, self.values))})"


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all must be true ("and"), or one ("or")."""

    word: str
    parts: Sequence[Condition]

    def element(self) -> etree._Element:
        made = etree.Element(self.word)
        made.extend(part.element() for part in self.parts)
        return made

    def text(self) -> str:
        return "(" + f" {self.word} ".join(part.text() for part in self.parts) + ")"


Condition = Is | In | Group


def both(*conditions: Condition | None) -> Condition | None:
    """All of those that are given: a group needs two at least."""
    given = [condition for condition in conditions if condition is not None]
    return Group("and", given) if len(given) > 1 else next(iter(given), None)


def _compared(operator: str, field: str, values: Sequence[str]) -> etree._Element:
    made = etree.Element(operator)
    etree.SubElement(made, "field").text = field
    for value in values:
        etree.SubElement(made, "value").text = value
    return made


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
