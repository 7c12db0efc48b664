"""Records of the network as records of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from arhub.network.encoding import encode
from arhub.network.errors import BadAnswer
from arhub.records import Field, Kind
from connectors.erp.sage_network.client import Client, Dict, lists_of
from connectors.erp.sage_network.entities import ENTITIES, AddressPart, Entity

Record = dict[str, Any]

MOST_KEYS = 50_000
MOST_DIGITS = 30
_NUMBERS = frozenset({Kind.MONEY, Kind.NUMBER, Kind.COORDINATE, Kind.INTEGER})
_NOT_SOURCES = frozenset({"erpKey", "created", "onMatchAction"})
"""`created` and `modified` are the network's own times there; sourceModifiedDate is the one that was sent."""


class Keys:
    """The keys of records by their ids, as references need them. It remembers the newest of them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, str] = {}

    def learn(self, entity: Entity, records: Iterable[Dict]) -> None:
        for record in records:
            self._known[str(record.get(entity.id_name))] = key_of(entity, record)
        while len(self._known) > MOST_KEYS:
            del self._known[next(iter(self._known))]

    def of(self, entity: Entity, records: Sequence[Dict]) -> Mapping[str, str]:
        """The keys of all that the records refer to; the id itself where there is no such record."""
        found: dict[str, str] = {}
        for field in _references(entity):
            referred = ENTITIES[field.references]
            ids = {str(value) for record in records if (value := record.get(_id_name(field)))}
            missing = ids - self._known.keys()
            found |= {id: self._known[id] for id in ids - missing} | self._ask(referred, sorted(missing))
        return found

    def _ask(self, entity: Entity, ids: Sequence[str]) -> dict[str, str]:
        found = {id: id for id in ids}
        for listed in lists_of(ids):
            wanted = f"{entity.id_name} IN {listed}"
            records = self._client.query(entity.path, wanted).records
            self.learn(entity, records)
            found |= {str(record.get(entity.id_name)): key_of(entity, record) for record in records}
        return found


def key_of(entity: Entity, record: Dict) -> str:
    key = record.get("erpKey") or record.get(entity.id_name)
    if not key:
        raise BadAnswer(f"Expected an erpKey or an {entity.id_name} in each {entity.model}, found none.")
    return str(key)


def record_of(entity: Entity, given: Dict, keys: Mapping[str, str], addresses: Mapping[str, Dict]) -> Record:
    """The fields that the API gave, null as None."""
    found: Record = {"erp_key": key_of(entity, given), "network_id": str(given.get(entity.id_name) or "") or None}
    for field in entity.fields:
        if field.sage in _NOT_SOURCES:
            continue
        if part := AddressPart.of(field):
            place = next((addresses[id] for name in part.ids() if (id := str(given.get(name))) in addresses), None)
            if place is not None:
                found[field.name] = _value(entity, field, place.get(part.part))
        elif field.kind is Kind.REFERENCE:
            if (name := _id_name(field)) in given:
                found[field.name] = keys.get(str(given[name])) if given[name] else None
        elif (name := "sourceModifiedDate" if field.sage == "modified" else field.sage) in given:
            found[field.name] = _value(entity, field, given[name])
    return found


def _references(entity: Entity) -> list[Field]:
    return [field for field in entity.fields if field.kind is Kind.REFERENCE]


def _id_name(field: Field) -> str:
    """customerErpKey is read as customerId."""
    return field.sage.removesuffix("ErpKey") + "Id"


def _value(entity: Entity, field: Field, given: Any) -> Any:
    if given is None or given == "":
        return None
    try:
        return _read(field, given)
    except (ValueError, ArithmeticError):
        shown = str(given)[:60]
        raise BadAnswer(f"Expected {field.kind} in {field.sage} of each {entity.model}, found {shown!r}.") from None


def _read(field: Field, given: Any) -> Any:
    if field.kind in _NUMBERS:
        number = Decimal(str(given))
        if number.is_finite() and abs(number.adjusted()) <= MOST_DIGITS and not isinstance(given, bool):
            return number
        raise ValueError
    if field.kind is Kind.DATE:
        return date.fromisoformat(str(given)[:10])
    if field.kind is Kind.DATETIME:
        moment = datetime.fromisoformat(str(given))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if field.kind is Kind.BOOL:
        if isinstance(given, bool):
            return given
        raise ValueError
    return encode(given).decode() if isinstance(given, (dict, list)) else str(given)
