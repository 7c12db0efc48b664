"""The tree a filter is read into, and the text of a tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Operator(StrEnum):
    EQUAL = "="
    UNEQUAL = "<>"
    GREATER = ">"
    AT_LEAST = ">="
    LESS = "<"
    AT_MOST = "<="
    STARTS = "STARTSWITH"
    ENDS = "ENDSWITH"
    CONTAINS = "CONTAINS"
    BETWEEN = "BETWEEN"
    IN = "IN"
    IS_NULL = "IS NULL"


OPERATORS = {
    "=": Operator.EQUAL,
    "EQ": Operator.EQUAL,
    "<>": Operator.UNEQUAL,
    "!=": Operator.UNEQUAL,
    "NE": Operator.UNEQUAL,
    ">": Operator.GREATER,
    "GT": Operator.GREATER,
    ">=": Operator.AT_LEAST,
    "GE": Operator.AT_LEAST,
    "GTE": Operator.AT_LEAST,
    "<": Operator.LESS,
    "LT": Operator.LESS,
    "<=": Operator.AT_MOST,
    "LE": Operator.AT_MOST,
    "LTE": Operator.AT_MOST,
    "STARTSWITH": Operator.STARTS,
    "ENDSWITH": Operator.ENDS,
    "CONTAINS": Operator.CONTAINS,
    "BETWEEN": Operator.BETWEEN,
    "IN": Operator.IN,
    "IS": Operator.IS_NULL,
}
"""Every spelling of an operator."""

DATE_WORDS = frozenset({"NOW", "TODAY", "TOMORROW", "YESTERDAY"})


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it stands in the filter. `days` are added to a date word. `at` is its first character, from 0."""

    text: str
    days: int = 0
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if self.days:
            return f"{self.text} {'+' if self.days > 0 else '-'} {abs(self.days)}"
        return "'" + self.text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Clause:
    """`values` are two for BETWEEN, none for IS NULL, any number for IN, else one."""

    name: str
    operator: Operator
    values: tuple[Literal, ...] = ()
    negated: bool = False
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        negation = "NOT " if self.negated else ""
        match self.operator:
            case Operator.IS_NULL:
                return f"{self.name} IS {negation}NULL"
            case Operator.BETWEEN:
                return f"{self.name} {negation}BETWEEN {self.values[0]} AND {self.values[1]}"
            case Operator.IN:
                return f"{self.name} {negation}IN ({', '.join(map(str, self.values))})"
            case operator:
                return f"{self.name} {negation}{operator} {self.values[0]}"


@dataclass(frozen=True, slots=True)
class Group:
    """Two or more parts joined by AND, or by OR."""

    conjunction: str
    parts: tuple[Node, ...]

    def __str__(self) -> str:
        texts = (f"({part})" if isinstance(part, Group) else str(part) for part in self.parts)
        return f" {self.conjunction} ".join(texts)


Node = Clause | Group
