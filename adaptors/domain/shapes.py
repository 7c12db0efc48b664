"""What the value of a setting must look like, by the kind of its field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from adaptors.fields import RuleField
from adaptors.formats.countries import COUNTRIES
from adaptors.formats.lacks import wrong_form
from arhub.domain.identifiers import iban_number

LONGEST = 2_000
MOST_DAYS = 365
_LANGUAGE = re.compile(r"[A-Za-z]{2}")


class WrongShape(ValueError):
    """The text says what was expected, and what was found."""


def shaped(field: RuleField, value: str) -> str:
    """The value as it is stored; empty: none. Raises `WrongShape`."""
    text = value.strip()
    if not text:
        return ""
    if len(text) > LONGEST:
        raise WrongShape(f"{field.label}: expected at most {LONGEST:,} characters, found {len(text):,}.")
    if field.kind == "choice":
        known = dict(field.choices)
        return text if text in known else _refuse(field, f"one of {', '.join(known)}", text)
    if field.kind not in _KINDS:
        return text
    expected, read = _KINDS[field.kind]
    return read(text) or _refuse(field, expected, text)


def _country(text: str) -> str:
    return text.upper() if text.upper() in COUNTRIES else ""


def _iban(text: str) -> str:
    return text.replace(" ", "").upper() if iban_number(text) else ""


def _mail(text: str) -> str:
    return "" if wrong_form("EM", text) else text


def _language(text: str) -> str:
    return text.lower() if _LANGUAGE.fullmatch(text) else ""


def _days(text: str) -> str:
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= MOST_DAYS else ""


_KINDS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "days": (f"a whole number up to {MOST_DAYS}", _days),
    "country": ("two letters such as DK", _country),
    "iban": ("an IBAN such as DK5000400440116243, with the right check digits", _iban),
    "email": ("an address such as ap@example.com", _mail),
    "language": ("two letters such as da", _language),
}


def _refuse(field: RuleField, expected: str, text: str) -> str:
    raise WrongShape(f"{field.label}: expected {expected}, found “{text[:60]}”.")
