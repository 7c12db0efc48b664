"""The parties: names, numbers and the schemes they are of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from adaptors.formats.document import Endpoint, Party
from adaptors.formats.oioubl.format import OioublFormat
from tests.adaptors.formats.oioubl.arithmetic import found
from tests.adaptors.samples import AMERICAN, BUYER, GERMAN, SELLER, document


def told(buyer: Party, path: str, seller: Party = SELLER) -> list[tuple[str, str]]:
    """Scheme and text of what the customer's party says at the path."""
    root = etree.fromstring(OioublFormat().render(document(buyer=buyer, seller=seller)).content)
    nodes = found(root, f"cac:AccountingCustomerParty/cac:Party/{path}")
    return [(node.get("schemeID", ""), node.text) for node in nodes]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Endpoint("0184", "25313763"), ("DK:CVR", "DK25313763")),
        (Endpoint("0198", "DK25313763"), ("DK:SE", "DK25313763")),
        (Endpoint("0096", "1234567890"), ("DK:P", "1234567890")),
        (Endpoint("0088", "5798000000124"), ("GLN", "5798000000124")),
        (Endpoint("0060", "123456789"), ("DUNS", "123456789")),
        (Endpoint("9930", "DE136695976"), ("DE:VAT", "DE136695976")),
    ],
)
def test_endpoint_by_oioubls_schemes(given: Endpoint, expected: tuple[str, str]) -> None:
    assert told(replace(BUYER, endpoint=given), "cbc:EndpointID") == [expected]


@pytest.mark.parametrize(
    ("buyer", "tax_number", "register"),
    [
        (BUYER, [("DK:SE", "DK25313763")], [("DK:CVR", "DK25313763")]),
        (GERMAN, [("ZZZ", "DE136695976")], [("ZZZ", "HRB 12345")]),
        (AMERICAN, [], [("ZZZ", "123456789")]),
        (replace(BUYER, vat_number="", registration_number=""), [], []),
    ],
    ids=["Danish", "German", "American", "without numbers"],
)
def test_numbers_of_the_tax_office_and_the_register(
    buyer: Party, tax_number: list[tuple[str, str]], register: list[tuple[str, str]]
) -> None:
    assert told(buyer, "cac:PartyTaxScheme/cbc:CompanyID") == tax_number
    assert told(buyer, "cac:PartyLegalEntity/cbc:CompanyID") == register


def test_vat_is_moms_of_a_danish_seller_alone() -> None:
    path = "../../cac:TaxTotal//cac:TaxScheme/cbc:ID"

    assert told(BUYER, path) == [("urn:oioubl:id:taxschemeid-1.5", "63")]
    assert told(BUYER, path, GERMAN) == [("urn:oioubl:id:taxschemeid-1.5", "VAT")]


def test_trading_name_stands_before_the_registered_one() -> None:
    buyer = replace(BUYER, trading_name="Pumpeland", gln="5798000000124")

    assert told(buyer, "cac:PartyName/cbc:Name") == [("", "Pumpeland")]
    assert told(buyer, "cac:PartyLegalEntity/cbc:RegistrationName") == [("", "Nordic Pumps A/S")]
    assert told(buyer, "cac:PartyIdentification/cbc:ID") == [("GLN", "5798000000124"), ("ZZZ", "10042")]
    assert told(replace(buyer, registration_number=""), "cac:PartyName/cbc:Name") == [("", "Nordic Pumps A/S")]


def test_address_of_three_lines() -> None:
    lines = ("c/o Sørensen", "Industrivej 7", "2. sal")
    buyer = replace(BUYER, address=replace(BUYER.address, lines=lines, region="Midtjylland"))

    assert told(buyer, "cac:PostalAddress/*[not(*)]") == [
        ("", "StructuredLax"), ("", "c/o Sørensen"), ("", "Industrivej 7, 2. sal"), ("", "Aarhus C"), ("", "8000"),
        ("", "Midtjylland"),
    ]  # fmt: skip
