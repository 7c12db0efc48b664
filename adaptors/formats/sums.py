"""Totals of a document by the rules of EN 16931, exact; and where what a source says does not agree with them.

Nothing is bent: where lines, VAT and totals do not add up, the differences are told and the document is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from adaptors.formats.base import Problem
from adaptors.formats.document import ZERO, AllowanceCharge, Line, OutgoingDocument, Subtotal, Totals, Vat

CENT, WHOLE = Decimal("0.01"), Decimal(1)
WITHOUT_CENTS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
"""Currencies of ISO 4217 that have no minor unit."""
LINE_SLACK = Decimal("0.02")
"""How far a line's net amount may be from quantity times price, by the rules of Peppol."""
_HUNDRED = Decimal(100)


def rounded(amount: Decimal, unit: Decimal = CENT) -> Decimal:
    """To the unit, half away from zero, as tax offices do."""
    return amount.quantize(unit, ROUND_HALF_UP)


def unit_of(currency: str) -> Decimal:
    """What amounts of a currency are rounded to. EN 16931 knows no more than two decimals."""
    return WHOLE if currency in WITHOUT_CENTS else CENT


def shown(amount: Decimal) -> str:
    """For people: at least two decimals, and all there are."""
    return f"{amount:,.2f}" if amount == rounded(amount) else f"{amount:,f}"


def subtotals_of(
    lines: Sequence[Line], allowances_charges: Sequence[AllowanceCharge] = (), unit: Decimal = CENT
) -> list[Subtotal]:
    """VAT by category and rate, in the order they first come."""
    taxable: dict[Vat, Decimal] = {}
    for vat, amount in _taxed(lines, allowances_charges):
        taxable[vat] = taxable.get(vat, ZERO) + amount
    return [
        Subtotal(vat, amount, rounded(amount * (vat.rate or ZERO) / _HUNDRED, unit)) for vat, amount in taxable.items()
    ]


def totals_of(
    lines: Sequence[Line],
    subtotals: Iterable[Subtotal],
    allowances_charges: Sequence[AllowanceCharge] = (),
    *,
    prepaid: Decimal = ZERO,
    rounding: Decimal = ZERO,
    tax_in_books: Decimal | None = None,
) -> Totals:
    """All totals, from the lines up."""
    of_lines = sum((line.net for line in lines), ZERO)
    allowances = sum((one.amount for one in allowances_charges if not one.is_charge), ZERO)
    charges = sum((one.amount for one in allowances_charges if one.is_charge), ZERO)
    net = of_lines - allowances + charges
    tax = sum((one.tax for one in subtotals), ZERO)
    gross = net + tax
    return Totals(
        of_lines, allowances, charges, net, tax, gross, prepaid, rounding, gross - prepaid + rounding, tax_in_books
    )  # fmt: skip


def with_sums(document: OutgoingDocument, unit: Decimal = CENT) -> OutgoingDocument:
    """The document with subtotals and totals from its lines; reasons of the subtotals it has, prepaid and rounding
    amount stay."""
    reasons = {one.vat: one for one in document.subtotals}
    made = [
        replace(one, reason=reasons[one.vat].reason, reason_code=reasons[one.vat].reason_code)
        if one.vat in reasons else one
        for one in subtotals_of(document.lines, document.allowances_charges, unit)
    ]  # fmt: skip
    given = document.totals
    totals = totals_of(
        document.lines, made, document.allowances_charges,
        prepaid=given.prepaid, rounding=given.rounding, tax_in_books=given.tax_in_books,
    )  # fmt: skip
    return replace(document, subtotals=tuple(made), totals=totals)


def differences(
    document: OutgoingDocument, given: Mapping[str, Decimal | None] | None = None, unit: Decimal = CENT
) -> Iterator[Problem]:
    """Where its amounts do not add up, each in a sentence: lines, VAT and totals among themselves, and with what the
    source gave in `given`, by the hub's names net_amount, tax_amount and total_amount. `unit` is what VAT is rounded
    to in the document's currency."""
    for line in document.lines:
        yield from _line(line)
    yield from _vat(document, unit)
    yield from _given(document, given or {})


def _taxed(lines: Iterable[Line], allowances_charges: Iterable[AllowanceCharge]) -> Iterator[tuple[Vat, Decimal]]:
    for line in lines:
        yield line.vat, line.net
    for one in allowances_charges:
        if one.vat is not None:
            yield one.vat, one.signed


def _line(line: Line) -> Iterator[Problem]:
    expected = rounded(line.quantity * line.price + sum((one.signed for one in line.allowances_charges), ZERO))
    if abs(expected - line.net) > LINE_SLACK:
        yield Problem(
            f"Quantity {line.quantity:f} at {line.price:f} with allowances and charges makes {shown(expected)}, the "
            f"line says {shown(line.net)}: {shown(abs(expected - line.net))} differ.",
            "net_amount", line.id,
        )  # fmt: skip


def _vat(document: OutgoingDocument, unit: Decimal) -> Iterator[Problem]:
    """Each subtotal by itself. VAT may be off by half a unit for each line that was rounded, and never by 1."""
    taxable: dict[Vat, list[Decimal]] = {}
    for vat, amount in _taxed(document.lines, document.allowances_charges):
        taxable.setdefault(vat, []).append(amount)
    for one in document.subtotals:
        parts = taxable.pop(one.vat, [])
        if sum(parts, ZERO) != one.taxable:
            yield Problem(
                f"What is taxed at {rate_of(one.vat)} adds up to {shown(sum(parts, ZERO))}, the VAT breakdown says "
                f"{shown(one.taxable)}: {shown(abs(sum(parts, ZERO) - one.taxable))} differ.", "vat_breakdown",
            )  # fmt: skip
        exact = one.taxable * (one.vat.rate or ZERO) / _HUNDRED
        if abs(exact - one.tax) > min(unit / 2 * len(parts), Decimal("0.99")):
            expected = rounded(exact, unit)
            yield Problem(
                f"VAT of {rate_of(one.vat)} on {shown(one.taxable)} is {shown(expected)}, the document says "
                f"{shown(one.tax)}: {shown(abs(expected - one.tax))} differ.", "tax_amount",
            )  # fmt: skip
    for vat in taxable:
        yield Problem(f"The VAT breakdown says nothing of {rate_of(vat)}, at which lines are taxed.", "vat_breakdown")


def rate_of(vat: Vat) -> str:
    """For people."""
    return vat.category if vat.rate is None else f"{vat.rate:f} % ({vat.category})"


_WHAT = {"net_amount": "net", "tax_amount": "tax", "total_amount": "gross"}
_SAID = {"net_amount": "The lines without VAT", "tax_amount": "Their VAT", "total_amount": "The lines with VAT"}


def _given(document: OutgoingDocument, given: Mapping[str, Decimal | None]) -> Iterator[Problem]:
    for name, attribute in _WHAT.items():
        said, made = given.get(name), getattr(document.totals, attribute)
        if said is not None and said != made:
            yield Problem(
                f"{_SAID[name]} add up to {shown(made)} {document.currency}, the document says {shown(said)}: "
                f"{shown(abs(said - made))} differ.", name,
            )  # fmt: skip
