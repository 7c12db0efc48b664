"""Templates of folders, file names and mails: text with the document's fields in braces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping

FACTS = {  # field → what it is, and what a preview shows
    "name": ("the file's name here", "INV-2026-1001.xml"),
    "stem": ("that name without its ending", "INV-2026-1001"),
    "ending": ("its ending, without the point", "xml"),
    "document_type": ("invoice or credit_memo", "invoice"),
    "number": ("the document's number", "INV-2026-1001"),
    "date": ("the document's date", "2026-11-23"),
    "due_date": ("when it is due", "2026-12-23"),
    "year": ("the year of the document's date", "2026"),
    "month": ("its month in two digits", "11"),
    "day": ("its day in two digits", "23"),
    "currency": ("the currency", "DKK"),
    "total": ("the total amount", "1250.00"),
    "order_number": ("the customer's order number", "4500012"),
    "account_number": ("the customer's number", "10042"),
    "account_name": ("the customer's name", "Nordic Pumps A/S"),
    "email": ("the customer's e-mail address for invoices", "ap@example.com"),
    "sender": ("the sender's endpoint, with its scheme", "0184:12345674"),
    "receiver": ("the receiver's endpoint, with its scheme", "0088:5798000000124"),
    "company": ("the name of your company", "Example ApS"),
    "document_type_id": ("the document type of an access point", "busdox-docid-qns::urn:example"),
    "process_id": ("the process of an access point", "cenbii-procid-ubl::urn:example"),
    "country": ("the sender's country", "DK"),
    "timestamp": ("when it was sent, in UTC", "20261123T101500Z"),
    "identity": ("an id that no other delivery has", "6f1c2d"),
}
EXAMPLE: Mapping[str, str] = {field: example for field, (_, example) in FACTS.items()}

LONGEST_NAME = 200
"""Bytes: the most that file systems take is 255, and a temporary name adds a few."""
_FIELD = re.compile(r"\{([^{}]*)\}")
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


class WrongTemplate(ValueError):
    """What is wrong with a template, in a sentence."""


def check(template: str, known: Container[str] = FACTS) -> None:
    """Raises `WrongTemplate` for a field nobody knows, and for a brace that is alone."""
    for name in _FIELD.findall(template):
        if name not in known:
            raise WrongTemplate(f"Expected a field such as {{number}} or {{date}}, found {{{name[:40]}}}.")
    if set(_FIELD.sub("", template)) & {"{", "}"}:
        raise WrongTemplate("A brace stands alone: write fields as {number}.")


def fill(template: str, facts: Mapping[str, str]) -> str:
    """The text with the fields in place; one that is not known becomes nothing."""
    return _FIELD.sub(lambda found: facts.get(found[1], ""), template)


def fields_of(template: str) -> list[str]:
    """The names of the fields in it, in their order."""
    return list(dict.fromkeys(_FIELD.findall(template)))


def file_name(template: str, facts: Mapping[str, str]) -> str:
    """A name that any file system takes. Raises `WrongTemplate` when a field is not known, or nothing is left of it."""
    _require(template, facts, "file name")
    name = _part(fill(template, {field: _NOT_IN_NAMES.sub("-", value) for field, value in facts.items()}))
    if not name.strip("-. "):
        raise WrongTemplate(f"The file name {template!r} comes out empty for this document.")
    return name


def folder(template: str, facts: Mapping[str, str]) -> str:
    """Folders with / between them. Fields cannot lead elsewhere: a slash or two points in one become a hyphen. Raises
    `WrongTemplate` when a field is not known."""
    _require(template, facts, "folder")
    filled = fill(template, {field: _NOT_IN_NAMES.sub("-", value) for field, value in facts.items()})
    parts = [_part(part) for part in filled.replace("\\", "/").split("/")]
    start = "/" if filled.startswith("/") else ""
    return start + "/".join(part for part in parts if part)


def _require(template: str, facts: Mapping[str, str], what: str) -> None:
    """Not every file has an ending; anything else that lacks would leave a hole that nobody sees."""
    for field in fields_of(template):
        if not facts.get(field) and field != "ending":
            raise WrongTemplate(f"The {what} asks for {{{field}}}, which is not known of this file.")


def _part(text: str) -> str:
    """One name of a path: composed, without what file systems forbid, not too long; the ending is kept."""
    name = _NOT_IN_NAMES.sub("-", unicodedata.normalize("NFC", text)).strip().rstrip(".")
    if set(name) <= {"."}:
        return ""
    stem, point, ending = name.rpartition(".")
    if not point or len(ending.encode()) > 20:
        return name.encode()[:LONGEST_NAME].decode(errors="ignore")
    room = LONGEST_NAME - len(ending.encode()) - 1
    return f"{stem.encode()[:room].decode(errors='ignore')}.{ending}"
