"""Amounts and prices as OIOUBL writes them."""

from __future__ import annotations

from decimal import Decimal

from adaptors.formats.base import Problem, Unsayable
from adaptors.formats.document import Line

CENT = Decimal("0.01")
_PRICE_DIGITS = Decimal("1E-10")


def money(value: Decimal) -> str:
    """With two decimals, which the rules ask of every amount. Raises `Unsayable` for one that needs more of them."""
    text = f"{value:f}"
    if text[-3:-2] == "." and value:
        return text
    cents = value.quantize(CENT)
    if cents != value:
        raise Unsayable(Problem(f"OIOUBL has amounts with two decimals; {text} has more.", "currency"))
    return f"{cents:f}" if cents else "0.00"


def amount(tag: str, value: Decimal, currency: str) -> str:
    return f'<{tag} currencyID="{currency}">{money(value)}</{tag}>'


def price(line: Line) -> str:
    """Of one unit. OIOUBL's line amount is the quantity times the price, and an allowance on the line only explains
    it: where there is one, the price is what one unit comes to with it."""
    value = line.price
    if any(one.amount for one in line.allowances_charges):
        value = (line.net / line.quantity).quantize(_PRICE_DIGITS).normalize()
    exponent = value.as_tuple().exponent
    return f"{value.quantize(CENT) if isinstance(exponent, int) and exponent > -2 else value:f}"
