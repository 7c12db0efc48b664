"""Reading only what an object has. A company's own set-up and Intacct's releases decide which fields there are, and
one name that is unknown has the whole of a query refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from connectors.erp.intacct.filters import Condition
from connectors.erp.intacct.gateway import Gateway
from connectors.erp.intacct.problems import Refusal
from connectors.erp.intacct.reading import Chunk, Reader, Row


class Described:
    """A reader that asks for the fields of each object first, once, and leaves out those it does not have."""

    def __init__(self, gateway: Gateway, reader: Reader) -> None:
        self._gateway, self._reader = gateway, reader
        self._known: dict[str, frozenset[str]] = {}

    def chunk(self, name: str, fields: Sequence[str], since: str, at: Mapping[str, Any]) -> Chunk:
        return self._reader.chunk(name, self._of(name, fields), since, at)

    def all(self, name: str, fields: Sequence[str], where: Condition | None = None) -> Iterator[Row]:
        return self._reader.all(name, self._of(name, fields), where)

    def newest(self, name: str) -> str:
        return self._reader.newest(name)

    def _of(self, name: str, wanted: Sequence[str]) -> list[str]:
        """Fields of what an object contains ("BILLTO.EMAIL1") count as there when none of them is listed."""
        if name not in self._known:
            self._known[name] = self._listed(name)
        known = self._known[name]
        lists_inner = any("." in field for field in known)
        return [field for field in wanted if not known or field in known or ("." in field and not lists_inner)]

    def _listed(self, name: str) -> frozenset[str]:
        """Nothing when Intacct does not tell."""
        lookup = etree.Element("lookup")
        etree.SubElement(lookup, "object").text = name
        try:
            data = self._gateway.read(lookup).data
        except Refusal:
            return frozenset()
        return frozenset(field.text or "" for field in data.iterfind(".//Field/ID"))
