"""The fields of read models: how each is read from a record, and how a filter finds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import Q

from arhub.models import Source, Tenant
from arhub.records import Field, RecordType
from arhub.records import Kind as FieldKind
from ingestion.sage_network.ids import Kind, id_of, uuid_of
from ingestion.sage_network.searchlight import Column, Holds

HUB = uuid_of(Kind.USER, 0)
"""Who made a record: the hub itself. It keeps no person per record."""

NOT_READ = frozenset({"erpKey", "created", "modified", "onMatchAction", "sendImmediately", "externalReference"})
"""Fields of sync models that read models have under another name, or not at all."""

MOST_NESTED = 20
"""Lists and objects inside one another in a field that holds JSON."""

_HOLDS = {
    FieldKind.MONEY: Holds.DECIMAL,
    FieldKind.NUMBER: Holds.DECIMAL,
    FieldKind.COORDINATE: Holds.DECIMAL,
    FieldKind.INTEGER: Holds.INTEGER,
    FieldKind.DATE: Holds.DATE,
    FieldKind.DATETIME: Holds.DATETIME,
    FieldKind.BOOL: Holds.BOOL,
}


@dataclass
class Context:
    """What the records of an answer have in common. `companies` are those it has described already."""

    tenant: Tenant
    companies: dict[int, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def group(self) -> UUID:
        return uuid_of(Kind.GROUP, self.tenant.pk)

    @cached_property
    def enrollments(self) -> dict[int, UUID]:
        """Ledger → the first source that feeds it; without the default ledger, whose records have no enrollment."""
        feeding = Source.objects.filter(ledger__is_default=False).order_by("-pk").values_list("ledger_id", "pk")
        return {ledger: uuid_of(Kind.APP_ENROLLMENT, source) for ledger, source in feeding}


Read = Callable[[Any, Context], Any]


@dataclass(frozen=True, slots=True)
class Property:
    """A field of a read model. Without a column no filter may name it."""

    name: str
    read: Read = field(repr=False)
    column: Column | None = None


def stored(name: str, attribute: str, holds: Holds, default: Any = None, lowered: str = "") -> Property:
    """A column of ours, as it stands; empty it reads as `default`."""
    value = attrgetter(attribute)

    def read(record: Any, context: Context) -> Any:
        return default if (found := value(record)) is None else found

    return Property(name, read, Column(name, holds, attribute, default, lowered=lowered))


def constant(name: str, holds: Holds = Holds.TEXT, value: Any = None) -> Property:
    """A field the hub does not keep."""
    return Property(name, lambda record, context: value, Column(name, holds, None, value))


def reference(name: str, kind: Kind, attribute: str) -> Property:
    """The uuid of the record itself or of another one, by a column with its id."""
    value = attrgetter(attribute)

    def read(record: Any, context: Context) -> UUID | None:
        return None if (found := value(record)) is None else uuid_of(kind, found)

    def matches(uuids: Collection[UUID]) -> Q:
        return Q(**{f"{attribute}__in": ids_of(kind, uuids)})

    return Property(name, read, Column(name, Holds.UUID, attribute, matches=matches))


def ids_of(kind: Kind, uuids: Collection[UUID]) -> list[int]:
    """The ids in those of the uuids that are of this kind."""
    return [found for uuid in uuids if (found := id_of(kind, uuid)) is not None]


def json_list(name: str, attribute: str) -> Property:
    """A list kept as JSON text."""
    value = attrgetter(attribute)
    return Property(name, lambda record, context: as_list(value(record)))


def as_list(text: str | None) -> list[Any] | None:
    """What a source gave as JSON; None when it gave none, or something that is none, or is nested beyond reason."""
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=lambda word: None) if text else None
    except (ValueError, RecursionError):
        return None
    if not _is_shallow(found, MOST_NESTED):
        return None
    return found if found is None or isinstance(found, list) else [found]


def _is_shallow(value: Any, most: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most > 0 and all(_is_shallow(item, most - 1) for item in inner)


def derived(
    record_type: RecordType,
    *,
    without: Collection[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> Iterator[Property]:
    """The fields a record type has in the sync model, under the same names, with what they read as when empty."""
    for item in record_type.fields:
        name = item.sage
        if _is_read(item, name) and name not in without:
            yield of_field(item, name, (defaults or {}).get(name))


def _is_read(item: Field, name: str) -> bool:
    is_id = item.kind is FieldKind.REFERENCE or name.lower().endswith("networkid")
    return bool(name) and not is_id and name not in NOT_READ and "_address_" not in item.name


def of_field(item: Field, name: str, default: Any = None) -> Property:
    if item.kind is FieldKind.JSON:
        return json_list(name, item.attribute)
    lowered = "number_lower" if item.attribute == "number" else ""
    return stored(name, item.attribute, _HOLDS.get(item.kind, Holds.TEXT), default, lowered)
