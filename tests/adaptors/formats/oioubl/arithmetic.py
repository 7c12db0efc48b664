"""The sums that OIOUBL's rules ask for, worked out again from the XML alone: the authority's own rules are not part of
this repository. Each rule has the id of theirs for invoices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from lxml import etree

NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
LINES = "cac:InvoiceLine | cac:CreditNoteLine"
_TOLERANCE = Decimal(1)
_OF_SPAIN = ("L", "M")
"""Taxes of the Canary Islands, and of Ceuta and Melilla: with rates, and no VAT."""


def broken(content: bytes) -> list[str]:
    """The ids of the rules that a document breaks."""
    root = etree.fromstring(content)
    return [id for id, holds in RULES.items() if not all(holds(root))]


def found(element: Any, path: str) -> list[Any]:
    nodes: list[Any] = element.xpath(path, namespaces=NAMES)
    return nodes


def numbers(element: Any, path: str) -> list[Decimal]:
    return [Decimal(node.text) for node in found(element, path)]


def number(element: Any, path: str) -> Decimal:
    return sum(numbers(element, path), Decimal(0))


def total(root: Any, name: str) -> Decimal:
    """Of LegalMonetaryTotal; nothing counts as zero."""
    return number(root, f"cac:LegalMonetaryTotal/cbc:{name}")


def _changes(root: Any, is_charge: str) -> Decimal:
    return number(root, f"cac:AllowanceCharge[cbc:ChargeIndicator='{is_charge}']/cbc:Amount")


def _tax(root: Any) -> Decimal:
    return number(root, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount")


def _inclusive(root: Any) -> Decimal:
    return (
        total(root, "LineExtensionAmount") + _tax(root) + total(root, "ChargeTotalAmount")
        - total(root, "AllowanceTotalAmount") + total(root, "PayableRoundingAmount")
    )  # fmt: skip


def _lines(root: Any) -> Iterator[bool]:
    yield total(root, "LineExtensionAmount") == number(root, f"({LINES})/cbc:LineExtensionAmount")


def _tax_is_called_exclusive(root: Any) -> Iterator[bool]:
    yield total(root, "TaxExclusiveAmount") == _tax(root)


def _gross(root: Any) -> Iterator[bool]:
    yield total(root, "TaxInclusiveAmount") == _inclusive(root)


def _allowances(root: Any) -> Iterator[bool]:
    yield total(root, "AllowanceTotalAmount") == _changes(root, "false")


def _charges(root: Any) -> Iterator[bool]:
    yield total(root, "ChargeTotalAmount") == _changes(root, "true")


def _prepaid(root: Any) -> Iterator[bool]:
    """Credit notes have the amount alone."""
    if etree.QName(root).localname == "Invoice":
        yield total(root, "PrepaidAmount") == number(root, "cac:PrepaidPayment/cbc:PaidAmount")


def _payable(root: Any) -> Iterator[bool]:
    yield total(root, "PayableAmount") == _inclusive(root) - total(root, "PrepaidAmount")


def _terms(root: Any) -> Iterator[bool]:
    for told in numbers(root, "cac:PaymentTerms/cbc:Amount"):
        yield told == total(root, "PayableAmount")


def _not_below_zero(root: Any) -> Iterator[bool]:
    for name in ("TaxInclusiveAmount", "PayableAmount", "AllowanceTotalAmount", "ChargeTotalAmount", "PrepaidAmount"):
        yield total(root, name) >= 0


def _rounding(root: Any) -> Iterator[bool]:
    yield abs(total(root, "PayableRoundingAmount")) <= 10


def _nothing_is_left_out(root: Any) -> Iterator[bool]:
    optional = "self::cbc:AllowanceTotalAmount or self::cbc:ChargeTotalAmount or self::cbc:PrepaidAmount"
    for value in numbers(root, f"cac:LegalMonetaryTotal/*[{optional} or self::cbc:PayableRoundingAmount]"):
        yield value != 0


def _tax_totals(root: Any) -> Iterator[bool]:
    for one in found(root, "//cac:TaxTotal"):
        yield number(one, "cbc:TaxAmount") == number(one, "cac:TaxSubtotal/cbc:TaxAmount")


def _tax_of_lines(root: Any) -> Iterator[bool]:
    for one in found(root, f"({LINES})/cac:TaxTotal/cac:TaxSubtotal"):
        expected = number(one, "cbc:TaxableAmount") * number(one, "cac:TaxCategory/cbc:Percent") / 100
        yield abs(number(one, "cbc:TaxAmount") - expected) <= Decimal("0.005")


def _taxable(root: Any) -> Iterator[bool]:
    for one in found(root, "cac:TaxTotal/cac:TaxSubtotal[cac:TaxCategory]"):
        category = _category(one)
        of_it = f"[cac:TaxCategory/cbc:ID='{category}']"
        lines = number(root, f"({LINES})/cac:TaxTotal/cac:TaxSubtotal{of_it}/cbc:TaxableAmount")
        charges = number(root, f"cac:AllowanceCharge{of_it}[cbc:ChargeIndicator='true']/cbc:Amount")
        allowances = number(root, f"cac:AllowanceCharge{of_it}[cbc:ChargeIndicator='false']/cbc:Amount")
        yield number(one, "cbc:TaxableAmount") == lines + charges - allowances


def _categories(root: Any) -> Iterator[bool]:
    used = f"({LINES})/cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:ID | cac:AllowanceCharge/cac:TaxCategory/cbc:ID"
    told = found(root, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:ID")
    yield {node.text for node in found(root, used)} == {node.text for node in told}


def _each_category_once(root: Any) -> Iterator[bool]:
    for one in found(root, "//cac:TaxTotal"):
        categories = [_category(part) for part in found(one, "cac:TaxSubtotal")]
        yield len(categories) == len(set(categories)) > 0


def _rates(root: Any) -> Iterator[bool]:
    for one in found(root, "//cac:TaxCategory"):
        category, percent = found(one, "cbc:ID")[0].text, number(one, "cbc:Percent")
        yield percent > 0 if category == "StandardRated" else percent == 0 or category in _OF_SPAIN


def _no_tax_is_rounded_away(root: Any) -> Iterator[bool]:
    for one in found(root, "cac:TaxTotal/cac:TaxSubtotal"):
        expected = number(one, "cbc:TaxableAmount") * number(one, "cac:TaxCategory/cbc:Percent") / 100
        yield number(one, "cbc:TaxAmount") != 0 or expected < Decimal("0.005")


def _in_books(root: Any) -> Iterator[bool]:
    told = found(root, "//cbc:TransactionCurrencyTaxAmount")
    books = [node.text for node in found(root, "cbc:TaxCurrencyCode")]
    yield [node.get("currencyID") for node in told] == books
    for node in told:
        yield _category(node.getparent()) == "StandardRated"
        yield Decimal(node.text) * number(root, "cac:TaxTotal/cbc:TaxAmount") >= 0


def _prices(root: Any) -> Iterator[bool]:
    for one in found(root, LINES):
        quantity = number(one, "cbc:InvoicedQuantity | cbc:CreditedQuantity")
        made = number(one, "cac:Price/cbc:PriceAmount") * quantity
        yield abs(made - number(one, "cbc:LineExtensionAmount")) <= _TOLERANCE


def _quantities(root: Any) -> Iterator[bool]:
    for value in numbers(root, f"({LINES})/*[self::cbc:InvoicedQuantity or self::cbc:CreditedQuantity]"):
        yield value != 0


def _percentages(root: Any) -> Iterator[bool]:
    for one in found(root, "//cac:AllowanceCharge"):
        yield number(one, "cbc:Amount") > 0 and len(found(one, "cac:TaxCategory")) == 1
        for factor in numbers(one, "cbc:MultiplierFactorNumeric"):
            yield abs(number(one, "cbc:BaseAmount") * factor - number(one, "cbc:Amount")) <= _TOLERANCE


def _decimals(root: Any) -> Iterator[bool]:
    for node in found(root, "//*[@currencyID and not(self::cbc:PriceAmount)]"):
        yield len(node.text.partition(".")[2]) == 2


def _currency(root: Any) -> Iterator[bool]:
    currency = found(root, "cbc:DocumentCurrencyCode")[0].text
    for node in found(root, "//*[@currencyID and not(self::cbc:TransactionCurrencyTaxAmount)]"):
        yield node.get("currencyID") == currency


def _category(subtotal: Any) -> str:
    return str(found(subtotal, "cac:TaxCategory/cbc:ID")[0].text)


RULES: dict[str, Callable[[Any], Iterator[bool]]] = {
    "F-INV012": _currency,
    "F-INV126": _lines,
    "F-INV127": _tax_is_called_exclusive,
    "F-INV128": _gross,
    "F-INV129": _allowances,
    "F-INV130": _charges,
    "F-INV131": _prepaid,
    "F-INV133": _payable,
    "F-INV134": _terms,
    "F-INV147": _quantities,
    "F-INV338": _rounding,
    "F-INV339": _in_books,
    "F-INV348": _prices,
    "F-LIB013": _nothing_is_left_out,
    "F-LIB014": _decimals,
    "F-LIB016": _not_below_zero,
    "F-LIB228": _percentages,
    "F-LIB315": _each_category_once,
    "F-LIB381": _no_tax_is_rounded_away,
    "F-LIB382": _rates,
    "F-LIB385": _tax_totals,
    "F-LIB401": _tax_of_lines,
    "F-LIB402": _taxable,
    "F-LIB404": _categories,
}
