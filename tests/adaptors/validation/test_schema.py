"""Faults by the schema, in plain words."""

from __future__ import annotations

import pytest

from adaptors.validation.proving import sample
from adaptors.validation.reading import read
from adaptors.validation.schema import check

INVOICE = sample("peppol", "Invoice")


@pytest.mark.parametrize(
    ("part", "instead", "meaning", "field", "line"),
    [
        ("<cbc:ID>10482</cbc:ID>", "", "cbc:IssueDate stands where cbc:ProfileExecutionID or cbc:ID is expected.",
         "invoice_number", ""),
        ("2026-04-14", "14/4", "cbc:DueDate holds “14/4”; expected is a date such as 2026-03-15.", "due_date", ""),
        (' currencyID="DKK">500.00', ">500.00", "cbc:PriceAmount lacks its attribute currencyID.", "unit_price", "1"),
        (">500.00<", ">500,00<", "cbc:PriceAmount holds “500,00”; expected is a number such as 1250.00.",
         "unit_price", "1"),
        ("<cac:Party>\n      <cbc:EndpointID schemeID=\"0184\">25", "<cac:Party><cbc:Foo/><cbc:EndpointID>25",
         "cbc:Foo stands where cbc:MarkCareIndicator, cbc:MarkAttentionIndicator, cbc:WebsiteURI, cbc:LogoReferenceID, "
         "cbc:EndpointID, cbc:IndustryClassificationCode or another is expected.",
         "customer_name", ""),
        ("<cac:Price><cbc:PriceAmount currencyID=\"DKK\">500.00</cbc:PriceAmount></cac:Price>", "<cac:Price/>",
         "cac:Price is not complete; expected in it is cbc:PriceAmount.", "unit_price", "1"),
        ("</Invoice>", "<cbc:Note>late</cbc:Note></Invoice>",
         "cbc:Note stands where cac:InvoiceLine is expected.", "", ""),
    ],
)  # fmt: skip
def test_a_fault_is_told(part: str, instead: str, meaning: str, field: str, line: str) -> None:
    assert part in INVOICE

    (one,) = check(read(INVOICE.replace(part, instead).encode()))

    assert (one.meaning, one.field, one.line) == (meaning, field, line)
    assert one.is_fatal


def test_every_prefix_and_none_lead_to_the_same_place() -> None:
    other = INVOICE.replace("cbc:", "b:").replace("xmlns:cbc", "xmlns:b").replace("<Invoice ", "<i:Invoice ")
    other = other.replace("</Invoice>", "</i:Invoice>").replace("xmlns=", "xmlns:i=").replace("2026-04-14", "soon")

    (one,) = check(read(other.encode()))

    assert (one.location, one.field) == ("/Invoice/DueDate", "due_date")
