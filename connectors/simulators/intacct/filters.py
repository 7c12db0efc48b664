"""The filter of `query`: operators as elements."""

from __future__ import annotations

from connectors.simulators.intacct.conditions import Condition, Fields, all_of, negated, one_of
from connectors.simulators.intacct.errors import query_failed
from connectors.simulators.intacct.xml import Element, text

SIGNS = {
    "equalto": "=", "notequalto": "!=", "lessthan": "<", "lessthanorequalto": "<=",
    "greaterthan": ">", "greaterthanorequalto": ">=",
}  # fmt: skip
MOST_VALUES = 1000


def read(fields: Fields, element: Element | None) -> Condition:
    """What a `<filter>` lets through; everything where there is none."""
    if element is None or not len(element):
        return lambda record: True
    if len(element) != 1:
        raise query_failed("A filter takes exactly one operator; join several with and, or.")
    return _operator(fields, element[0])


def _operator(fields: Fields, element: Element) -> Condition:
    if element.tag in {"and", "or"}:
        if len(element) < 2:
            raise query_failed(f"The operator {element.tag} takes at least two conditions.")
        inner = [_operator(fields, child) for child in element]
        return all_of(inner) if element.tag == "and" else one_of(inner)
    name, found = text(element, "field"), [(value.text or "").strip() for value in element.findall("value")]
    if not name:
        raise query_failed(f"The operator {element.tag} takes a field.")
    return _condition(fields, element.tag, name, found)


def _condition(fields: Fields, operator: str, name: str, found: list[str]) -> Condition:
    if operator in {"isnull", "isnotnull"}:
        null = fields.is_null(name)
        return null if operator == "isnull" else negated(null)
    if operator in {"in", "notin"}:
        _want(operator, 1 <= len(found) <= MOST_VALUES, f"1 to {MOST_VALUES} values")
        inside = fields.any_of(name, found)
        return inside if operator == "in" else negated(inside)
    if operator == "between":
        _want(operator, len(found) == 2, "two values")
        return all_of([fields.compare(name, ">=", found[0]), fields.compare(name, "<=", found[1])])
    _want(operator, len(found) == 1, "one value")
    if operator in {"like", "notlike"}:
        alike = fields.like(name, found[0])
        return alike if operator == "like" else negated(alike)
    if operator not in SIGNS:
        raise query_failed(f"The operator {operator} is not known.")
    return fields.compare(name, SIGNS[operator], found[0])


def _want(operator: str, holds: bool, expected: str) -> None:
    if not holds:
        raise query_failed(f"The operator {operator} takes {expected}.")
