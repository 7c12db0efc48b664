"""Addresses of invoices and lines: columns there, records here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from arhub.models import Document, DocumentLine
from ingestion.sage_network.ids import Kind, uuid_of
from ingestion.sage_network.read.properties import Context, Property, ids_of, reference, stored
from ingestion.sage_network.read.shared import ENROLLMENT, GROUP, TIMES
from ingestion.sage_network.searchlight import Column, Holds

PARTS = {
    "line1": "line1",
    "line2": "line2",
    "line3": "line3",
    "city": "city",
    "region": "region",
    "postalCode": "postal_code",
    "country": "country",
    "latitude": "latitude",
    "longitude": "longitude",
}
_NUMBERS = frozenset({"latitude", "longitude"})


@dataclass(frozen=True)
class Place:
    """One address of a document or a line: the columns that begin with its prefix."""

    kind: Kind
    prefix: str
    model: type[Document | DocumentLine]

    @cached_property
    def attributes(self) -> list[str]:
        return [f"{self.prefix}_address_{part}" for part in PARTS.values()]

    @cached_property
    def given(self) -> Q:
        """The condition that the record has this address."""
        return Q(*((f"{attribute}__isnull", False) for attribute in self.attributes), _connector=Q.OR)

    @cached_property
    def properties(self) -> tuple[Property, ...]:
        document = "pk" if self.model is Document else "document_id"
        return (
            reference("invoiceAddressId", self.kind, "pk"),
            GROUP,
            reference("invoiceId", Kind.INVOICE, document),
            *(
                stored(name, f"{self.prefix}_address_{part}", Holds.DECIMAL if part in _NUMBERS else Holds.TEXT)
                for name, part in PARTS.items()
            ),
            *TIMES,
            ENROLLMENT,
        )

    @cached_property
    def columns(self) -> dict[str, Column]:
        return {item.name.lower(): item.column for item in self.properties if item.column}

    def rows(self) -> QuerySet[Any, Any]:
        return self.model.objects.filter(self.given)  # type: ignore[no-any-return]

    def id_in(self, record: Any, context: Context) -> UUID | None:
        """The uuid of the record's address; None when it has none."""
        given = any(getattr(record, attribute) is not None for attribute in self.attributes)
        return uuid_of(self.kind, record.pk) if given else None

    def id_as(self, name: str) -> Property:
        """The property of the document or line that names its address."""
        column = Column(name, Holds.UUID, None, matches=self.records_of, missing=lambda: ~self.given)
        return Property(name, self.id_in, column)

    def records_of(self, uuids: Sequence[UUID]) -> Q:
        return Q(pk__in=ids_of(self.kind, uuids)) & self.given

    def describe(self, record: Any, context: Context) -> dict[str, Any]:
        return {item.name: item.read(record, context) for item in self.properties}


OF_DOCUMENTS = (
    Place(Kind.ORIGIN_ADDRESS, "origin", Document),
    Place(Kind.BILL_TO_ADDRESS, "bill_to", Document),
    Place(Kind.SHIP_TO_ADDRESS, "ship_to", Document),
)
OF_LINES = (
    Place(Kind.LINE_ORIGIN_ADDRESS, "origin", DocumentLine),
    Place(Kind.LINE_BILL_TO_ADDRESS, "bill_to", DocumentLine),
    Place(Kind.LINE_SHIP_TO_ADDRESS, "ship_to", DocumentLine),
)
PLACES = (*OF_DOCUMENTS, *OF_LINES)


def describe_all(records: Iterable[Any], places: Sequence[Place], context: Context) -> list[dict[str, Any]]:
    """Every address the records have."""
    return [place.describe(record, context) for record in records for place in places if place.id_in(record, context)]
