"""What stands in the way: of the parties before anything goes out, and of one document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from adaptors.formats import lacks as common
from adaptors.formats.base import Problem
from adaptors.formats.document import ZERO, AllowanceCharge, Line, OutgoingDocument, Party, Payment
from adaptors.formats.lacks import CUSTOMER, SUPPLIER
from adaptors.formats.oioubl import tax
from adaptors.formats.oioubl.codes import CURRENCIES
from adaptors.formats.oioubl.lines import unit_of
from adaptors.formats.oioubl.parties import contact_id
from adaptors.formats.oioubl.payment import MANDATE_LENGTH, code
from adaptors.formats.oioubl.references import MEDIA_TYPES
from adaptors.formats.oioubl.schemes import ENDPOINTS

NETWORK = "NemHandel"
_MOST_ROUNDING = Decimal(10)
_SLACK = Decimal(1)
_HUNDRED = Decimal(100)
_HALF_CENT = Decimal("0.005")
_BOOKS = ("DKK", "EUR")


def lacks(seller: Party, buyer: Party, payment: Payment, buyer_reference: str) -> Iterator[Problem]:
    for party, side in ((seller, SUPPLIER), (buyer, CUSTOMER)):
        yield from common.required(party.name, f"{side}_name", f"The {side} has no name.")
        yield from common.endpoint(party, side, ENDPOINTS, NETWORK)
        yield from common.numbers(party, side)
        yield from common.address(party, side)
    yield from _register(seller)
    yield from _contact(buyer_reference.strip() or buyer.contact.name.strip())
    yield from _account(payment)


def problems(document: OutgoingDocument) -> Iterator[Problem]:
    """What the format has no way to say."""
    for party, side in ((document.seller, SUPPLIER), (document.buyer, CUSTOMER)):
        yield from common.endpoint(party, side, ENDPOINTS, NETWORK)
    yield from _register(document.seller)
    yield from _contact(contact_id(document))
    yield from _totals(document)
    yield from _vat(document)
    yield from _period(document)
    yield from _allowances_charges(document.allowances_charges)
    for line in document.lines:
        yield from _line(line)
    if not document.kind.is_credit:
        yield from _account(document.payment)
        yield from common.slip_reference(document.payment)
    for one in document.attachments:
        if one.content and one.media_type not in MEDIA_TYPES:
            yield Problem(f"OIOUBL takes no attachment of the kind {one.media_type}: {one.name}.", "attachments")


def _register(seller: Party) -> Iterator[Problem]:
    yield from common.required(
        seller.registration_number, "supplier_registration_number",
        "OIOUBL asks for the supplier's number in its company register, in Denmark the CVR number.",
    )  # fmt: skip


def _contact(reference: str) -> Iterator[Problem]:
    yield from common.required(
        reference, "customer_buyer_reference",
        "OIOUBL asks for whom at the customer the invoice is: a reference, or the name of a contact.",
    )  # fmt: skip


def _account(payment: Payment) -> Iterator[Problem]:
    """A transfer is one within Denmark, or by IBAN and BIC."""
    if code(payment) == "31":
        yield from common.required(payment.bic, "supplier_bic", "OIOUBL asks for the bank's BIC with an IBAN.")
        yield from common.account(payment, is_danish=False)
    else:
        yield from common.account(payment, is_danish=code(payment) == "42")
    if len(payment.mandate) > MANDATE_LENGTH:
        yield Problem(f"OIOUBL takes a mandate of at most {MANDATE_LENGTH} characters.", "customer_mandate")


def _totals(document: OutgoingDocument) -> Iterator[Problem]:
    totals = document.totals
    what = "credit note" if document.kind.is_credit else "invoice"
    if document.currency not in CURRENCIES:
        yield Problem(f"OIOUBL's list of currencies has no {document.currency}.", "currency")
    if totals.gross + totals.rounding < 0:
        other = "an invoice" if document.kind.is_credit else "a credit note"
        yield Problem(
            f"OIOUBL has no {what} with a total below zero, found {totals.gross:,}: send {other} instead.",
            "total_amount",
        )
    elif totals.payable < 0:
        yield Problem(
            f"OIOUBL has no {what} with less than nothing to pay: {totals.prepaid:,} are paid of {totals.gross:,}.",
            "prepaid_amount",
        )
    if totals.prepaid < 0:
        yield Problem(f"OIOUBL has no payment below zero, found {totals.prepaid:,}.", "prepaid_amount")
    if abs(totals.rounding) > _MOST_ROUNDING:
        yield Problem(f"OIOUBL takes a rounding of at most 10.00, found {totals.rounding:,}.", "rounding_amount")


def _vat(document: OutgoingDocument) -> Iterator[Problem]:
    unknown = sorted({one.vat.category for one in document.subtotals} - set(tax.CATEGORIES))
    if unknown:
        yield Problem(f"OIOUBL has no VAT category for {', '.join(unknown)}.", "tax_category")
        return
    groups = tax.groups(document)
    for group in groups:
        yield from _rates(group)
        yield from _rounded_away(group)
    if books := tax.currency_in_books(document):
        if books not in _BOOKS:
            yield Problem(
                f"OIOUBL tells VAT in the books in DKK or EUR only, found {books}.", "base_currency_tax_amount"
            )
        if not any(group.id == tax.STANDARD for group in groups):
            yield Problem(
                "OIOUBL tells VAT in the books only where there is a standard rate.", "base_currency_tax_amount"
            )


def _rates(group: tax.Group) -> Iterator[Problem]:
    if len(group.rates) > 1:
        rates = " and ".join(f"{rate.normalize():f} %" for rate in sorted(group.rates))
        yield Problem(
            f"OIOUBL has one rate of VAT above zero in a document, found {rates}: make a document for each.",
            "vat_breakdown",
        )
    if group.id == tax.STANDARD and ZERO in group.rates:
        yield Problem("OIOUBL's standard rate is above zero; what is taxed at 0 % is zero rated.", "tax_category")
    if group.id not in (tax.STANDARD, "L", "M") and group.rates != {ZERO}:
        yield Problem(f"VAT of the category {group.id} is 0 %, found another rate.", "tax_rate")


def _period(document: OutgoingDocument) -> Iterator[Problem]:
    start, end = document.period_start, document.period_end
    if start and end and end < start:
        yield Problem(f"The period ends on {end} before it begins on {start}.", "period_end")


def _rounded_away(group: tax.Group) -> Iterator[Problem]:
    """In a currency without decimals."""
    expected = group.taxable * max(group.rates) / _HUNDRED
    if group.id == tax.STANDARD and not group.tax and expected >= _HALF_CENT:
        yield Problem(f"OIOUBL asks for VAT on {group.taxable:,}, found none: {expected:,} are due.", "tax_amount")


def _line(line: Line) -> Iterator[Problem]:
    if not line.quantity:
        yield Problem("OIOUBL has no line with a quantity of zero.", "quantity", line.id)
    if not unit_of(line.unit):
        yield Problem(f"OIOUBL's list of units has no {line.unit or 'empty code'}.", "unit_code", line.id)
    yield from _allowances_charges(line.allowances_charges, line.id)


def _allowances_charges(found: Iterable[AllowanceCharge], line: str = "") -> Iterator[Problem]:
    for one in found:
        if one.percent is not None and one.base and abs(one.base * one.percent / _HUNDRED - one.amount) > _SLACK:
            yield Problem(
                f"{one.percent:f} % of {one.base:,} is not {one.amount:,}, as OIOUBL asks of an allowance or charge.",
                "allowances_charges", line,
            )  # fmt: skip
