"""What is said of rules: about rules that exist, with fields that exist."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from adaptors.fields import BY_NAME
from adaptors.validation import schematron
from adaptors.validation.base import Severity
from adaptors.validation.meanings import MEANINGS, en16931, finding
from adaptors.validation.packages import ubl_folder
from adaptors.validation.places import field_of, line_of, party_of, path_of
from adaptors.validation.schematron import Breach
from arhub.records import RECORD_TYPES

ROOT = etree.fromstring("<Invoice/>")
KNOWN = BY_NAME.keys() | {field.name for kind in RECORD_TYPES.values() for field in kind.fields}


def test_every_rule_of_en_16931_that_is_told_exists() -> None:
    stylesheet = (ubl_folder() / "EN16931-UBL-validation.xslt").read_text("utf-8")
    rules = set(re.findall(r"\[([A-Z0-9-]+)\]", stylesheet))

    assert en16931.MEANINGS.keys() - rules == set()
    assert len(en16931.MEANINGS) > 150


def test_every_field_that_is_to_be_mended_exists() -> None:
    named = {field.replace("{party}", side) for _, field in MEANINGS.values() for side in ("supplier", "customer")}

    assert named - KNOWN == {""}


@pytest.mark.parametrize("meaning", sorted({text for text, _ in MEANINGS.values()}))
def test_every_meaning_is_a_sentence(meaning: str) -> None:
    assert re.fullmatch(r"[A-Z“].*[.]", meaning)
    assert not re.search(r"\b(BT|BG)-\d|MUST|SHALL", meaning)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/Invoice/AccountingSupplierParty/Party/EndpointID", "supplier_endpoint_id"),
        ("/Invoice/AccountingCustomerParty/Party/PostalAddress/Country/IdentificationCode", "customer_country"),
        ("/CreditNote/AccountingCustomerParty/Party/PartyLegalEntity/CompanyID", "customer_registration_number"),
        ("/Invoice/AccountingSupplierParty/Party/PartyTaxScheme/CompanyID", "supplier_vat_number"),
        ("/Invoice/AccountingCustomerParty/Party/PartyIdentification[2]/ID", "customer_gln"),
        ("/Invoice/AccountingSupplierParty/Party", "supplier_name"),
        ("/Invoice/AccountingSupplierParty", "supplier_name"),
        ("/Invoice/InvoiceLine[3]/Price/PriceAmount", "unit_price"),
        ("/Invoice/InvoiceLine[3]/Item/ClassifiedTaxCategory/Percent", "tax_rate"),
        ("/Invoice/InvoiceLine", ""),
        ("/Invoice/InvoiceLine/ID", "line_number"),
        ("/Invoice/IssueDate", "invoice_date"),
        ("/Invoice/PaymentMeans[2]/PayeeFinancialAccount/ID", "supplier_iban"),
        ("/Invoice/LegalMonetaryTotal/TaxExclusiveAmount", "net_amount"),
        ("/Invoice/ID", "invoice_number"),
        ("/Invoice", ""),
        ("", ""),
    ],
)
def test_a_place_tells_the_field(path: str, field: str) -> None:
    assert field_of(path) == field
    assert field in KNOWN | {""}


@pytest.mark.parametrize(
    "location",
    [
        "/*:Invoice[namespace-uri()='urn:i'][1]/*:InvoiceLine[namespace-uri()='urn:c'][2]/*:Item[namespace-uri()='urn:c'][1]",
        "/*[local-name()='Invoice']/*[local-name()='InvoiceLine'][2]/*[local-name()='Item']",
        "/*[local-name()='Invoice' and namespace-uri()='urn:i'][1]/*[local-name()='InvoiceLine' and "
        "namespace-uri()='urn:c'][2]/*[local-name()='Item' and namespace-uri()='urn:c'][1]",
        "/ubl:Invoice[1]/cac:InvoiceLine[2]/cac:Item[1]",
    ],
)
def test_locations_of_every_compiler_are_plain_paths(location: str) -> None:
    root = etree.fromstring(
        "<Invoice><ID>9</ID><InvoiceLine><ID>A</ID></InvoiceLine><InvoiceLine><ID>B</ID></InvoiceLine></Invoice>"
    )

    path = path_of(location)

    assert path == "/Invoice/InvoiceLine[2]/Item"
    assert line_of(path, root) == "B"
    assert line_of("/Invoice/InvoiceLine[3]", root) == "3"
    assert party_of(path) == ""


def test_a_rule_that_is_not_known_is_told_in_its_own_words_and_by_its_place() -> None:
    breach = Breach("NEW-1", Severity.FATAL, "Something {party} new.", "/ubl:Invoice[1]/cbc:DueDate[1]")

    made = finding(breach, ROOT)

    assert (made.rule, made.meaning, made.text) == ("NEW-1", "Something {party} new.", "Something {party} new.")
    assert (made.location, made.field) == ("/Invoice/DueDate", "due_date")


def test_a_rule_for_either_party_needs_no_party() -> None:
    made = finding(Breach("BR-CO-09", Severity.FATAL, "x", "/ubl:Invoice[1]"), ROOT)

    assert (made.field, made.meaning[:12]) == ("", "A VAT number")


@pytest.mark.parametrize(
    ("attributes", "text", "expected"),
    [
        ('id="BR-01" flag="fatal"', "[BR-01]-An Invoice", ("BR-01", Severity.FATAL, "An Invoice")),
        ('id="X-1" flag="warning"', "[X-1]-Should", ("X-1", Severity.WARNING, "Should")),
        ('id="X" role="warn"', "Should", ("X", Severity.WARNING, "Should")),
        ("", "[F-LIB002]Invalid", ("F-LIB002", Severity.FATAL, "Invalid")),
        ("", "[W-INV001] Weak", ("W-INV001", Severity.WARNING, "Weak")),
        ("", "Nothing told", ("", Severity.FATAL, "Nothing told")),
    ],
)
def test_a_report_tells_rule_and_severity(
    attributes: str, text: str, expected: tuple[str, Severity, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    sheet = tmp_path_factory.mktemp("sheet") / "rules.xslt"
    sheet.write_text(
        '<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
        'xmlns:s="http://purl.oclc.org/dsdl/svrl"><xsl:template match="/"><s:schematron-output>'
        f'<s:failed-assert {attributes} location="/a"><s:text>{text}</s:text></s:failed-assert>'
        "</s:schematron-output></xsl:template></xsl:stylesheet>"
    )

    (breach,) = schematron.breaches(sheet, "<a/>")

    assert (breach.rule, breach.severity, breach.text) == expected
