"""The envelope of an EDIFACT interchange, as far as a mailbox looks at it."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_BYTES = 1_000


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom to whom: identifications of UNB, without their qualifiers."""

    sender: str
    recipient: str


def envelope_of(head: bytes) -> Envelope | None:
    """The envelope that the first bytes of a file have; None for what is no EDIFACT. Source: ISO 9735, UNA and UNB."""
    text = head.decode("latin-1").lstrip("\ufeff\r\n ")
    component, element, release, end = ":", "+", "?", "'"
    if text.startswith("UNA") and len(text) >= 9:
        component, element, release, end = text[3], text[4], text[6], text[8]
        text = text[9:].lstrip("\r\n ")
    if not text.startswith(f"UNB{element}"):
        return None
    elements = _split(_split(text, end, release)[0], element, release)
    names = [_plain(_split(one, component, release)[0], release) for one in elements[2:4]]
    return Envelope(*names) if len(names) == 2 else None


def _split(text: str, separator: str, release: str) -> list[str]:
    """At separators that are not released."""
    parts, current, position = [], "", 0
    while position < len(text):
        char = text[position]
        if char == release and release.strip():
            current += text[position : position + 2]
            position += 2
            continue
        if char == separator:
            parts.append(current)
            current = ""
        else:
            current += char
        position += 1
    return [*parts, current]


def _plain(text: str, release: str) -> str:
    found, position = "", 0
    while position < len(text):
        if text[position] == release and release.strip():
            position += 1
        found += text[position : position + 1]
        position += 1
    return found.strip()
