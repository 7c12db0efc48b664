"""A filter's tree as a condition of the database.

A record without a value meets no clause but IS NULL, as in SQL; one whose empty column reads as something, as amounts
read as 0, is compared by that. Texts are compared lowered, by code point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import (
    Contains,
    EndsWith,
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    LessThan,
    LessThanOrEqual,
    StartsWith,
)

from arhub.domain.search import begins
from ingestion.sage_network.searchlight.columns import Column, Holds
from ingestion.sage_network.searchlight.errors import FieldTypeMismatch, not_found
from ingestion.sage_network.searchlight.syntax import Clause, Group, Node, Operator
from ingestion.sage_network.searchlight.values import value_of

NEVER = Q(pk__in=[])
ALWAYS = ~NEVER
TEXT_OPERATORS = frozenset({Operator.STARTS, Operator.ENDS, Operator.CONTAINS})
SAME = frozenset({Operator.EQUAL, Operator.UNEQUAL, Operator.IN})
_LOOKUPS: dict[Operator, Any] = {
    Operator.EQUAL: Exact,
    Operator.GREATER: GreaterThan,
    Operator.AT_LEAST: GreaterThanOrEqual,
    Operator.LESS: LessThan,
    Operator.AT_MOST: LessThanOrEqual,
    Operator.STARTS: StartsWith,
    Operator.ENDS: EndsWith,
    Operator.CONTAINS: Contains,
    Operator.IN: In,
}


def condition(node: Node | None, columns: Mapping[str, Column], now: datetime) -> Q:
    """The condition of a tree. `columns` by lowered name; `now` with the zone in which TODAY begins.

    Raises FieldNotFound and FieldTypeMismatch.
    """
    if node is None:
        return Q()
    if isinstance(node, Group):
        return Q(*(condition(part, columns, now) for part in node.parts), _connector=node.conjunction)
    column = columns.get(node.name.lower())
    if column is None:
        raise not_found(node.name, (known.name for known in columns.values()), "filter", node.at)
    return _clause(column, node, now)


def _clause(column: Column, clause: Clause, now: datetime) -> Q:
    missing = _missing(column)
    if clause.operator is Operator.IS_NULL:
        return ~missing if clause.negated else missing
    _check_operator(column, clause)
    values = [value_of(column, literal, now) for literal in clause.values]
    negated = clause.negated
    operator = clause.operator
    if operator is Operator.UNEQUAL:
        operator, negated = Operator.EQUAL, not negated
    found = _compared(column, operator, values)
    return ~found & ~missing if negated else found


def _check_operator(column: Column, clause: Clause) -> None:
    text_only = clause.operator in TEXT_OPERATORS and column.holds is not Holds.TEXT
    unordered = column.holds in (Holds.UUID, Holds.BOOL) and clause.operator not in SAME
    if text_only or unordered:
        allowed = "=, <>, IN or IS NULL" if unordered else "=, <>, <, <=, >, >=, BETWEEN, IN or IS NULL"
        raise FieldTypeMismatch(
            f"Expected {allowed} for {column.name}, which holds {column.holds}, at character {clause.at + 1} of the "
            f"filter, found {clause.operator}."
        )


def _missing(column: Column) -> Q:
    if column.missing:
        return column.missing()
    if column.default is not None:
        return NEVER
    if column.source is None:
        return ALWAYS
    return Q(**{f"{column.empty_in}__isnull": True}) if column.empty_in else NEVER


def _compared(column: Column, operator: Operator, values: list[Any]) -> Q:
    """The condition, which no record without a value meets."""
    if operator is Operator.BETWEEN:
        low, high = values
        return _compared(column, Operator.AT_LEAST, [low]) & _compared(column, Operator.AT_MOST, [high])
    if column.holds is Holds.DATE:
        operator, values = _whole_days(operator, values)
    if not values:
        return NEVER
    as_default = column.default is not None and _meets(column.default, operator, values)
    if column.source is None and column.matches is None:
        return ALWAYS if as_default else NEVER
    if column.matches and operator in SAME:
        return column.matches(values)
    found = Q(_lookup(column, operator, values)) & _present(column, as_default)
    return found | Q(**{f"{column.empty_in}__isnull": True}) if as_default and column.empty_in else found


def _present(column: Column, zero_too: bool) -> Q:
    """That the column is not empty. Where 0 is out of question it says so: the index of open documents asks for it."""
    if not column.empty_in:
        return Q()
    given = Q(**{f"{column.empty_in}__isnull": False})
    is_amount = isinstance(column.default, Decimal) and column.default == 0
    return given & ~Q(**{column.empty_in: 0}) if is_amount and not zero_too else given


def _lookup(column: Column, operator: Operator, values: list[Any]) -> Any:
    source = F(column.source) if isinstance(column.source, str) else column.source
    if column.holds is Holds.TEXT:
        if column.lowered and operator is Operator.STARTS:
            return begins(column.lowered, values[0])
        left: Any = F(column.lowered) if column.lowered else Lower(source)
        right: list[Any] = [Lower(Value(value)) for value in values]
    else:
        left, right = source, values
    return _LOOKUPS[operator](left, right if operator is Operator.IN else right[0])


def _whole_days(operator: Operator, moments: Sequence[datetime]) -> tuple[Operator, list[date]]:
    """A comparison of days with moments as one with days: a day stands for its midnight."""
    later = [moment.time() != datetime.min.time() for moment in moments]
    if operator in (Operator.EQUAL, Operator.IN):
        return operator, [moment.date() for moment, is_later in zip(moments, later, strict=True) if not is_later]
    if later[0] and operator is Operator.LESS:
        operator = Operator.AT_MOST
    if later[0] and operator is Operator.AT_LEAST:
        operator = Operator.GREATER
    return operator, [moments[0].date()]


def _meets(value: Any, operator: Operator, given: Sequence[Any]) -> bool:
    first = given[0]
    match operator:
        case Operator.GREATER:
            return bool(value > first)
        case Operator.AT_LEAST:
            return bool(value >= first)
        case Operator.LESS:
            return bool(value < first)
        case Operator.AT_MOST:
            return bool(value <= first)
        case _:
            return value in given
