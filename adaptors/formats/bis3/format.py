"""Peppol BIS Billing 3.0, in UBL 2.1."""

from __future__ import annotations

from collections.abc import Iterator

from adaptors.formats import lacks
from adaptors.formats.base import Format, Problem, Rendered, Unsayable
from adaptors.formats.bis3 import codes, refusals, root
from adaptors.formats.bis3.parties import DENMARK
from adaptors.formats.document import OutgoingDocument, Party, Payment

NETWORK = "Peppol"


class Bis3Format(Format):
    kind = "bis3"
    label = "Peppol BIS Billing 3.0"
    summary = "Invoices and credit notes for receivers on Peppol, as EN 16931 has them, in UBL 2.1."
    ending = "xml"
    media_type = "application/xml"
    rules = ("ubl", "en16931", "peppol")

    def lacks(self, seller: Party, buyer: Party, payment: Payment, buyer_reference: str) -> Iterator[Problem]:
        is_danish = seller.address.country == buyer.address.country == DENMARK
        yield from _of_seller(seller)
        yield from _of_buyer(buyer)
        yield from refusals.payment_means(payment, is_danish=is_danish)
        yield from lacks.account(payment, is_danish=is_danish)
        yield from lacks.required(
            buyer_reference, "customer_buyer_reference",
            "Peppol needs a reference of the customer's, or its order number on each document.",
        )  # fmt: skip

    def render(self, document: OutgoingDocument) -> Rendered:
        reference = document.buyer_reference or document.customer_order_number
        found = [
            *self.lacks(document.seller, document.buyer, document.payment, reference),
            *refusals.problems(document),
        ]
        if found:
            raise Unsayable(*found)
        return Rendered(root.write(document).encode(), self.media_type, self.ending, _facts(document))


def _of_seller(seller: Party) -> Iterator[Problem]:
    yield from lacks.required(seller.name, "supplier_name", "The supplier has no name.")
    yield from lacks.endpoint(seller, lacks.SUPPLIER, codes.ENDPOINT_SCHEMES, NETWORK)
    yield from lacks.address(seller, lacks.SUPPLIER)
    if seller.address.country == DENMARK:
        yield from lacks.required(
            seller.registration_number, "supplier_registration_number", "A Danish supplier needs its CVR number."
        )
    elif not seller.vat_number:
        yield from lacks.required(
            seller.registration_number, "supplier_vat_number", "The supplier needs a VAT number or registration number."
        )
    yield from lacks.numbers(seller, lacks.SUPPLIER)


def _of_buyer(buyer: Party) -> Iterator[Problem]:
    yield from lacks.required(buyer.name, "customer_name", "The customer has no name.")
    yield from lacks.endpoint(buyer, lacks.CUSTOMER, codes.ENDPOINT_SCHEMES, NETWORK)
    yield from lacks.address(buyer, lacks.CUSTOMER, ["address_line1"])
    yield from lacks.numbers(buyer, lacks.CUSTOMER)


def _facts(document: OutgoingDocument) -> dict[str, str]:
    """What access points ask for: the same names on Peppol's lists of documents and processes."""
    name = root.name_of(document)
    return {
        "document_type_id": f"busdox-docid-qns::{codes.UBL}:{name}-2::{name}##{codes.CUSTOMIZATION}::2.1",
        "process_id": f"cenbii-procid-ubl::{codes.PROFILE}",
        "sender": str(document.seller.endpoint or ""),
        "receiver": str(document.buyer.endpoint or ""),
        "country": document.seller.address.country,
    }
