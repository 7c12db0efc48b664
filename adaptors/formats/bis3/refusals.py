"""What Peppol BIS Billing 3.0 has no way to say, or has a rule against: looked for before anything is written.

The official rules look at each document again; what is found here is told in words, with the field to mend. Whether
the amounts add up is for `adaptors.formats.sums` to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from adaptors.formats import lacks
from adaptors.formats.base import Problem
from adaptors.formats.bis3 import codes
from adaptors.formats.bis3.amounts import books_currency
from adaptors.formats.bis3.payment import code_of
from adaptors.formats.bis3.root import are_danish
from adaptors.formats.countries import COUNTRIES
from adaptors.formats.document import AllowanceCharge, Line, OutgoingDocument, Payment, Vat
from adaptors.formats.sums import LINE_SLACK

_HUNDRED = Decimal(100)
DECIMALS = 2
"""Of an amount, at most; prices have their own."""


def problems(document: OutgoingDocument) -> Iterator[Problem]:
    """All that stands in the way, except for what the parties lack."""
    yield from _head(document)
    yield from _dates(document)
    yield from _references(document)
    yield from lacks.slip_reference(document.payment)
    yield from _vat(document)
    yield from _amounts(document)
    places = _places(document)
    for one in document.allowances_charges:
        yield from _allowance_charge(one, places)
        if one.vat is None:
            yield Problem(f"Nothing says which VAT goes with {_named(one)}.", "allowances_charges")
    for line in document.lines:
        yield from _line(line, places)


def payment_means(payment: Payment, *, is_danish: bool) -> Iterator[Problem]:
    """Whether the way of paying is one that may be told."""
    code = code_of(payment, is_danish=is_danish)
    if code not in codes.PAYMENT_MEANS:
        yield Problem(
            f"Expected a payment means code of UNCL 4461, such as 30, found {code}.", "supplier_payment_means"
        )
    elif is_danish and code not in codes.DANISH_PAYMENT_MEANS:
        yield Problem(f"Between Danish parties Peppol has no payment means {code}.", "supplier_payment_means")


def _head(document: OutgoingDocument) -> Iterator[Problem]:
    if not document.number.strip():
        yield Problem("The document has no number.", "number")
    if not re.fullmatch("[A-Z]{3}", document.currency):
        yield Problem(f"Expected a currency in three letters, found {document.currency or 'nothing'}.", "currency")
    elif not re.fullmatch("[A-Z]{3}", books_currency(document) or document.currency):
        yield Problem(f"Expected the books' currency in three letters, found {document.books_currency}.", "currency")
    elif document.currency in codes.MORE_DECIMALS:
        yield Problem(
            f"Amounts in {document.currency} have more than two decimals, which EN 16931 cannot tell.", "currency"
        )
    if not document.lines:
        yield Problem("The document has no lines.", "lines")
    if document.payment.terms.strip() == "" and document.due_date is None and _is_due(document):
        yield Problem("Something is to be paid, and neither a due date nor payment terms say when.", "due_date")
    if document.kind.is_credit and document.totals.payable < 0 and are_danish(document):
        yield Problem("Between Danish parties a credit note's total cannot be below zero.", "total_amount")


def _is_due(document: OutgoingDocument) -> bool:
    return not document.kind.is_credit and document.totals.payable > 0


def _dates(document: OutgoingDocument) -> Iterator[Problem]:
    start, end = document.period_start, document.period_end
    if start and end and end < start:
        yield Problem(f"The period ends {end} before it begins {start}.", "period_end")


def _references(document: OutgoingDocument) -> Iterator[Problem]:
    if any(not one.number.strip() for one in document.corrects):
        yield Problem("The invoice that is corrected has no number.", "corrected_document")
    for one in document.attachments:
        if not one.name.strip():
            yield Problem("An attachment has no name.", "attachments")
        if one.content and one.media_type not in codes.MEDIA_TYPES:
            yield Problem(
                f"The attachment {one.name} is {one.media_type}: Peppol takes PDF, PNG, JPEG, CSV, XLSX and ODS.",
                "attachments",
            )
    where = document.delivery
    if (
        where
        and (any(where.address.lines) or where.address.city or where.address.country)
        and (where.address.country not in COUNTRIES)
    ):
        yield Problem("The place of delivery has no country of two letters.", "delivery_country")


def _vat(document: OutgoingDocument) -> Iterator[Problem]:
    """Categories with their rates wherever they stand, and the reasons why no VAT is due."""
    categories = {one.vat.category for one in document.subtotals}
    taxed = [one.vat for one in document.subtotals] + [one.vat for one in document.lines]
    for vat in dict.fromkeys([*taxed, *(one.vat for one in document.allowances_charges if one.vat)]):
        yield from _category(vat)
    for one in document.subtotals:
        if one.vat.category == "E" and not one.reason and not one.reason_code:
            yield Problem("Nothing says why no VAT is due (an exemption reason of category E).", "vat_breakdown")
        if codes.OF_CATEGORY.get(one.reason_code.upper(), one.vat.category) != one.vat.category:
            yield Problem(
                f"The reason {one.reason_code} does not go with VAT category {one.vat.category}.", "vat_breakdown"
            )
    if not categories:
        yield Problem("The document has no VAT breakdown.", "vat_breakdown")
    if "O" in categories and len(categories) > 1:
        yield Problem("What is outside the scope of VAT (O) cannot stand beside other lines.", "tax_category")
    yield from lacks.vat_numbers(document)
    yield from _within_the_union(document, categories)


def _within_the_union(document: OutgoingDocument, categories: set[str]) -> Iterator[Problem]:
    """Where and when goods went for VAT within the Union."""
    delivery = document.delivery
    if "K" in categories and not (delivery and delivery.address.country):
        yield Problem("A supply within the Union needs the country it was delivered to.", "delivery_country")
    if "K" in categories and not (delivery and delivery.date) and not document.period_start and not document.period_end:
        yield Problem("A supply within the Union needs the date of delivery, or a period.", "delivery_date")


def _category(vat: Vat) -> Iterator[Problem]:
    if vat.category not in codes.CATEGORIES:
        yield Problem(f"Expected a VAT category such as S, Z, E, AE, K, G or O, found {vat.category}.", "tax_category")
    elif vat.category == "O" and vat.rate is not None:
        yield Problem("What is outside the scope of VAT (O) has no rate.", "tax_rate")
    elif vat.category != "O" and vat.rate is None:
        yield Problem(f"VAT category {vat.category} needs a rate.", "tax_rate")
    elif vat.rate and vat.category in codes.FREE_OF_VAT:
        yield Problem(f"VAT category {vat.category} has the rate 0, found {vat.rate:f}.", "tax_rate")
    elif vat.category == "S" and not (vat.rate and vat.rate > 0):
        yield Problem("The standard VAT category (S) has a rate above 0.", "tax_rate")


def _places(document: OutgoingDocument) -> int:
    return 0 if document.currency in codes.WITHOUT_DECIMALS else DECIMALS


def _amounts(document: OutgoingDocument) -> Iterator[Problem]:
    """Of totals and VAT; those of lines are looked at with them."""
    totals = document.totals
    of_all = (
        totals.lines, totals.allowances, totals.charges, totals.net, totals.tax, totals.gross, totals.prepaid,
        totals.rounding, totals.payable,
    )  # fmt: skip
    places = _places(document)
    yield from _too_long(of_all, places, "total_amount")
    breakdown = [part for one in document.subtotals for part in (one.taxable, one.tax)]
    yield from _too_long(breakdown, places, "vat_breakdown")
    if books_currency(document) and totals.tax_in_books is not None:
        yield from _too_long([totals.tax_in_books], DECIMALS, "tax_amount")
        if totals.tax_in_books * totals.tax < 0:
            yield Problem("VAT in the currency of the books has another sign than in the document's.", "tax_amount")


def _too_long(amounts: Iterable[Decimal], places: int, field: str, line: str = "") -> Iterator[Problem]:
    """The first that has more decimals than the currency."""
    found = next((amount for amount in amounts if not amount.is_finite() or not _fits(amount, places)), None)
    if found is not None:
        allowed = f"at most {places} decimals" if places else "no decimals"
        yield Problem(f"Amounts in this currency have {allowed}, found {found}.", field, line)


def _fits(amount: Decimal, places: int) -> bool:
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and (exponent >= -places or amount == amount.quantize(Decimal(1).scaleb(-places)))


def _line(line: Line, places: int) -> Iterator[Problem]:
    if not line.id.strip():
        yield Problem(f"The line {line.name} has no number.", "line_number")
    if not line.name.strip():
        yield Problem("The line does not say what was sold.", "description", line.id)
    if not line.unit.strip():
        yield Problem("The line's quantity has no unit.", "unit_code", line.id)
    if not line.price.is_finite() or not line.quantity.is_finite():
        yield Problem("Price and quantity must be numbers.", "unit_price", line.id)
    elif line.price < 0:
        yield Problem(
            f"A price cannot be below zero, found {line.price:f}: make the quantity negative.", "unit_price", line.id
        )
    yield from _too_long([line.net], places, "net_amount", line.id)
    for one in line.allowances_charges:
        yield from _allowance_charge(one, places, line.id)


def _allowance_charge(one: AllowanceCharge, places: int, line: str = "") -> Iterator[Problem]:
    known = codes.CHARGE_REASONS if one.is_charge else codes.ALLOWANCE_REASONS
    if not one.reason.strip() and not one.reason_code:
        yield Problem(f"Nothing says why there is {_named(one)}.", "allowances_charges", line)
    if one.reason_code and one.reason_code not in known:
        listed = "UNCL 7161" if one.is_charge else "UNCL 5189"
        yield Problem(
            f"The reason code {one.reason_code} of {_named(one)} is not one that Peppol takes of {listed}.",
            "allowances_charges", line,
        )  # fmt: skip
    yield from _too_long([one.amount, *([] if one.base is None else [one.base])], places, "allowances_charges", line)
    if (
        one.base is not None
        and one.percent is not None
        and abs(one.base * one.percent / _HUNDRED - one.amount) > LINE_SLACK
    ):
        yield Problem(
            f"{one.percent:f} % of {one.base:,} is not the amount of {_named(one)}.", "allowances_charges", line
        )  # fmt: skip


def _named(one: AllowanceCharge) -> str:
    return f"the {'charge' if one.is_charge else 'allowance'} of {one.amount:,}"
