"""What OIOUBL refuses, of parties and of documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from adaptors.formats.base import Problem, Unsayable
from adaptors.formats.document import Address, Attachment, Endpoint, OutgoingDocument, Payment, Person, Vat
from adaptors.formats.oioubl.format import OioublFormat
from adaptors.formats.sums import with_sums
from adaptors.registry import load
from tests.adaptors.formats.oioubl.arithmetic import found, total
from tests.adaptors.samples import (
    BANK,
    BUYER,
    CARD,
    EXEMPT,
    MUNICIPALITY,
    SAMPLES,
    SELLER,
    ZERO_RATED,
    allowance,
    credit,
    document,
    line,
)  # fmt: skip

D = Decimal
OIOUBL = OioublFormat()


def lacks(seller: Any = SELLER, buyer: Any = BUYER, payment: Payment = BANK, reference: str = "Indkøb") -> list[str]:
    return [problem.field for problem in OIOUBL.lacks(seller, buyer, payment, reference)]


def problems(made: OutgoingDocument) -> tuple[Problem, ...]:
    with pytest.raises(Unsayable) as refused:
        OIOUBL.render(made)
    return refused.value.problems


def with_totals(made: OutgoingDocument, **more: Any) -> OutgoingDocument:
    return replace(made, totals=replace(made.totals, **{name: D(value) for name, value in more.items()}))


def test_format_is_registered() -> None:
    assert load("oioubl") is OioublFormat


def test_parties_that_lack_nothing() -> None:
    assert lacks() == []
    assert lacks(buyer=MUNICIPALITY) == []


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"seller": replace(SELLER, name=" ")}, ["supplier_name"]),
        ({"seller": replace(SELLER, endpoint=None)}, ["supplier_endpoint_id", "supplier_endpoint_scheme"]),
        ({"seller": replace(SELLER, endpoint=Endpoint("0184", "12345675"))}, ["supplier_endpoint_id"]),
        ({"seller": replace(SELLER, registration_number="")}, ["supplier_registration_number"]),
        ({"seller": replace(SELLER, registration_number="12345675")}, ["supplier_registration_number"]),
        ({"seller": replace(SELLER, vat_number="DK12345675")}, ["supplier_vat_number"]),
        ({"seller": replace(SELLER, gln="5790000000013")}, ["supplier_gln"]),
        (
            {"seller": replace(SELLER, address=Address())},
            ["supplier_address_line1", "supplier_city", "supplier_postal_code", "supplier_country"],
        ),
        ({"buyer": replace(BUYER, endpoint=Endpoint("EM", "ap@example.com"))}, ["customer_endpoint_scheme"]),
        ({"buyer": replace(BUYER, endpoint=Endpoint("0088", "5798000000125"))}, ["customer_endpoint_id"]),
        ({"buyer": replace(BUYER, contact=Person()), "reference": " "}, ["customer_buyer_reference"]),
        ({"payment": Payment("42")}, ["supplier_bank_branch", "supplier_bank_account"]),
        ({"payment": Payment("58")}, ["supplier_iban"]),
        ({"payment": Payment("59")}, ["customer_mandate", "supplier_creditor_id"]),
        ({"payment": CARD}, []),
    ],
)
def test_parties_that_lack_something(given: dict[str, Any], fields: list[str]) -> None:
    assert lacks(**given) == fields


def test_reference_is_the_name_of_the_contact_where_there_is_none() -> None:
    root = etree.fromstring(OIOUBL.render(document(buyer_reference="")).content)

    [contact] = found(root, "cac:AccountingCustomerParty/cac:Party/cac:Contact/cbc:ID")

    assert contact.text == "Søren Ågård"
    assert lacks(reference="") == []


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            document(lines=[line(quantity=0, net="0.00")]),
            Problem("OIOUBL has no line with a quantity of zero.", "quantity", "1"),
        ),
        (document(lines=[line(unit="E48")]), Problem("OIOUBL's list of units has no E48.", "unit_code", "1")),
        (document(currency="ZZZ"), Problem("OIOUBL's list of currencies has no ZZZ.", "currency")),
        (
            document(currency="KWD", lines=[line(price="1.125", quantity=1, net="1.125")]),
            Problem("OIOUBL has amounts with two decimals; 1.405 has more.", "currency"),
        ),
        (
            credit([line(quantity=-1)]),
            Problem(
                "OIOUBL has no credit note with a total below zero, found -625.00: send an invoice instead.",
                "total_amount",
            ),
        ),
        (
            with_totals(document(), prepaid="1250.01", payable="-0.01"),
            Problem(
                "OIOUBL has no invoice with less than nothing to pay: 1,250.01 are paid of 1,250.00.", "prepaid_amount"
            ),
        ),
        (
            with_totals(document(), prepaid="-1", payable="1251.00"),
            Problem("OIOUBL has no payment below zero, found -1.", "prepaid_amount"),
        ),
        (
            with_totals(document(), rounding="10.01", payable="1260.01"),
            Problem("OIOUBL takes a rounding of at most 10.00, found 10.01.", "rounding_amount"),
        ),
        (
            document(lines=[line(vat=Vat("B", D(0)))]),
            Problem("OIOUBL has no VAT category for B.", "tax_category"),
        ),
        (
            document(lines=[line(vat=Vat("S", D(0)))]),
            Problem("OIOUBL's standard rate is above zero; what is taxed at 0 % is zero rated.", "tax_category"),
        ),
        (
            document(lines=[line(vat=Vat("G", D(5)))]),
            Problem("VAT of the category G is 0 %, found another rate.", "tax_rate"),
        ),
        (
            with_sums(document(currency="JPY", lines=[line(quantity=1, price="1.00")]), D(1)),
            Problem("OIOUBL asks for VAT on 1.00, found none: 0.25 are due.", "tax_amount"),
        ),
        (
            with_totals(document(currency="EUR", books_currency="SEK"), tax_in_books="2500.00"),
            Problem("OIOUBL tells VAT in the books in DKK or EUR only, found SEK.", "base_currency_tax_amount"),
        ),
        (
            with_totals(document(currency="EUR", lines=[line(vat=ZERO_RATED)]), tax_in_books="1.00"),
            Problem("OIOUBL tells VAT in the books only where there is a standard rate.", "base_currency_tax_amount"),
        ),
        (
            document(allowances_charges=(allowance("50.00", base=D("1000.00"), percent=D(6)),)),
            Problem(
                "6 % of 1,000.00 is not 50.00, as OIOUBL asks of an allowance or charge.", "allowances_charges"
            ),
        ),
        (
            document(attachments=(Attachment("movie.mp4", "video/mp4", b"x"),)),
            Problem("OIOUBL takes no attachment of the kind video/mp4: movie.mp4.", "attachments"),
        ),
        (
            document(period_start=date(2026, 3, 2), period_end=date(2026, 3, 1)),
            Problem("The period ends on 2026-03-01 before it begins on 2026-03-02.", "period_end"),
        ),
        (
            document(buyer=replace(BUYER, endpoint=Endpoint("EM", "ap@example.com"))),
            Problem(
                "NemHandel does not know the kind EM of the customer's electronic address.", "customer_endpoint_scheme"
            ),
        ),
    ],
)  # fmt: skip
def test_document_that_oioubl_cannot_say(made: OutgoingDocument, expected: Problem) -> None:
    assert problems(made) == (expected,)


def test_all_that_stands_in_the_way_is_told_at_once() -> None:
    made = document(lines=[line(quantity=0, net="0.00", unit="E48")], payment=Payment("42"))

    assert [problem.field for problem in problems(made)] == [
        "quantity", "unit_code", "supplier_bank_branch", "supplier_bank_account",
    ]  # fmt: skip


def test_exempt_joins_what_is_zero_rated_and_keeps_its_reason() -> None:
    made = document(lines=[line(vat=ZERO_RATED), line("2", vat=EXEMPT, price="80.00")])
    reasons = [replace(one, reason="Momslovens § 13") if one.vat == EXEMPT else one for one in made.subtotals]

    root = etree.fromstring(OIOUBL.render(replace(made, subtotals=tuple(reasons))).content)
    [subtotal] = found(root, "cac:TaxTotal/cac:TaxSubtotal")

    assert [node.text for node in found(subtotal, "cac:TaxCategory/cbc:ID")] == ["ZeroRated"]
    assert [node.text for node in found(subtotal, "cbc:TaxableAmount")] == ["1160.00"]
    assert [node.text for node in found(root, "//cbc:TaxExemptionReason")] == ["Momslovens § 13"] * 2


def test_currency_without_decimals_gets_them() -> None:
    root = etree.fromstring(OIOUBL.render(document(currency="JPY", lines=[line(price="500", net="1000")])).content)

    assert total(root, "LineExtensionAmount") == D(1000)
    assert [node.text for node in found(root, "cac:InvoiceLine/cbc:LineExtensionAmount")] == ["1000.00"]


def test_debit_note_is_an_invoice() -> None:
    file = OIOUBL.render(SAMPLES["debit_note"]())

    assert [node.text for node in found(etree.fromstring(file.content), "cbc:InvoiceTypeCode")] == ["380"]


def test_facts_for_access_points() -> None:
    invoice, note = OIOUBL.render(document(buyer=MUNICIPALITY)).facts, OIOUBL.render(credit()).facts

    assert invoice == {
        "document_type_id": "busdox-docid-qns::urn:oasis:names:specification:ubl:schema:xsd:Invoice-2::Invoice"
        "##OIOUBL-2.1::2.1",
        "process_id": "nes-procid-ubl::urn:www.nesubl.eu:profiles:profile5:ver2.0",
        "sender": "0184:12345674",
        "receiver": "0088:5798000000124",
        "country": "DK",
    }
    assert note["document_type_id"] == (
        "busdox-docid-qns::urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2::CreditNote##OIOUBL-2.1::2.1"
    )
