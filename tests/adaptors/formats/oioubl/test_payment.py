"""Each way of paying, in OIOUBL's own codes and channels."""

from __future__ import annotations

import pytest
from lxml import etree

from adaptors.formats.base import Unsayable
from adaptors.formats.document import Payment
from adaptors.formats.oioubl.format import OioublFormat
from tests.adaptors.formats.oioubl.arithmetic import found
from tests.adaptors.official import schema_faults
from tests.adaptors.samples import BANK, CARD, FIK_71, FIK_73, IBAN, SEPA_DEBIT, credit, document

FIELDS = (
    "PaymentMeansCode", "PaymentChannelCode", "InstructionID", "InstructionNote", "PaymentID",
    "PayerFinancialAccount/cbc:ID", "PayeeFinancialAccount/cbc:ID", "PayeeFinancialAccount/cbc:PaymentNote",
    "CreditAccount/cbc:AccountID", "FinancialInstitutionBranch/cbc:ID", "FinancialInstitution/cbc:ID",
)  # fmt: skip


def told(payment: Payment) -> dict[str, str]:
    """What the invoice says of its payment, by the last of the names above."""
    content = OioublFormat().render(document(payment=payment)).content
    assert schema_faults(content) == []
    [means] = found(etree.fromstring(content), "cac:PaymentMeans")
    paths = {field: f".//cac:{field}" if "/" in field else f"cbc:{field}" for field in FIELDS}
    return {field: node.text for field, path in paths.items() for node in found(means, path)}


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        (BANK, {
            "PaymentMeansCode": "42", "PaymentChannelCode": "DK:BANK", "PayeeFinancialAccount/cbc:ID": "0440116243",
            "PayeeFinancialAccount/cbc:PaymentNote": "10482", "FinancialInstitutionBranch/cbc:ID": "0040",
        }),
        (Payment("30", branch="0040", account="440116243"), {
            "PaymentMeansCode": "42", "PaymentChannelCode": "DK:BANK", "PayeeFinancialAccount/cbc:ID": "440116243",
            "FinancialInstitutionBranch/cbc:ID": "0040",
        }),
        (IBAN, {
            "PaymentMeansCode": "31", "PaymentChannelCode": "IBAN",
            "PayeeFinancialAccount/cbc:ID": "DK5000400440116243", "PayeeFinancialAccount/cbc:PaymentNote": "10482",
            "FinancialInstitution/cbc:ID": "NDEADKKK",
        }),
        (Payment("58", reference="R" * 21, iban="DE89370400440532013000"), {
            "PaymentMeansCode": "58", "PaymentChannelCode": "IBAN", "InstructionID": "R" * 21,
            "PayeeFinancialAccount/cbc:ID": "DE89370400440532013000",
        }),
        (FIK_71, {
            "PaymentMeansCode": "93", "PaymentChannelCode": "DK:FIK", "InstructionID": "000000000104828",
            "PaymentID": "71", "CreditAccount/cbc:AccountID": "12345678",
        }),
        (FIK_73, {
            "PaymentMeansCode": "93", "PaymentChannelCode": "DK:FIK", "PaymentID": "73",
            "CreditAccount/cbc:AccountID": "12345678",
        }),
        (SEPA_DEBIT, {
            "PaymentMeansCode": "59", "InstructionID": "M-2026-17",
            "PayerFinancialAccount/cbc:ID": "DE89370400440532013000",
        }),
        (Payment("49", mandate="01234567", reference="77"), {
            "PaymentMeansCode": "49", "InstructionID": "01234567", "PaymentID": "77",
        }),
        (CARD, {"PaymentMeansCode": "1", "InstructionID": "10482", "InstructionNote": "Betalt med kort"}),
        (Payment("10"), {"PaymentMeansCode": "10"}),
        (Payment("97"), {"PaymentMeansCode": "97", "PaymentChannelCode": "DK:NEMKONTO"}),
        (Payment("57", text="Efter aftale"), {"PaymentMeansCode": "1", "InstructionNote": "Efter aftale"}),
    ],
    ids=lambda value: value.code if isinstance(value, Payment) else "",
)  # fmt: skip
def test_payment_in_oioubls_own_words(payment: Payment, expected: dict[str, str]) -> None:
    assert told(payment) == expected


def test_sepa_creditor_is_named_with_the_supplier() -> None:
    root = etree.fromstring(OioublFormat().render(document(payment=SEPA_DEBIT)).content)

    [creditor] = found(root, "cac:AccountingSupplierParty//cac:PartyIdentification/cbc:ID[@schemeID='SEPA']")

    assert creditor.text == "DK98ZZZ1234567890"


@pytest.mark.parametrize(
    ("payment", "field"),
    [
        (Payment("30"), "supplier_iban"),
        (Payment("42", branch="40", account="0440116243"), "supplier_bank_branch"),
        (Payment("42", branch="0040", account="04401162430"), "supplier_bank_account"),
        (Payment("30", iban="DK5000400440116243"), "supplier_bic"),
        (Payment("31", iban="DK5100400440116243", bic="NDEADKKK"), "supplier_iban"),
        (Payment("49"), "customer_mandate"),
        (Payment("49", mandate="M" * 61), "customer_mandate"),
        (Payment("93", card_type="71", account="12345678", reference="104828"), "payment_reference"),
        (Payment("93", card_type="71", account="12345678", reference="000000000104827"), "payment_reference"),
        (Payment("93", card_type="04", account="12345678"), "supplier_payment_means"),
        (Payment("93", card_type="73", account="1234567"), "supplier_fik_creditor"),
    ],
)
def test_payment_that_lacks_something(payment: Payment, field: str) -> None:
    with pytest.raises(Unsayable) as refused:
        OioublFormat().render(document(payment=payment))

    assert field in [problem.field for problem in refused.value.problems]


def test_credit_note_says_nothing_of_payment() -> None:
    root = etree.fromstring(OioublFormat().render(credit(payment=Payment("30"))).content)

    assert found(root, "cac:PaymentMeans | cac:PaymentTerms | cac:Delivery") == []
