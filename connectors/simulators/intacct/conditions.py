"""Conditions on records, typed by the field that they are about. Both ways of asking make these."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from connectors.simulators.intacct import values
from connectors.simulators.intacct.books import Books, Record
from connectors.simulators.intacct.errors import Refusal, query_failed
from connectors.simulators.intacct.kinds import Kind

Condition = Callable[[Record], bool]
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Fields:
    """The fields of one kind, as conditions read them."""

    def __init__(self, books: Books, kind: Kind, *, fold: bool = False) -> None:
        self.books, self.kind = books, kind
        self.fold = (lambda text: text.lower()) if fold else (lambda text: text)

    def type_of(self, name: str) -> type:
        found = self.kind.type_of(name)
        if found is None and name not in self.books.custom[self.kind.name]:
            raise query_failed(f"Invalid field '{name}' for object {self.kind.name}.")
        return found or str

    def compare(self, name: str, sign: str, text: str) -> Condition:
        wanted, test = self._value(name, text), COMPARISONS[sign]

        def holds(record: Record) -> bool:
            found = self._of(record, name)
            if found is None or wanted is None:
                return test(found, wanted) if sign in {"=", "!="} else False
            return test(found, wanted)

        return holds

    def any_of(self, name: str, texts: Sequence[str]) -> Condition:
        wanted = {self._value(name, text) for text in texts}
        return lambda record: self._of(record, name) in wanted

    def like(self, name: str, pattern: str) -> Condition:
        self.type_of(name)
        parts = re.split(r"([%_])", self.fold(pattern))
        expression = re.compile("".join({"%": ".*", "_": "."}.get(part, re.escape(part)) for part in parts), re.DOTALL)
        return lambda record: bool(expression.fullmatch(self.fold(values.write(self.books.value(record, name)))))

    def is_null(self, name: str) -> Condition:
        self.type_of(name)
        return lambda record: self.books.value(record, name) in (None, "")

    def _value(self, name: str, text: str) -> Any:
        kind = self.type_of(name)
        if kind is date:
            kind = datetime  # days are asked for with or without a time
        try:
            value = values.read(kind, text, name)
        except Refusal as refusal:
            raise query_failed(refusal.errors[0].text) from None
        return self.fold(value) if isinstance(value, str) else value

    def _of(self, record: Record, name: str) -> Any:
        value = self.books.value(record, name)
        if isinstance(value, str):
            return self.fold(value) or None
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime.combine(value, time(), UTC)
        return Decimal(value) if type(value) is int else value


def negated(condition: Condition) -> Condition:
    return lambda record: not condition(record)


def all_of(conditions: Sequence[Condition]) -> Condition:
    return lambda record: all(condition(record) for condition in conditions)


def one_of(conditions: Sequence[Condition]) -> Condition:
    return lambda record: any(condition(record) for condition in conditions)
