"""How our record types stand in the Sage Network API: the names are those of the fields themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from arhub.records import PAYABLE_TYPES, RECORD_TYPES, Field, RecordType, normalise
from arhub.records.documents import DOCUMENT_TYPES, SAGE_TYPE_CODES
from arhub.records.parties import SAGE_COMPANY_TYPES

_ADDRESS = re.compile(r"(origin|billTo|shipTo)Address(\w+)")


@dataclass(frozen=True)
class Entity:
    """A record type there: where it is queried, and its list in a batch."""

    record_type: RecordType
    path: str
    batch_list: str

    @property
    def model(self) -> str:
        return self.record_type.sage

    @cached_property
    def id_name(self) -> str:
        """What a record's own id is called, such as invoiceLineId."""
        return f"{self.model[0].lower()}{self.model[1:]}Id"

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Those it has there. Network ids are left out: records refer to one another by erpKey."""
        return tuple(field for field in self.record_type.fields if field.sage and not field.name.endswith("network_id"))

    @cached_property
    def by_sage(self) -> dict[str, Field]:
        return {field.sage: field for field in self.fields}


@dataclass(frozen=True, slots=True)
class AddressPart:
    """A field of one of a document's addresses, which are records of their own there."""

    address: str
    part: str

    @classmethod
    def of(cls, field: Field) -> AddressPart | None:
        found = _ADDRESS.fullmatch(field.sage)
        return found and cls(found[1], found[2][0].lower() + found[2][1:])

    def ids(self) -> Iterator[str]:
        """The names under which a document or a line has the id of the address."""
        kind = self.address[0].upper() + self.address[1:]
        yield from (f"primary{kind}AddressId", f"override{kind}AddressId")


_PLACES = {  # record type → path, list in a batch
    "account": ("Companies", "companies"),
    "contact": ("Contacts", "contacts"),
    "invoice": ("Invoices", "invoices"),
    "adjustment": ("Invoices", "invoices"),
    "invoice_line": ("invoice-lines", "invoiceLines"),
    "payment": ("Payments", "payments"),
    "payment_applied": ("payments-applied", "paymentApplications"),
    "credit_memo_applied": ("credit-memos-applied", "creditMemoApplications"),
}
ENTITIES = {name: Entity(RECORD_TYPES[name], *place) for name, place in _PLACES.items()}


def document_type_of(code: str) -> str:
    """Our document type for a type code; "" for one nobody knows."""
    said = normalise(code)
    return next((kind for kind, spellings in DOCUMENT_TYPES if said in (normalise(kind), *spellings)), "")


def type_code(given: str) -> str:
    """The type code of a document by its type, or by the code that its source gave."""
    side = "AP" if normalise(given) in PAYABLE_TYPES else "AR"
    kind = document_type_of(given)
    return f"{side} {SAGE_TYPE_CODES[kind]}" if kind else given


def company_type(given: str) -> str:
    return SAGE_COMPANY_TYPES.get(given, given)
