"""Amounts as people read them."""

from __future__ import annotations

from decimal import Decimal

from django.utils import formats


def amount_text(amount: Decimal | None) -> str:
    """With two decimals, or as many as it needs, and thousands set apart."""
    if amount is None:
        return ""
    exponent = amount.normalize().as_tuple().exponent
    digits = max(2, -exponent if isinstance(exponent, int) else 2)
    return formats.number_format(amount, digits, force_grouping=True)


def signed_text(amount: Decimal) -> str:
    """The same with a plus where it is above zero: how far something moved."""
    return f"{'+' if amount > 0 else ''}{amount_text(amount)}"
