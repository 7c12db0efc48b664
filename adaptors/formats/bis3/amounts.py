"""Allowances and charges, VAT and totals: amounts with their currency, as they are."""

from __future__ import annotations

from decimal import Decimal

from adaptors.formats.bis3.codes import FREE_OF_VAT
from adaptors.formats.document import AllowanceCharge, OutgoingDocument, Subtotal, Vat
from adaptors.formats.xml import branch, leaf, number

_VAT_SCHEME = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"


def money(tag: str, value: Decimal, currency: str) -> str:
    """An amount with two decimals: it has no more, `refusals` looked."""
    return f'<{tag} currencyID="{currency}">{value:.2f}</{tag}>'


def vat_category(tag: str, vat: Vat, reasons: str = "") -> str:
    rate = "" if vat.rate is None else f"<cbc:Percent>{number(vat.rate)}</cbc:Percent>"
    return f"<{tag}><cbc:ID>{vat.category}</cbc:ID>{rate}{reasons}{_VAT_SCHEME}</{tag}>"


def allowance_charge(one: AllowanceCharge, currency: str) -> str:
    """Percent and base go together (PEPPOL-EN16931-R041, R042): one of them alone is left out."""
    base, percent = (one.base, one.percent) if one.percent is not None else (None, None)
    return branch(
        "cac:AllowanceCharge",
        f"<cbc:ChargeIndicator>{'true' if one.is_charge else 'false'}</cbc:ChargeIndicator>",
        leaf("cbc:AllowanceChargeReasonCode", one.reason_code),
        leaf("cbc:AllowanceChargeReason", one.reason),
        ""
        if base is None or percent is None
        else f"<cbc:MultiplierFactorNumeric>{number(percent)}</cbc:MultiplierFactorNumeric>",
        money("cbc:Amount", one.amount, currency),
        "" if base is None else money("cbc:BaseAmount", base, currency),
        vat_category("cac:TaxCategory", one.vat) if one.vat else "",
    )


def tax_totals(document: OutgoingDocument) -> str:
    """VAT with its breakdown; then what it is in the currency of the books, where that is another one (BT-111)."""
    currency, totals = document.currency, document.totals
    subtotals = "".join(_subtotal(one, currency) for one in document.subtotals)
    written = f"<cac:TaxTotal>{money('cbc:TaxAmount', totals.tax, currency)}{subtotals}</cac:TaxTotal>"
    if in_books := books_currency(document):
        written += f"<cac:TaxTotal>{money('cbc:TaxAmount', totals.tax_in_books or Decimal(0), in_books)}</cac:TaxTotal>"
    return written


def books_currency(document: OutgoingDocument) -> str:
    """The seller's accounting currency, where it is to be told: it is another one, and the VAT in it is known."""
    differs = document.books_currency != document.currency and document.totals.tax_in_books is not None
    return document.books_currency if differs else ""


def monetary_total(document: OutgoingDocument) -> str:
    """What is zero and need not be said is left out. Where there are allowances or charges, their sum must be said."""
    totals, currency = document.totals, document.currency
    has = {one.is_charge for one in document.allowances_charges}
    return (
        "<cac:LegalMonetaryTotal>"
        + money("cbc:LineExtensionAmount", totals.lines, currency)
        + money("cbc:TaxExclusiveAmount", totals.net, currency)
        + money("cbc:TaxInclusiveAmount", totals.gross, currency)
        + (money("cbc:AllowanceTotalAmount", totals.allowances, currency) if totals.allowances or False in has else "")
        + (money("cbc:ChargeTotalAmount", totals.charges, currency) if totals.charges or True in has else "")
        + (money("cbc:PrepaidAmount", totals.prepaid, currency) if totals.prepaid else "")
        + (money("cbc:PayableRoundingAmount", totals.rounding, currency) if totals.rounding else "")
        + money("cbc:PayableAmount", totals.payable, currency)
        + "</cac:LegalMonetaryTotal>"
    )


def _subtotal(one: Subtotal, currency: str) -> str:
    reasons = ""
    if one.vat.category in FREE_OF_VAT and one.vat.category != "Z":
        code = one.reason_code or ("" if one.reason else FREE_OF_VAT[one.vat.category])
        reasons = leaf("cbc:TaxExemptionReasonCode", code) + leaf("cbc:TaxExemptionReason", one.reason)
    return (
        "<cac:TaxSubtotal>"
        + money("cbc:TaxableAmount", one.taxable, currency)
        + money("cbc:TaxAmount", one.tax, currency)
        + vat_category("cac:TaxCategory", one.vat, reasons)
        + "</cac:TaxSubtotal>"
    )
