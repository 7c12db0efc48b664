"""Reading objects: page by page in the order of change for pulls, and all of them for what is small.

`query` answers in an order, so a page goes on after the last record of the one before it, and what changes meanwhile
moves to the end. `readByQuery` has no order; its pages belong to a result that lives as long as its session, and
what is interrupted there begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from lxml import etree

from arhub.network.errors import ConfigError, PermanentError
from connectors.erp.intacct.answers import Outcome
from connectors.erp.intacct.filters import MOST_VALUES, Condition, Group, In, Is, both
from connectors.erp.intacct.gateway import Gateway
from connectors.erp.intacct.problems import Refusal
from connectors.erp.intacct.values import TIME, read_time

PAGE = 500
_MOST = {"query": 2000, "readByQuery": 1000}
_CHANGED, _NUMBER = "WHENMODIFIED", "RECORDNO"

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some records, how many there are in all, the last change among those seen, and where to go on: nowhere at the
    end."""

    rows: Sequence[Row]
    total: int
    seen: str
    at: Mapping[str, Any]


class Reader(Protocol):
    def chunk(self, name: str, fields: Sequence[str], since: str, at: Mapping[str, Any]) -> Chunk:
        """The records that changed since a time, from the beginning or where a chunk before ended."""

    def all(self, name: str, fields: Sequence[str], where: Condition | None = None) -> Iterator[Row]:
        """Every record, or those of a condition, in no particular order."""

    def newest(self, name: str) -> str:
        """When the last change of all was."""


def reader_of(gateway: Gateway, kind: str) -> Reader:
    return ReadByQuery(gateway) if kind == "readByQuery" else Query(gateway)


def by_keys(
    reader: Reader, name: str, fields: Sequence[str], field: str, keys: Sequence[str], where: Condition | None = None
) -> Iterator[Row]:
    """The records that name one of some keys in a field, asked for in pieces."""
    for first in range(0, len(keys), MOST_VALUES):
        piece = both(In(field, keys[first : first + MOST_VALUES]), where)
        yield from reader.all(name, fields, piece)


def reaching_back(since: str, minutes: int) -> str:
    """A time some minutes before, as the gateway writes it; nothing before nothing."""
    time = read_time(since)
    try:
        return (time - timedelta(minutes=minutes)).strftime(TIME) if time else ""
    except OverflowError:
        raise ConfigError(f"Expected a time to read from, found {since[:40]!r}, which is too long ago.") from None


