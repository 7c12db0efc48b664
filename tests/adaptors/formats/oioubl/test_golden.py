"""Every sample: byte by byte, by the schema, by the sums of the rules, and read back by a reader that knows nothing of
the writer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from adaptors.formats.base import Problem, Unsayable
from adaptors.formats.document import OutgoingDocument
from adaptors.formats.oioubl.format import OioublFormat
from tests.adaptors import golden
from tests.adaptors.formats.oioubl.arithmetic import LINES, RULES, broken, found, numbers, total
from tests.adaptors.official import schema_faults
from tests.adaptors.samples import SAMPLES

TWO_RATES = "OIOUBL has one rate of VAT above zero in a document, found 12 % and 25 %: make a document for each."
UNSAYABLE = {
    "two_rates": Problem(TWO_RATES, "vat_breakdown"),
    "allowance_of_each_rate": Problem(TWO_RATES, "vat_breakdown"),
    "credit_two_rates": Problem(TWO_RATES, "vat_breakdown"),
    "negative_total": Problem(
        "OIOUBL has no invoice with a total below zero, found -625.00: send a credit note instead.", "total_amount"
    ),
}
SAYABLE = [name for name in SAMPLES if name not in UNSAYABLE]
OIOUBL = OioublFormat()


def rendered(name: str) -> bytes:
    return OIOUBL.render(SAMPLES[name]()).content


@pytest.mark.parametrize("name", UNSAYABLE)
def test_sample_that_oioubl_cannot_say(name: str) -> None:
    with pytest.raises(Unsayable) as refused:
        rendered(name)

    assert refused.value.problems == (UNSAYABLE[name],)


@pytest.mark.parametrize("name", SAYABLE)
def test_sample_is_its_golden_file(name: str) -> None:
    content = rendered(name)

    assert golden.readable(content, "xml") == golden.stored(OIOUBL, name).read_bytes()


def test_golden_files_are_of_samples_that_can_be_said() -> None:
    assert {path.stem for path in (golden.FOLDER / "oioubl").iterdir()} == set(SAYABLE)


@pytest.mark.parametrize("name", SAYABLE)
def test_sample_satisfies_the_schema_and_the_sums(name: str) -> None:
    content = rendered(name)

    assert schema_faults(content) == []
    assert broken(content) == []


@pytest.mark.parametrize("name", SAYABLE)
def test_sample_read_back_says_the_same(name: str) -> None:
    document = SAMPLES[name]()

    assert _read(rendered(name)) == _expected(document)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<cbc:TaxExclusiveAmount currencyID='DKK'>250.00", "1000.00", "F-INV127"),
        ("<cbc:TaxInclusiveAmount currencyID='DKK'>1250.00", "1000.00", "F-INV128"),
        ("<cbc:PayableAmount currencyID='DKK'>1250.00", "1249.00", "F-INV133"),
        ("<cbc:PriceAmount currencyID='DKK'>500.00", "501.00", "F-INV348"),
        ("<cbc:TaxableAmount currencyID='DKK'>1000.00", "1002.00", "F-LIB402"),
        ("<cbc:InvoicedQuantity unitCode='C62'>2", "0", "F-INV147"),
        ("<cbc:Percent>25", "0", "F-LIB382"),
    ],
)
def test_sums_find_a_seeded_fault(old: str, new: str, rule: str) -> None:
    old = old.replace("'", '"')
    content = rendered("plain").decode()

    assert old in content
    assert rule in broken(content.replace(old, old[: old.rindex(">") + 1] + new, 1).encode())


def test_every_rule_of_the_sums_is_asked_of_some_sample() -> None:
    trees = [etree.fromstring(rendered(name)) for name in SAYABLE]

    assert {id for id, holds in RULES.items() if not any(list(holds(tree)) for tree in trees)} == set()


def _text(root: Any, path: str) -> str:
    return "|".join(node.text for node in found(root, path))


def _read(content: bytes) -> dict[str, Any]:
    root = etree.fromstring(content)
    supplier, customer = (f"cac:Accounting{side}Party/cac:Party" for side in ("Supplier", "Customer"))
    taxed = found(root, "cac:TaxTotal/cac:TaxSubtotal")
    return {
        "kind": etree.QName(root).localname,
        "number": _text(root, "cbc:ID"),
        "date": _text(root, "cbc:IssueDate"),
        "due": _text(root, "cac:PaymentMeans/cbc:PaymentDueDate"),
        "currency": _text(root, "cbc:DocumentCurrencyCode"),
        "lines": total(root, "LineExtensionAmount"),
        "tax": total(root, "TaxExclusiveAmount"),
        "gross": total(root, "TaxInclusiveAmount") - total(root, "PayableRoundingAmount"),
        "prepaid": total(root, "PrepaidAmount"),
        "payable": total(root, "PayableAmount"),
        "taxable": sum((numbers(one, "cbc:TaxableAmount")[0] for one in taxed), Decimal(0)),
        "in_books": numbers(root, "//cbc:TransactionCurrencyTaxAmount"),
        "nets": numbers(root, f"({LINES})/cbc:LineExtensionAmount"),
        "quantities": numbers(root, f"({LINES})/*[self::cbc:InvoicedQuantity or self::cbc:CreditedQuantity]"),
        "items": _text(root, f"({LINES})/cac:Item/cbc:Name"),
        "seller": _text(root, f"{supplier}/cac:PartyLegalEntity/cbc:RegistrationName"),
        "seller_number": _text(root, f"{supplier}/cac:PartyLegalEntity/cbc:CompanyID"),
        "seller_vat": _text(root, f"{supplier}/cac:PartyTaxScheme/cbc:CompanyID"),
        "buyer": _text(root, f"{customer}/cac:PartyName/cbc:Name"),
        "buyer_endpoint": _text(root, f"{customer}/cbc:EndpointID"),
        "buyer_contact": _text(root, f"{customer}/cac:Contact/cbc:ID"),
        "buyer_city": _text(root, f"{customer}/cac:PostalAddress/cbc:CityName"),
        "order": _text(root, "cac:OrderReference/cbc:ID"),
        "corrects": _text(root, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"),
    }


def _expected(document: OutgoingDocument) -> dict[str, Any]:
    totals, endpoint = document.totals, document.buyer.endpoint
    assert endpoint is not None
    is_paid_here = not document.kind.is_credit
    return {
        "kind": "CreditNote" if document.kind.is_credit else "Invoice",
        "number": document.number,
        "date": document.issue_date.isoformat(),
        "due": document.due_date.isoformat() if document.due_date and is_paid_here else "",
        "currency": document.currency,
        "lines": totals.lines,
        "tax": totals.tax,
        "gross": totals.gross,
        "prepaid": totals.prepaid,
        "payable": totals.payable,
        "taxable": totals.net,
        "in_books": [totals.tax_in_books] if totals.tax_in_books else [],
        "nets": [line.net for line in document.lines],
        "quantities": [line.quantity for line in document.lines],
        "items": "|".join(line.name.strip() for line in document.lines),
        "seller": document.seller.name,
        "seller_number": f"DK{document.seller.registration_number}",
        "seller_vat": document.seller.vat_number,
        "buyer": document.buyer.name,
        "buyer_endpoint": f"DK{endpoint.identifier}" if endpoint.scheme == "0184" else endpoint.identifier,
        "buyer_contact": document.buyer_reference,
        "buyer_city": document.buyer.address.city,
        "order": document.customer_order_number,
        "corrects": "|".join(one.number for one in document.corrects),
    }
