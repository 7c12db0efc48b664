"""Counts, sums and the like in what a `query` selects, by the plain fields beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from connectors.simulators.intacct.books import Books, Record
from connectors.simulators.intacct.conditions import Fields
from connectors.simulators.intacct.errors import query_failed
from connectors.simulators.intacct.xml import Element

Selection = list[tuple[str, str]]
"""What is selected: how (field, or an aggregate) and of which field."""

AGGREGATES: dict[str, Callable[[Sequence[Any]], Any]] = {
    "count": len, "sum": sum, "avg": lambda found: sum(found) / len(found) if found else None,
    "min": lambda found: min(found, default=None), "max": lambda found: max(found, default=None),
}  # fmt: skip


def selection(fields: Fields, select: Element | None) -> Selection:
    """Raises Refusal for an empty one and for what is not known."""
    found = [(each.tag, (each.text or "").strip()) for each in (select if select is not None else [])]
    if not found:
        raise query_failed("Select at least one field.")
    for how, name in found:
        if how != "field" and how not in AGGREGATES:
            raise query_failed(f"The function {how} is not known.")
        if fields.type_of(name) not in {int, Decimal} and how in {"sum", "avg"}:
            raise query_failed(f"The field {name} has no {how}.")
    return found


def are_in(selected: Selection) -> bool:
    return any(how != "field" for how, _ in selected)


def grouped(books: Books, records: Sequence[Record], selected: Selection) -> list[dict[str, Any]]:
    """One row for each combination of the plain fields; the others are called COUNT.RECORDNO and so on."""
    plain = [name for how, name in selected if how == "field"]
    groups: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for record in records:
        groups[tuple(books.value(record, name) for name in plain)].append(record)
    if not plain and not groups:
        groups[()] = []
    return [
        {
            name if how == "field" else f"{how.upper()}.{name}": _of(books, members, how, name)
            for how, name in selected
        }
        for members in groups.values()
    ]  # fmt: skip


def _of(books: Books, members: Sequence[Record], how: str, name: str) -> Any:
    if how == "field":
        return books.value(members[0], name)
    return AGGREGATES[how]([value for record in members if (value := books.value(record, name)) is not None])
