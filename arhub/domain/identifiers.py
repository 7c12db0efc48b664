"""Whether the numbers that identify a company can be right: their check digits."""

from __future__ import annotations

from stdnum import ean, iban
from stdnum.dk import cvr
from stdnum.eu import vat

GLN_DIGITS = 13


def vat_number(number: str | None) -> bool | None:
    """None when it cannot be told: no number, or one from outside the European Union."""
    if not number or number[:2].upper() not in _VAT_PREFIXES:
        return None
    return bool(vat.is_valid(number))


def registration_number(number: str | None, country: str | None) -> bool | None:
    """None when it cannot be told: no number, or a register other than the Danish CVR."""
    if not number or (country or "").upper() != "DK":
        return None
    return bool(cvr.is_valid(number))


def gln(number: str | None) -> bool | None:
    if not number:
        return None
    return len(ean.compact(number)) == GLN_DIGITS and bool(ean.is_valid(number))


def iban_number(number: str | None) -> bool | None:
    return bool(iban.is_valid(number)) if number else None


_VAT_PREFIXES = frozenset(code.upper() for code in vat.MEMBER_STATES) | {"EL", "XI"}
