"""After the lines: UNS, CNT, totals (group 48) and VAT (group 50)."""

from __future__ import annotations

from decimal import Decimal

from adaptors.formats.document import OutgoingDocument
from adaptors.formats.edifact.amounts import money, tax
from adaptors.formats.edifact.profiles import Profile
from adaptors.formats.edifact.writer import Writer

_ONLY_IF_ANY = frozenset({"adjustments", "allowances", "charges", "prepaid", "rounding"})
_MOST_RATES = 10


def write(writer: Writer, document: OutgoingDocument, profile: Profile) -> None:
    writer.put("UNS", "S")
    if "count" in profile.parts:
        writer.put("CNT", f"2:{len(document.lines)}")
    for name, qualifier in profile.totals:
        amount = _amount(document, name)
        if amount or name not in _ONLY_IF_ANY:
            money(writer, qualifier, amount)
        if name == "tax" and document.totals.tax_in_books is not None:
            money(writer, qualifier, document.totals.tax_in_books, document.books_currency, "3")
    if len(document.subtotals) > _MOST_RATES:
        writer.refuse(f"Expected at most {_MOST_RATES} rates of VAT, found {len(document.subtotals)}.", "vat_breakdown")
    for one in document.subtotals:
        tax(writer, one.vat, profile)
        money(writer, "125", one.taxable)
        money(writer, "124", one.tax)


def _amount(document: OutgoingDocument, name: str) -> Decimal:
    if name == "adjustments":
        return document.totals.charges - document.totals.allowances
    amount: Decimal = getattr(document.totals, name)
    return amount
