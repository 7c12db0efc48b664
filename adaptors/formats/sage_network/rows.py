"""A document as rows of the sync models, by the names of our own records: `arhub.records` knows what each is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adaptors.formats.document import ZERO, Address, Line, OutgoingDocument, Party
from arhub.network.encoding import encode
from arhub.records.documents import SAGE_TYPE_CODES
from arhub.records.parties import SAGE_COMPANY_TYPES

Values = Mapping[str, Any]


def key_of(party: Party) -> str:
    """What a party is known by there: its number with the other one, else the number of a register. Empty when it has
    none."""
    endpoint = party.endpoint.identifier if party.endpoint else ""
    return party.number or party.registration_number or party.vat_number or party.gln or endpoint


def document_key(document: OutgoingDocument) -> str:
    """Invoices, credit notes and debit notes share one space of keys there, and may share a number here."""
    return f"{document.kind}:{document.number}"


def companies(document: OutgoingDocument) -> list[Values]:
    return [_company(document.seller, "own"), _company(document.buyer, "customer")]


def invoice(document: OutgoingDocument) -> Values:
    """Without an exchange rate where the accounting currency is another: nobody said which one was used."""
    totals = document.totals
    is_foreign = document.books_currency not in ("", document.currency)
    return {
        "erp_key": document_key(document),
        "invoice_number": document.number,
        "document_type": f"AR {SAGE_TYPE_CODES[document.kind]}",
        "account_id": key_of(document.buyer),
        "company_id": key_of(document.seller),
        "invoice_date": document.issue_date,
        "due_date": document.due_date,
        "tax_point_date": document.tax_point_date,
        "currency": document.currency,
        "exchange_rate": None if is_foreign else 1,
        "total_amount": totals.gross,
        "net_amount": totals.net,
        "tax_amount": totals.tax,
        "balance_due": totals.payable,
        "base_currency_tax_amount": totals.tax_in_books,
        "customer_order_number": document.customer_order_number,
        "payment_terms": document.payment.terms,
        "tax_summary": _taxes(document),
        **_address("origin", document.seller.address),
        **_address("bill_to", document.buyer.address),
        **(_address("ship_to", document.delivery.address) if document.delivery else {}),
    }


def lines(document: OutgoingDocument) -> list[Values]:
    reasons = {one.vat: one.reason_code or one.reason for one in document.subtotals}
    return [
        {**_line(document_key(document), line), "exemption_code": reasons.get(line.vat, "")} for line in document.lines
    ]


def _company(party: Party, kind: str) -> Values:
    address = party.address
    return {
        "erp_key": key_of(party),
        "account_name": party.name,
        "account_type": SAGE_COMPANY_TYPES[kind],
        "is_active": True,
        "vat_number": party.vat_number,
        "registration_number": party.registration_number,
        "email": party.contact.email,
        "phone": party.contact.phone,
        **dict(zip(("address_line1", "address_line2", "address_line3"), address.lines, strict=False)),
        "city": address.city,
        "region": address.region,
        "postal_code": address.postal_code,
        "country": address.country,
    }


def _line(key: str, line: Line) -> Values:
    """Its total is without VAT, which the older models have no other place for."""
    return {
        "erp_key": f"{key}:{line.id}",
        "invoice": key,
        "line_number": line.id,
        "product_code": line.seller_item,
        "description": "\n".join(filter(None, (line.name, line.description))),
        "unit_code": line.unit,
        "quantity": line.quantity,
        "unit_price": line.price,
        "total_amount": line.net,
        "net_amount": line.net,
        "tax_rate": line.vat.rate,
        "tax_code": line.vat.category,
    }


def _address(kind: str, address: Address) -> Values:
    return {f"{kind}_address_{name}": value for name, value in _address_parts(address)}


def _address_parts(address: Address) -> Iterator[tuple[str, str]]:
    yield from zip(("line1", "line2", "line3"), address.lines, strict=False)
    yield "city", address.city
    yield "region", address.region
    yield "postal_code", address.postal_code
    yield "country", address.country


def _taxes(document: OutgoingDocument) -> str:
    """As the model has it: a JSON text, in which amounts are numbers."""
    taxes = [
        {"taxCode": one.vat.category, "taxRate": one.vat.rate or ZERO, "taxTotal": one.tax}
        for one in document.subtotals
    ]
    return encode(taxes).decode()
