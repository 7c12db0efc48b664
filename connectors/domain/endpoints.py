"""Endpoints: the id under which somebody takes documents, such as 0184:12345674. Checked, and written in one way."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from arhub.domain import identifiers

META_SCHEME = "iso6523-actorid-upis::"
"""What the network's own lists write before an endpoint."""
_SCHEME = re.compile(r"[0-9]{4}")
_IDENTIFIER = re.compile(r"[A-Z0-9._~-]{1,60}")
_SHOWN = 60


class NotAnEndpoint(ValueError):
    """The text says what was expected, and what was found."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`scheme` is four digits of the code list of ISO 6523, `identifier` an id of that scheme in capitals: networks
    take small letters for the same."""

    scheme: str
    identifier: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.identifier}"


def endpoint_of(text: str) -> Endpoint:
    """The endpoint that a text such as 0184:12345674 is. Raises `NotAnEndpoint`."""
    scheme, colon, identifier = text.strip().removeprefix(META_SCHEME).partition(":")
    if not colon:
        raise NotAnEndpoint(f"Expected an endpoint such as 0184:12345674, found {_shown(text)}.")
    return checked(scheme, identifier)


def checked(scheme: str, identifier: str) -> Endpoint:
    """The endpoint of a scheme and an identifier, in one way of writing. Raises `NotAnEndpoint`."""
    scheme, given = scheme.strip(), re.sub(r"\s", "", identifier).upper()
    if not _SCHEME.fullmatch(scheme):
        raise NotAnEndpoint(f"Expected a scheme of four digits such as 0184, found {_shown(scheme)}.")
    expected, read = _CHECKS.get(scheme, _UNCHECKED)
    found = read(given)
    if found is None:
        raise NotAnEndpoint(f"Expected {expected} after {scheme}, found {_shown(identifier)}.")
    return Endpoint(scheme, found)


def _cvr(text: str) -> str | None:
    digits = text.removeprefix("DK")
    return digits if digits.isascii() and identifiers.registration_number(digits, "DK") else None


def _se(text: str) -> str | None:
    """As the code list has it, with the country."""
    digits = _cvr(text)
    return f"DK{digits}" if digits else None


def _gln(text: str) -> str | None:
    return text if text.isascii() and text.isdigit() and identifiers.gln(text) else None


def _production_unit(text: str) -> str | None:
    return text if re.fullmatch(r"[0-9]{10}", text) else None


def _any(text: str) -> str | None:
    return text if _IDENTIFIER.fullmatch(text) else None


_CHECKS: dict[str, tuple[str, Callable[[str], str | None]]] = {
    "0088": ("a GLN of 13 digits with the right check digit", _gln),
    "0096": ("a P-number of 10 digits", _production_unit),
    "0184": ("a CVR number of 8 digits with the right check digit", _cvr),
    "0198": ("an SE number, DK and 8 digits with the right check digit,", _se),
}
_UNCHECKED = ("an id of at most 60 letters, digits, full stops, hyphens, _ or ~", _any)


def _shown(text: str) -> str:
    """In quotes, cut short, with nothing in it that a page or a log chokes on."""
    shown = "".join(char if char.isprintable() else "?" for char in text[:_SHOWN])
    return f"“{shown}{'…' if len(text) > _SHOWN else ''}”"
