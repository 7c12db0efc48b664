"""What cannot be told is refused, all of it at once, with the field to mend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adaptors.formats.base import Problem, Unsayable
from adaptors.formats.bis3.format import Bis3Format
from adaptors.formats.document import Address, Attachment, Delivery, Endpoint, OutgoingDocument, Payment, Preceding, Vat
from tests.adaptors.samples import (
    BANK,
    BUYER,
    GERMAN,
    IBAN,
    LINES,
    REVERSE,
    SAMPLES,
    SELLER,
    WITHIN_EU,
    allowance,
    charge,
    credit,
    document,
    line,
)

D = Decimal
FORMAT = Bis3Format()
EXTRA = [("allowances_charges", "")]


def _refused(given: OutgoingDocument) -> list[tuple[str, str]]:
    with pytest.raises(Unsayable) as refusal:
        FORMAT.render(given)
    return [(problem.field, problem.line) for problem in refusal.value.problems]


def _with_totals(**amounts: Any) -> OutgoingDocument:
    given = document()
    return replace(given, totals=replace(given.totals, **{name: D(value) for name, value in amounts.items()}))


DOCUMENTS: dict[str, tuple[Callable[[], OutgoingDocument], list[tuple[str, str]]]] = {
    "no number": (lambda: document(number=" "), [("number", "")]),
    "no lines": (lambda: replace(document(), lines=()), [("lines", "")]),
    "no currency": (lambda: document(currency=""), [("currency", "")]),
    "lower case": (lambda: document(currency="dkk"), [("currency", "")]),
    "three decimals": (lambda: document(currency="KWD"), [("currency", "")]),
    "never due": (lambda: document(due_date=None, payment=IBAN), [("due_date", "")]),
    "period": (lambda: document(period_start=date(2026, 3, 2), period_end=date(2026, 3, 1)), [("period_end", "")]),
    "no reference": (
        lambda: document(buyer_reference="", customer_order_number=""), [("customer_buyer_reference", "")],
    ),
    "negative credit": (lambda: credit([line(quantity=-1)]), [("total_amount", "")]),
    "unnamed correction": (lambda: credit(corrects=[Preceding("")]), [("corrected_document", "")]),
    "a program": (lambda: document(attachments=[Attachment("a.exe", "application/exe", b"MZ")]), [("attachments", "")]),
    "unnamed file": (lambda: document(attachments=[Attachment("", content=b"%PDF")]), [("attachments", "")]),
    "nowhere": (lambda: document(delivery=Delivery(address=Address(("Vej 1",)))), [("delivery_country", "")]),
    "half an øre": (lambda: _with_totals(payable="1250.005"), [("total_amount", "")]),
    "not a number": (lambda: _with_totals(payable="NaN"), [("total_amount", "")]),
    "half a yen": (lambda: document(lines=[line(price="0.5", quantity=3)], currency="JPY"),
                   [("total_amount", ""), ("vat_breakdown", ""), ("net_amount", "1")]),
    "books' other sign": (lambda: replace(_with_totals(tax_in_books=-1), books_currency="EUR"), [("tax_amount", "")]),
    "unnamed line": (lambda: document(lines=[*LINES, line("11", " ")]), [("description", "11")]),
    "line without number": (lambda: document(lines=[line("")]), [("line_number", "")]),
    "line without unit": (lambda: document(lines=[line(unit="")]), [("unit_code", "1")]),
    "negative price": (lambda: document(lines=[line(price="-5", quantity=-2)]), [("unit_price", "1")]),
    "odd VAT category": (lambda: document(lines=[line(vat=Vat("<X>", D(25)))]), [("tax_category", "")]),
    "VAT without a rate": (lambda: document(lines=[line(vat=Vat("S", None))]), [("tax_rate", "")]),
    "standard without VAT": (lambda: document(lines=[line(vat=Vat("S", D(0)))]), [("tax_rate", "")]),
    "free with VAT": (lambda: document(lines=[line(vat=Vat("Z", D(5)))]), [("tax_rate", "")]),
    "outside with a rate": (lambda: document(lines=[line(vat=Vat("O", D(0)))]), [("tax_rate", "")]),
    "outside and inside": (lambda: document(lines=[line(), line("2", vat=Vat("O", None))]), [("tax_category", "")]),
    "exempt for no reason": (lambda: document(lines=[line(vat=Vat("E", D(0)))]), [("vat_breakdown", "")]),
    "another's reason": (lambda: _because("VATEX-EU-G"), [("vat_breakdown", "")]),
    "supplier without VAT": (lambda: document(seller=replace(SELLER, vat_number="")), [("supplier_vat_number", "")]),
    "reverse charge of nobody": (
        lambda: document(lines=[line(vat=REVERSE)], buyer=replace(GERMAN, vat_number="", registration_number="")),
        [("customer_vat_number", "")],
    ),
    "within the Union, somewhere": (
        lambda: document(lines=[line(vat=WITHIN_EU)], buyer=replace(GERMAN, vat_number="")),
        [("customer_vat_number", ""), ("delivery_country", ""), ("delivery_date", "")],
    ),
    "allowance for no reason": (lambda: document(allowances_charges=[allowance(5, "", reason_code="")]), EXTRA),
    "odd reason code": (lambda: document(allowances_charges=[charge(5, reason_code="95")]), EXTRA),
    "allowance of no VAT": (lambda: document(allowances_charges=[allowance(5, vat=None)]), EXTRA),
    "odd percent": (
        lambda: document(lines=[line(allowances_charges=[allowance(5, vat=None, base=D(100), percent=D(6))])]),
        [("allowances_charges", "1")],
    ),
    "slip with a wrong digit": (
        lambda: document(payment=Payment("93", "", "000000000104829", card_type="71", account="12345678")),
        [("payment_reference", "")],
    ),
}  # fmt: skip


def _because(code: str) -> OutgoingDocument:
    given = SAMPLES["reverse_charge"]()
    return replace(given, subtotals=[replace(one, reason_code=code) for one in given.subtotals])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_is_refused(name: str) -> None:
    make, fields = DOCUMENTS[name]

    assert _refused(make()) == fields


PARTIES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "no supplier": (
        {"seller": replace(SELLER, name="", endpoint=None, address=Address(), registration_number="", vat_number="")},
        ["supplier_name", "supplier_endpoint_id", "supplier_endpoint_scheme", "supplier_address_line1", "supplier_city",
         "supplier_postal_code", "supplier_country", "supplier_vat_number"],
    ),
    "no customer": (
        {"buyer": replace(BUYER, name="", endpoint=Endpoint("", ""), address=Address())},
        ["customer_name", "customer_endpoint_id", "customer_endpoint_scheme", "customer_address_line1",
         "customer_country"],
    ),
    "mail": ({"buyer": replace(BUYER, endpoint=Endpoint("EM", "ap@example.com"))}, ["customer_endpoint_scheme"]),
    "GLN": ({"buyer": replace(BUYER, endpoint=Endpoint("0088", "5798000000125"))}, ["customer_endpoint_id"]),
    "CVR": ({"buyer": replace(BUYER, endpoint=Endpoint("0184", "25313764"))}, ["customer_endpoint_id"]),
    "CVR with letters": ({"buyer": replace(BUYER, endpoint=Endpoint("0184", "DK25313763"))}, ["customer_endpoint_id"]),
    "SE": ({"buyer": replace(BUYER, endpoint=Endpoint("0198", "25313763"))}, ["customer_endpoint_id"]),
    "numbers": (
        {"seller": replace(SELLER, gln="5790000000013", vat_number="DK12345675", registration_number="12345675")},
        ["supplier_gln", "supplier_vat_number", "supplier_registration_number"],
    ),
    "VAT number without a country": ({"buyer": replace(BUYER, vat_number="25313763")}, ["customer_vat_number"]),
    "CVR missing": ({"seller": replace(SELLER, registration_number="")}, ["supplier_registration_number"]),
    "country": ({"buyer": replace(BUYER, address=replace(BUYER.address, country="UK"))}, ["customer_country"]),
    "reference": ({"buyer_reference": ""}, ["customer_buyer_reference"]),
    "bank": ({"payment": Payment("42")}, ["supplier_bank_branch", "supplier_bank_account"]),
    "branch": ({"payment": replace(BANK, branch="40")}, ["supplier_bank_branch"]),
    "transfer": ({"payment": Payment("30")}, ["supplier_iban"]),
    "IBAN": ({"payment": replace(IBAN, iban="DK5000400440116244")}, ["supplier_iban"]),
    "BIC": ({"payment": replace(IBAN, bic="")}, ["supplier_bic"]),
    "BIC abroad": ({"payment": replace(IBAN, bic=""), "buyer": GERMAN}, []),
    "SEPA": ({"payment": Payment("58")}, ["supplier_iban"]),
    "giro": ({"payment": Payment("50")}, ["supplier_payment_means"]),
    "odd code": ({"payment": Payment("bank"), "buyer": GERMAN}, ["supplier_payment_means"]),
    "mandate": ({"payment": Payment("49")}, ["customer_mandate", "customer_debited_account"]),
    "SEPA mandate": ({"payment": Payment("59")}, ["customer_mandate", "supplier_creditor_id"]),
    "slip": ({"payment": Payment("93")}, ["supplier_payment_means", "supplier_fik_creditor"]),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTIES)
def test_parties_lack_what_the_document_needs(name: str) -> None:
    told, fields = PARTIES[name]
    known = {"seller": SELLER, "buyer": BUYER, "payment": BANK, "buyer_reference": "Indkøb"} | told

    problems = list(FORMAT.lacks(**known))

    assert [problem.field for problem in problems] == fields
    assert all(problem.text.endswith(".") for problem in problems)


def test_all_problems_are_told_at_once() -> None:
    given = document(lines=[line(name="")], number="", buyer=replace(BUYER, endpoint=None))

    with pytest.raises(Unsayable) as refusal:
        FORMAT.render(given)

    assert refusal.value.problems == (
        Problem("The customer has no electronic address, which Peppol needs to deliver.", "customer_endpoint_id"),
        Problem(
            "Nothing says what kind of number the customer's electronic address is, such as GLN or CVR.",
            "customer_endpoint_scheme",
        ),
        Problem("The document has no number.", "number"),
        Problem("The line does not say what was sold.", "description", "1"),
    )
