"""The bytes of a transaction as people read them: XML indented, of an EDIFACT interchange a segment in each line."""

from __future__ import annotations

import re

from adaptors.models import Transaction
from arhub.admin.readable import readable

MOST_SHOWN = 500_000
"""Bytes of a document that its page shows."""
RELEASE, TERMINATOR = "?", "'"


def text_of(row: Transaction) -> str:
    """Nothing of a document that was not made, or is too long. One that is missing among the stored files says so."""
    if not row.content or (row.size or 0) > MOST_SHOWN:
        return ""
    try:
        with row.content.open() as file:
            content: bytes = file.read()
    except FileNotFoundError:
        return f"The file {row.content.name} is not among the stored files any more."
    return segments(content) if content[:3] in (b"UNA", b"UNB") else readable(content)


def segments(content: bytes) -> str:
    """The characters that end and release are those of the service string advice, where there is one (ISO 9735-1)."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    advice, rest = (text[:9], text[9:]) if text.startswith("UNA") else ("", text)
    release, end = (advice[6].strip(), advice[8]) if len(advice) == 9 else (RELEASE, TERMINATOR)
    released = f"{re.escape(release)}.|" if release else ""
    segment = rf"(?:{released}[^{re.escape(release + end)}])*(?:{re.escape(end)}|\Z)"
    lines = [advice, *(line.strip() for line in re.findall(segment, rest, re.DOTALL))]
    return "\n".join(line for line in lines if line)
