"""What was sent, set out so that a person can read it, without the credentials in it."""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Collection

from lxml import etree

from arhub.secrets.masking import MASK, mask

MOST_CHARACTERS = 200_000
MOST_NAMES = 200


def readable(content: bytes, secrets: Collection[str] = ()) -> str:
    """JSON and XML over lines, an archive as the names in it, text as it is. `secrets` are masked, and whatever looks
    like a credential."""
    return mask(_without(_set_out(content), secrets))


def _set_out(content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):
        return _names(content)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return f"{len(content):,} bytes that are no text."
    shown = _xml(content) if text.lstrip().startswith("<") else _json(text)
    return shown if len(shown) <= MOST_CHARACTERS else f"{shown[:MOST_CHARACTERS]}\n… and {len(shown):,} in all."


def _json(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _xml(content: bytes) -> str:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=True)
    try:
        return etree.tostring(etree.fromstring(content, parser), pretty_print=True, encoding="unicode")
    except etree.XMLSyntaxError:
        return content.decode()


def _names(content: bytes) -> str:
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except zipfile.BadZipFile:
        return f"An archive of {len(content):,} bytes that cannot be opened."
    lines = [f"{entry.filename}  {entry.file_size:,} bytes" for entry in entries[:MOST_NAMES]]
    rest = [f"… and {len(entries) - MOST_NAMES:,} more"] if len(entries) > MOST_NAMES else []
    return "\n".join([*lines, *rest])


def _without(text: str, secrets: Collection[str]) -> str:
    """A secret stands in JSON and XML as they write it."""
    for secret in filter(None, secrets):
        as_json = (json.dumps(secret, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False))
        for written in (secret, html.escape(secret), html.escape(secret, quote=False), *as_json):
            text = text.replace(written, MASK)
    return text
