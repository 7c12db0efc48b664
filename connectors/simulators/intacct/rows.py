"""Records as they stand in replies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.simulators.intacct.books import Books, Record
from connectors.simulators.intacct.errors import wrong
from connectors.simulators.intacct.kinds import CONTACT, CUSTOMER, ITEM_OF, Kind
from connectors.simulators.intacct.xml import Element, add

DATA_TYPES = {
    str: "TEXT", int: "INTEGER", Decimal: "CURRENCY", date: "DATE", datetime: "TIMESTAMP", bool: "BOOLEAN",
}  # fmt: skip


def wanted(books: Books, kind: Kind, fields: str) -> list[str]:
    """The names in a list with commas; all for `*`. Raises Refusal for one that the kind does not have."""
    names = [name.strip() for name in fields.split(",") if name.strip()]
    if names in ([], ["*"]):
        dotted = [f"{before}.{name}" for before in kind.contacts for name in CONTACT.fields] if kind is CUSTOMER else []
        return [*kind.fields, *dotted, *sorted(books.custom[kind.name])]
    unknown = [
        name for name in names
        if kind.type_of(name) is None and name not in books.custom[kind.name] and name != kind.items
    ]  # fmt: skip
    if unknown:
        raise wrong(
            f"Invalid fields list: {', '.join(unknown)} of {kind.name}.",
            "Check the fields.",
            "Invalid fields list specified",
        )
    return names


def values(books: Books, record: Record, names: Iterable[str]) -> dict[str, Any]:
    return {name: books.value(record, name) for name in names}


def flat(data: Element, tag: str, row: Mapping[str, Any]) -> None:
    """Dotted fields under names with dots."""
    element = add(data, tag)
    for name, value in row.items():
        add(element, name, value)


def nested(books: Books, parent: Element, record: Record, names: Iterable[str], *, with_items: bool) -> None:
    """Dotted fields as elements in elements, and the lines of a document."""
    element, kind = add(parent, record.kind.name.lower()), record.kind
    for name, value in values(books, record, (name for name in names if name != kind.items)).items():
        place = element
        *path, last = name.split(".")
        for step in path:
            found = place.find(step)
            place = add(place, step) if found is None else found
        add(place, last, value)
    if kind.items and (with_items or kind.items in names):
        items = add(element, kind.items)
        for line in record.lines:
            nested(books, items, line, ITEM_OF[kind.name].fields, with_items=False)
