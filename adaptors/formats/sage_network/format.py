"""A document as the Sage Network API takes it up: the ZIP of *Upload Sync File*, or the JSON of *Sync Batch*."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from adaptors.formats.base import Format, Problem, Rendered, Unsayable
from adaptors.formats.document import OutgoingDocument, Party, Payment
from adaptors.formats.lacks import CUSTOMER, SUPPLIER, required
from adaptors.formats.sage_network import rows
from arhub.network.csv_zip import csv_zip, shortest
from arhub.network.encoding import encode
from arhub.records import RECORD_TYPES
from connectors.base import Setting

_BATCH_LISTS = {"account": "companies", "invoice": "invoices", "invoice_line": "invoiceLines"}


class SageNetworkFormat(Format):
    kind = "sage_network"
    label = "Sage Network"
    summary = "The document as a sync of the Sage Network API: Invoice, InvoiceLine and, if wanted, Company."
    ending, media_type = "zip", "application/zip"
    options: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "shape", "Shape", "A ZIP goes to Sync/zip, JSON to Sync/batch.", kind="choice", default="zip",
            choices=(("zip", "ZIP of CSV files"), ("batch", "Batch in JSON")),
        ),
        Setting(
            "companies", "With both companies", "Leave it out when the other side has them under the same keys.",
            kind="bool", default=True, required=False,
        ),
    )  # fmt: skip

    def lacks(self, seller: Party, buyer: Party, payment: Payment, buyer_reference: str) -> Iterable[Problem]:
        for side, party in ((SUPPLIER, seller), (CUSTOMER, buyer)):
            text = f"The {side} has no number to be known by: give a registration number, VAT number or GLN."
            yield from required(rows.key_of(party), f"{side}_registration_number", text)
            yield from required(party.name, f"{side}_name", f"The {side} has no name.")

    def render(self, document: OutgoingDocument) -> Rendered:
        if problems := tuple(self.lacks(document.seller, document.buyer, document.payment, document.buyer_reference)):
            raise Unsayable(*problems)
        models = list(self._models(document))
        if self.values["shape"] == "zip":
            sheets = ((RECORD_TYPES[name].sage.lower(), list(_names(name)), found) for name, found in models)
            return Rendered(csv_zip(sheets), self.media_type, self.ending)
        lists = {_BATCH_LISTS[name]: found for name, found in models}
        return Rendered(encode({"isFullSync": False, "appEnrollmentId": None, **lists}), "application/json", "json")

    def _models(self, document: OutgoingDocument) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        """Record type and its rows, by the names they have there."""
        if self.values["companies"]:
            yield "account", [_row("account", one) for one in rows.companies(document)]
        yield "invoice", [_row("invoice", rows.invoice(document))]
        yield "invoice_line", [_row("invoice_line", one) for one in rows.lines(document)]


def _names(record_type: str) -> Iterator[str]:
    return (field.sage for field in RECORD_TYPES[record_type].fields if field.sage)


def _row(record_type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What has a value, in the order of the record type. What exists over there already is updated."""
    given = {name: value for name, value in values.items() if value not in (None, "")} | {"on_match_action": 0}
    fields = RECORD_TYPES[record_type].fields
    return {field.sage: _exact(given[field.name]) for field in fields if field.sage and field.name in given}


def _exact(value: Any) -> Any:
    return shortest(value) if isinstance(value, Decimal) else value