class Query:
    """`query`, by key."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def chunk(self, name: str, fields: Sequence[str], since: str, at: Mapping[str, Any]) -> Chunk:
        where = _after(at["changed"], at["number"]) if at else _changed_since(since)
        outcome = self._asked(name, fields, where, (_CHANGED, _NUMBER), PAGE)
        rows = outcome.records
        if not rows:
            return Chunk((), at.get("total", 0), at.get("changed", ""), {})
        changed, number = rows[-1].get(_CHANGED, ""), rows[-1][_NUMBER]
        if not changed:
            raise PermanentError(f"{name} {number} has no {_CHANGED}: choose readByQuery in the settings.")
        if (changed, number) == (at.get("changed"), at.get("number")):
            raise PermanentError(f"Intacct gives the same {name} again and again.")
        total = at.get("total") or outcome.count("totalcount")
        is_last = outcome.count("numremaining") == 0
        return Chunk(rows, total, changed, {} if is_last else {"changed": changed, "number": number, "total": total})

    def all(self, name: str, fields: Sequence[str], where: Condition | None = None) -> Iterator[Row]:
        last = None
        while True:
            after = Is(_NUMBER, last, "greaterthan") if last else None
            outcome = self._asked(name, fields, both(where, after), (_NUMBER,), _MOST["query"])
            rows = outcome.records
            yield from rows
            if not rows or outcome.count("numremaining") == 0:
                return
            if rows[-1][_NUMBER] == last:
                raise PermanentError(f"Intacct gives the same {name} again and again.")
            last = rows[-1][_NUMBER]

    def newest(self, name: str) -> str:
        rows = self._asked(name, (), None, (_CHANGED,), 1, way="descending").records
        return rows[0].get(_CHANGED, "") if rows else ""

    def _asked(
        self, name: str, fields: Sequence[str], where: Condition | None, order: Sequence[str], size: int,
        way: str = "ascending",
    ) -> Outcome:  # fmt: skip
        query = etree.Element("query")
        etree.SubElement(query, "object").text = name
        select = etree.SubElement(query, "select")
        for field in dict.fromkeys((*fields, *order)):
            etree.SubElement(select, "field").text = field
        if where is not None:
            etree.SubElement(query, "filter").append(where.element())
        by = etree.SubElement(query, "orderby")
        for field in order:
            one = etree.SubElement(by, "order")
            etree.SubElement(one, "field").text = field
            etree.SubElement(one, way)
        etree.SubElement(etree.SubElement(query, "options"), "showprivate").text = "true"
        etree.SubElement(query, "pagesize").text = str(size)
        return self._gateway.read(query)


class ReadByQuery:
    """`readByQuery` and `readMore`."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def chunk(self, name: str, fields: Sequence[str], since: str, at: Mapping[str, Any]) -> Chunk:
        outcome = self._more(at["result"]) if at else None
        if outcome is None:
            at, outcome = {}, self._asked(name, (*fields, _CHANGED), _changed_since(since), PAGE)
        rows, result = outcome.records, at.get("result") or outcome.data.get("resultId", "")
        seen = latest([at.get("seen", ""), *(row.get(_CHANGED, "") for row in rows)])
        total = at.get("total") or outcome.count("totalcount")
        goes_on = bool(rows and result and outcome.count("numremaining"))
        return Chunk(rows, total, seen, {"result": result, "seen": seen, "total": total} if goes_on else {})

    def all(self, name: str, fields: Sequence[str], where: Condition | None = None) -> Iterator[Row]:
        outcome = self._asked(name, fields, where, _MOST["readByQuery"])
        result = outcome.data.get("resultId", "")
        yield from outcome.records
        while outcome.records and result and outcome.count("numremaining"):
            outcome = self._gateway.read(_read_more(result))
            yield from outcome.records

    def newest(self, name: str) -> str:
        return latest([row.get(_CHANGED, "") for row in self.all(name, (_CHANGED,))])

    def _more(self, result: str) -> Outcome | None:
        """The next page, or None when the result is there no more."""
        try:
            return self._gateway.read(_read_more(result))
        except Refusal:
            return None

    def _asked(self, name: str, fields: Sequence[str], where: Condition | None, size: int) -> Outcome:
        made = etree.Element("readByQuery")
        etree.SubElement(made, "object").text = name
        etree.SubElement(made, "fields").text = ",".join(dict.fromkeys((*fields, _NUMBER)))
        etree.SubElement(made, "query").text = where.text() if where else ""
        etree.SubElement(made, "pagesize").text = str(size)
        return self._gateway.read(made)


def _read_more(result: str) -> etree._Element:
    made = etree.Element("readMore")
    etree.SubElement(made, "resultId").text = result
    return made


def _changed_since(since: str) -> Condition | None:
    return Is(_CHANGED, since, "greaterthanorequalto") if since else None


def _after(changed: str, number: str) -> Condition:
    """After a record in the order of change and number."""
    same = Group("and", (Is(_CHANGED, changed), Is(_NUMBER, number, "greaterthan")))
    return Group("or", (Is(_CHANGED, changed, "greaterthan"), same))


def latest(times: Sequence[str]) -> str:
    """The latest of some times as the gateway writes them; empty ones do not count."""
    known = [(time, text) for text in times if (time := read_time(text))]
    return max(known)[1] if known else ""
