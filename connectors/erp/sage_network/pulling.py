"""Pages of what was added or changed.

Records are asked for in the order of their keys, which never change, from the last key seen: so nothing is passed over
that changes meanwhile. Those without a key come after them, by when they were made. Each kind of record is asked for
by itself, since a document does not change with its lines, nor a payment with what it was applied to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from arhub.network.errors import ConfigError
from connectors.base import Cursor, Page, Stream
from connectors.erp.sage_network.client import Client, Dict, Fetched, all_of, lists_of, quoted
from connectors.erp.sage_network.entities import ENTITIES, AddressPart, Entity, document_type_of
from connectors.erp.sage_network.reading import Keys, Record, record_of
from connectors.erp.sage_network.there import of_enrollment

STREAMS = (
    Stream("companies", "Companies and contacts", ("account", "contact")),
    Stream("invoices", "Invoices, credit memos and lines", ("invoice", "adjustment", "invoice_line")),
    Stream("payments", "Payments and applications", ("payment", "payment_applied", "credit_memo_applied")),
)
_STEPS = tuple((stream.name, name) for stream in STREAMS for name in stream.record_types if name != "adjustment")
_GROUP = "Group"
"""The company that stands for the whole account over there; not one that anything is owed by."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a pull goes on: the step, and in it the records with a key or those without. `begun` is when the pull was
    begun, as the other side writes it: up to then it has been seen at its end."""

    step: int = 0
    begun: str = ""
    after: str = ""
    page: int = 0
    keyless: bool = False

    @classmethod
    def of(cls, cursor: Cursor) -> Position:
        at = dict(cursor.at)
        names = [name for _, name in _STEPS]
        return cls(step=names.index(at.pop("record_type")), **at) if at else cls()

    def as_json(self) -> Mapping[str, Any]:
        return {
            "record_type": self.record_type, "begun": self.begun, "after": self.after, "page": self.page,
            "keyless": self.keyless,
        }  # fmt: skip

    @property
    def stream(self) -> str:
        return _STEPS[self.step][0]

    @property
    def record_type(self) -> str:
        return _STEPS[self.step][1]

    def next(self, fetched: Fetched) -> Position | None:
        """None at the end of everything."""
        if len(fetched.records) >= fetched.size:
            last = str(fetched.records[-1].get("erpKey"))
            if self.keyless or last.lower() == self.after.lower():  # keys that differ in their case are ordered as one
                return replace(self, page=self.page + 1)
            return replace(self, after=last, page=0)
        if not self.keyless:
            return replace(self, after="", page=0, keyless=True)
        if self.step + 1 == len(_STEPS):
            return None
        return Position(self.step + 1, self.begun)


class Pull:
    def __init__(self, client: Client, enrollment: str, size: int, overlap: timedelta) -> None:
        self._client, self._enrollment, self._size, self._overlap = client, enrollment, size, overlap
        self._keys = Keys(client)

    def pages(self, cursor: Cursor) -> Iterator[Page]:
        since = dict(cursor.since)
        position: Position | None = Position.of(cursor)
        while position:
            fetched = self._fetch(position, since.get(position.stream, ""))
            position = replace(position, begun=position.begun or _written(fetched.at))
            records = self._read(position.record_type, fetched.records)
            following = position.next(fetched)
            if following is None or following.stream != position.stream:
                since[position.stream] = position.begun
            yield Page(records, Cursor(dict(since), following.as_json() if following else {}))
            position = following

    def _fetch(self, position: Position, since: str) -> Fetched:
        entity = ENTITIES[position.record_type]
        wanted = all_of(
            of_enrollment(self._enrollment),
            f"modified >= {self._from(since)}" if since else "",
            "erpKey IS NULL" if position.keyless
            else f"erpKey >= {quoted(position.after)}" if position.after else "erpKey IS NOT NULL",
        )  # fmt: skip
        return self._client.query(
            entity.path, wanted, include="Addresses" if entity is ENTITIES["invoice"] else "",
            order="created" if position.keyless else "erpKey", size=self._size, pageNumber=str(position.page),
        )  # fmt: skip

    def _from(self, since: str) -> str:
        try:
            moment = datetime.fromisoformat(since)
            return _written((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - self._overlap)
        except (ValueError, OverflowError):
            raise ConfigError(
                f"Expected a time like 2026-03-01T09:30:00Z to pull from, found {since[:40]!r}. Move the cursor."
            ) from None

    def _read(self, record_type: str, given: Sequence[Dict]) -> dict[str, list[Record]]:
        entity = ENTITIES[record_type]
        self._keys.learn(entity, given)
        keys, addresses = self._keys.of(entity, given), self._addresses(entity, given)
        found: dict[str, list[Record]] = {}
        for one in given:
            if one.get("companyType") == _GROUP:
                continue
            is_credit = document_type_of(str(one.get("invoiceTypeCode") or "")) == "credit_memo"
            kind = "adjustment" if is_credit else record_type
            found.setdefault(kind, []).append(record_of(ENTITIES[kind], one, keys, addresses))
        return found

    def _addresses(self, entity: Entity, given: Sequence[Dict]) -> dict[str, Dict]:
        """By their ids. Those of documents come along; those of lines, which few have, are asked for."""
        found = {str(place.get("invoiceAddressId")): place for one in given for place in one.get("addresses") or ()}
        names = {name for field in entity.fields if (part := AddressPart.of(field)) for name in part.ids()}
        missing = {str(one[name]) for one in given for name in names if one.get(name)} - found.keys()
        for listed in lists_of(sorted(missing)):
            wanted = f"invoiceAddressId IN {listed}"
            places = self._client.query("invoice-addresses", wanted).records
            found |= {str(place.get("invoiceAddressId")): place for place in places}
        return found


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
