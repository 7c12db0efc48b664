"""The functions that read."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from operator import itemgetter

from connectors.simulators.intacct import aggregates, filters, rows, sql
from connectors.simulators.intacct.books import Record
from connectors.simulators.intacct.call import Call
from connectors.simulators.intacct.conditions import Condition, Fields
from connectors.simulators.intacct.errors import query_failed, wrong
from connectors.simulators.intacct.kinds import KINDS, Kind
from connectors.simulators.intacct.sessions import Results
from connectors.simulators.intacct.values import flag
from connectors.simulators.intacct.xml import Element, add, make, text

MOST_KEYS, USUAL_PAGE = 100, 100
MOST_RESULTS = 20
"""How many result ids a session keeps."""


def query(call: Call, element: Element) -> Element:
    """Upper-case records, with dotted fields as they were asked for."""
    kind = _kind(element)
    fields = Fields(call.books, kind, fold=_option(element, "caseinsensitive"))
    condition = filters.read(fields, element.find("filter"))
    selected = aggregates.selection(fields, element.find("select"))
    found = _matching(call, kind, condition, private=_option(element, "showprivate"))
    size, offset = _size(element, 2000), _whole(element, "offset", 0)
    if aggregates.are_in(selected):
        lines = aggregates.grouped(call.books, found, selected)
        total, page = len(lines), lines[offset : offset + size]
    else:
        found, total = _ordered(fields, found, element.find("orderby")), len(found)
        names = [name for _, name in selected]
        page = [rows.values(call.books, record, names) for record in found[offset : offset + size]]
    data = make(
        "data", listtype=kind.name, totalcount=total, offset=offset, count=len(page),
        numremaining=max(0, total - offset - len(page)),
    )  # fmt: skip
    for row in page:
        rows.flat(data, kind.name, row)
    return data


def read_by_query(call: Call, element: Element) -> Element:
    """Lower-case records, in the order of their numbers."""
    kind = _kind(element)
    names = rows.wanted(call.books, kind, text(element, "fields"))
    condition = sql.read(Fields(call.books, kind), text(element, "query"))
    found = _matching(call, kind, condition, private=False)
    return _page(call, Results(kind, tuple(names), found, _size(element, 1000), 0), secrets.token_urlsafe(20))


def read_more(call: Call, element: Element) -> Element:
    """The next page of a result of this session."""
    kept, key = call.session.results, text(element, "resultId")
    if not key:
        name = text(element, "object").upper()
        key = next((each for each in reversed(kept) if kept[each].kind.name == name), "")
    if key not in kept:
        raise wrong(f"The result id '{key}' is unknown or has expired.", "Run the query again.")
    return _page(call, kept.pop(key), key)


def read(call: Call, element: Element) -> Element:
    kind, keys = _kind(element), _keys(element)
    return _found(call, kind, text(element, "fields"), [call.books.get(kind, key) for key in keys])


def read_by_name(call: Call, element: Element) -> Element:
    kind, keys = _kind(element), _keys(element)
    return _found(call, kind, text(element, "fields"), [call.books.find(kind, key) for key in keys])


def lookup(call: Call, element: Element) -> Element:
    """The fields that an object has, those of its contacts included."""
    kind = _kind(element)
    data = make("data", listtype="All", count=1)
    described = add(data, "Type", Name=kind.name, DocumentType="")
    fields = add(described, "Fields")
    for name in rows.wanted(call.books, kind, "*"):
        field, custom = add(fields, "Field"), name in call.books.custom[kind.name]
        for tag, value in (
            ("ID", name), ("LABEL", name.replace(".", " ").replace("_", " ").capitalize()), ("DESCRIPTION", ""),
            ("REQUIRED", name == kind.id_field), ("READONLY", name in {"RECORDNO", "WHENMODIFIED"}),
            ("DATATYPE", rows.DATA_TYPES[kind.type_of(name) or str]), ("ISCUSTOM", custom),
        ):  # fmt: skip
            add(field, tag, value)
    add(described, "Relationships")
    return data


def _page(call: Call, results: Results, key: str) -> Element:
    page = results.records[results.at : results.at + results.page_size]
    end = results.at + len(page)
    remaining = len(results.records) - end
    if remaining:
        kept = call.session.results
        kept[key] = Results(results.kind, results.fields, results.records, results.page_size, end)
        while len(kept) > MOST_RESULTS:
            kept.pop(next(iter(kept)))
    tag = results.kind.name.lower()
    data = make(
        "data", listtype=tag, count=len(page), totalcount=len(results.records), numremaining=remaining,
        resultId=key if remaining else "",
    )  # fmt: skip
    for record in page:
        rows.flat(data, tag, rows.values(call.books, record, results.fields))
    return data


def _found(call: Call, kind: Kind, fields: str, records: Sequence[Record | None]) -> Element:
    names = rows.wanted(call.books, kind, fields)
    found = [record for record in records if record is not None]
    data = make("data", listtype=kind.name.lower(), count=len(found))
    for record in found:
        rows.nested(call.books, data, record, names, with_items=fields in {"", "*"})
    return data


def _matching(call: Call, kind: Kind, condition: Condition, *, private: bool) -> list[Record]:
    """What the caller may see of it: at the top level, an entity's records only when it asks for them."""
    entity = call.session.entity

    def is_visible(record: Record) -> bool:
        owner = record["MEGAENTITYID"]
        return not owner or (owner == entity if entity else private)

    return [record for record in call.books.tables[kind.name].values() if is_visible(record) and condition(record)]


def _ordered(fields: Fields, found: list[Record], orderby: Element | None) -> list[Record]:
    """By the last order first, as sorting keeps what is equal in its order. Nothing comes before everything else."""
    for order in reversed(orderby if orderby is not None else []):
        name = text(order, "field")
        fields.type_of(name)

        descending = order.find("descending") is not None
        valued = [(fields.books.value(record, name), record) for record in found]
        nothing = [record for value, record in valued if value is None]
        known = sorted((pair for pair in valued if pair[0] is not None), key=itemgetter(0), reverse=descending)
        something = [record for _, record in known]
        found = [*something, *nothing] if descending else [*nothing, *something]
    return found


def _kind(element: Element) -> Kind:
    name = text(element, "object")
    if name.upper() not in KINDS:
        raise query_failed(f"Object definition {name} not found")
    return KINDS[name.upper()]


def _keys(element: Element) -> list[str]:
    keys = [key.strip() for key in text(element, "keys").split(",") if key.strip()]
    if len(keys) > MOST_KEYS:
        raise wrong(f"At most {MOST_KEYS} keys can be read at once, found {len(keys)}.")
    return keys


def _option(element: Element, name: str) -> bool:
    return bool(value := text(element, f"options/{name}")) and flag(value, name)


def _size(element: Element, most: int) -> int:
    size = _whole(element, "pagesize", USUAL_PAGE)
    if not 1 <= size <= most:
        raise query_failed(f"The page size must be from 1 to {most}, found {size}.")
    return size


def _whole(element: Element, name: str, usual: int) -> int:
    value = text(element, name)
    if value and not value.isdecimal():
        raise query_failed(f"The value '{value}' of {name} is not a whole number.")
    return int(value) if value else usual


FUNCTIONS = {
    "query": query, "readByQuery": read_by_query, "readMore": read_more, "read": read, "readByName": read_by_name,
    "lookup": lookup,
}  # fmt: skip
