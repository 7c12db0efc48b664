"""Numbers and dates as a language writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from adaptors.formats.pdf.labels import LABELS, MONTHS, UNITS

FALLBACK = "en"
_SIGNS = {"da": (".", ","), "en": (",", "."), "de": (".", ",")}
"""What sets thousands apart, and the decimal sign."""
_MINUS = "\u2212"


def language_of(wanted: str) -> str:
    """One there are words for."""
    code = wanted[:2].lower()
    return code if code in LABELS else FALLBACK


def number(value: Decimal, language: str, digits: int = 0) -> str:
    """With at least so many digits after the decimal sign, and no zeros beyond them."""
    whole, _, rest = f"{abs(value):,f}".partition(".")
    rest = rest.rstrip("0").ljust(digits, "0")
    thousands, decimal = _SIGNS[language]
    text = whole.replace(",", thousands) + (decimal + rest if rest else "")
    return f"{_MINUS}{text}" if value < 0 else text


def percent(value: Decimal, language: str) -> str:
    return f"{number(value, language)}\u00a0%" if language != "en" else f"{number(value, language)}%"


def day(value: date, language: str) -> str:
    month = MONTHS[language][value.month - 1]
    return f"{value.day} {month} {value.year}" if language == "en" else f"{value.day}. {month} {value.year}"


def unit(code: str, language: str) -> str:
    """As people write it; one that there are no words for by its code."""
    return UNITS[language].get(code, code)


def grouped(text: str, size: int = 4) -> str:
    """An account number in groups, as people read it: IBANs have four."""
    return " ".join(text[at : at + size] for at in range(0, len(text), size))
