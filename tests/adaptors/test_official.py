"""The official rules find what is wrong: without that, their silence means nothing."""

from __future__ import annotations

import pytest

from adaptors.registry import load
from tests.adaptors import official
from tests.adaptors.samples import SAMPLES

FAULTS = {
    "an amount": ("1250.00</cbc:PayableAmount>", "1250.01</cbc:PayableAmount>", "BR-CO-16"),
    "a line": (">1000.00</cbc:LineExtensionAmount><cac:Item>", ">9.00</cbc:LineExtensionAmount><cac:Item>", "BR-CO-10"),
    "VAT": ("<cbc:Percent>25</cbc:Percent>", "<cbc:Percent>24</cbc:Percent>", "BR-S-09"),
    "the currency": ('currencyID="DKK"', 'currencyID="DKR"', "BR-CL-03"),
    "a unit": ('unitCode="C62"', 'unitCode="stk"', "BR-CL-23"),
    "a scheme": ('schemeID="0184"', 'schemeID="9999"', "BR-CL-25"),
    "a name left out": ("<cbc:Name>Pumpe P-100</cbc:Name>", "", "BR-25"),
    "a country left out": ("<cbc:IdentificationCode>DK</cbc:IdentificationCode>", "", "BR-09"),
    "a VAT number left out": ("<cbc:CompanyID>DK12345674</cbc:CompanyID>", "", "BR-S-02"),
    "an element left out": ("<cbc:IssueDate>2026-03-15</cbc:IssueDate>", "", "schema"),
    "an element moved": ("<cbc:ID>10482</cbc:ID><cbc:IssueDate>2026-03-15</cbc:IssueDate>",
                         "<cbc:IssueDate>2026-03-15</cbc:IssueDate><cbc:ID>10482</cbc:ID>", "schema"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_rules_find_a_seeded_fault(name: str) -> None:
    before, after, rule = FAULTS[name]
    content = load("bis3")().render(SAMPLES["plain"]()).content.decode()
    spoilt = content.replace(before, after)

    found = official.ids(official.faults(spoilt.encode()))

    assert spoilt != content
    assert rule in found
    assert official.faults(content.encode()) == []
