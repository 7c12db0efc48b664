"""Documents of all sorts, made up by Hypothesis: they add up, and EN 16931 has a way to say them.

Sixty are tried of each property; ARHUB_EXAMPLES=2000 tries more.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from adaptors.formats.document import ZERO, AllowanceCharge, Kind, Line, OutgoingDocument, Preceding, Subtotal, Vat
from adaptors.formats.sums import CENT, rounded, with_sums
from tests.adaptors import samples
from tests.adaptors.samples import BANK, CARD, FIK_71, FIK_73, FIK_75, IBAN, SEPA_DEBIT

SEARCH = settings(
    max_examples=int(os.environ.get("ARHUB_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
WHOLE = Decimal(1)
UNITS = {"DKK": CENT, "EUR": CENT, "USD": CENT, "SEK": CENT, "JPY": WHOLE, "ISK": WHOLE}
TAXED = (samples.STANDARD, samples.REDUCED, Vat("S", Decimal("5.5")), samples.ZERO_RATED, samples.EXEMPT)
UNTAXED = (samples.REVERSE, samples.WITHIN_EU, samples.EXPORT)
PAYMENTS = (BANK, IBAN, FIK_71, FIK_73, FIK_75, SEPA_DEBIT, CARD)

texts = (
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co", "Cf", "Z"], include_characters=" "), min_size=1)
    .map(str.strip)
    .filter(bool)
)


def _decimals(low: int, high: int, unit: Decimal) -> st.SearchStrategy[Decimal]:
    places = -int(unit.as_tuple().exponent)
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)


@st.composite
def allowances_charges(draw: st.DrawFn, unit: Decimal, vats: tuple[Vat, ...] = ()) -> AllowanceCharge:
    """Of a line without VATs, else of the document; some worked out in percent."""
    is_charge = draw(st.booleans())
    made = AllowanceCharge(
        is_charge, draw(_decimals(0, 500, unit)), draw(texts), "FC" if is_charge else "95",
        vat=draw(st.sampled_from(vats)) if vats else None,
    )  # fmt: skip
    if unit == CENT and draw(st.booleans()):
        base, percent = draw(_decimals(0, 9999, CENT)), draw(_decimals(0, 50, CENT))
        made = replace(made, amount=rounded(base * percent / 100), base=base, percent=percent)
    return made


@st.composite
def lines(draw: st.DrawFn, number: int, unit: Decimal, vats: tuple[Vat, ...]) -> Line:
    """In currencies without decimals quantity and price have none: else lines were off by more than Peppol allows."""
    quantity = draw(_decimals(-50, 1000, unit if unit == WHOLE else Decimal("0.001")))
    price = draw(_decimals(0, 50_000, unit if unit == WHOLE else Decimal("0.00001")))
    extra = tuple(draw(st.lists(allowances_charges(unit), max_size=2)))
    net = rounded(quantity * price + sum((one.signed for one in extra), ZERO), unit)
    return Line(
        str(number), draw(texts), quantity, price, net, draw(st.sampled_from(vats)),
        unit=draw(st.sampled_from(["C62", "HUR", "KGM", "MTR"])), note=draw(st.just("") | texts),
        seller_item=draw(st.just("") | texts), allowances_charges=extra,
    )  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> OutgoingDocument:
    currency = draw(st.sampled_from(sorted(UNITS)))
    unit = UNITS[currency]
    vats = draw(st.sampled_from([TAXED, UNTAXED, TAXED + UNTAXED, (samples.OUTSIDE,), (samples.STANDARD,)]))
    given = [draw(lines(n, unit, vats)) for n in range(1, draw(st.integers(1, 6)) + 1)]
    made = replace(
        samples.document(draw(st.sampled_from(Kind)), given),
        currency=currency,
        buyer=samples.GERMAN if vats == UNTAXED else draw(st.sampled_from([samples.BUYER, samples.GERMAN])),
        payment=draw(st.sampled_from(PAYMENTS)),
        delivery=samples.IN_BERLIN,
        note=draw(st.just("") | texts),
        corrects=draw(st.sampled_from([(), (Preceding("10482", date(2026, 3, 15)),)])),
        allowances_charges=tuple(draw(st.lists(allowances_charges(unit, vats), max_size=3))),
        subtotals=tuple(Subtotal(vat, ZERO, ZERO, "Exempt" if vat == samples.EXEMPT else "") for vat in vats),
        totals=replace(
            samples.NOTHING, prepaid=draw(_decimals(0, 900, unit)), rounding=draw(_decimals(-1, 1, unit)),
        ),
    )  # fmt: skip
    return _payable(_in_books(with_sums(made, unit), draw(_decimals(0, 9, CENT))))


def _in_books(document: OutgoingDocument, rate: Decimal) -> OutgoingDocument:
    if document.currency == document.books_currency:
        return document
    return replace(document, totals=replace(document.totals, tax_in_books=rounded(document.totals.tax * rate)))


def _payable(document: OutgoingDocument) -> OutgoingDocument:
    """A credit note that comes out below zero is an invoice: Danish rules know no other."""
    is_wrong = document.kind.is_credit and document.totals.payable < 0
    return replace(document, kind=Kind.INVOICE) if is_wrong else document
