"""multipart/form-data (RFC 7578): one file put into a form, and the files taken out of one. What lies between the
boundaries is not copied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from itertools import pairwise
from urllib.parse import unquote_to_bytes

from arhub.network.errors import PermanentError
from connectors.gateways.base import Content
from connectors.gateways.pieces import BLOCK, Joined, Piece

MOST_PARTS = 1_000
LONGEST_HEADER = 1 << 14
BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
STARRED = re.compile(r""";\s*filename\*\s*=\s*"?([\w-]+)'[^']*'([^;"\s]*)"?""", re.IGNORECASE)

ENCODINGS = frozenset({"utf-8", "iso-8859-1", "us-ascii"})  # RFC 8187, 3.2


class WrongForm(PermanentError):
    """What is wrong with a form."""


@dataclass(frozen=True, slots=True)
class Field:
    """`file_name` is None for a field that is no file."""

    file_name: str | None
    media_type: str
    content: Content


def form_of(content: Content, *, boundary: str, field: str, name: str, media_type: str) -> Content:
    disposition = f'form-data; name="{_escaped(field)}"; filename="{_escaped(name)}"'
    head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: {media_type}\r\n\r\n"
    return Joined(head.encode(), content, f"\r\n--{boundary}--\r\n".encode())


def boundary_of(content_type: str) -> str:
    """Raises `WrongForm`."""
    message = Message()
    message["content-type"] = content_type
    found = message.get_param("boundary")
    if not isinstance(found, str) or not BOUNDARY.fullmatch(found):
        raise WrongForm("Expected a form with a boundary in its Content-Type, found none.")
    return found


def fields_of(content: Content, boundary: str) -> list[Field]:
    """Raises `WrongForm`."""
    found = list(_delimiters(content, boundary.encode("ascii")))
    if not found or not found[-1].is_last:
        raise WrongForm("Expected a form that ends with its boundary: it came incomplete.")
    return [_field(content, before.ends, after.begins) for before, after in pairwise(found)]


def said_name(disposition: str) -> str | None:
    """The file name of a Content-Disposition; of two spellings the one that says its encoding (RFC 6266, 4.3). Header
    bytes come as latin-1."""
    starred = STARRED.search(disposition)
    if starred and starred[1].lower() in ENCODINGS:
        with suppress(UnicodeError):
            return unquote_to_bytes(starred[2]).decode(starred[1])
    message = Message()
    message["content-disposition"] = STARRED.sub("", disposition).replace("\r", " ").replace("\n", " ")
    found = message.get_filename()
    return as_utf_8(found) if found else None


@dataclass(frozen=True, slots=True)
class _Delimiter:
    begins: int
    ends: int
    is_last: bool


def _delimiters(content: Content, boundary: bytes) -> Iterator[_Delimiter]:
    """The lines of the boundary, up to the last. The first may stand without a line before it."""
    line = re.compile(rb"\r\n--" + re.escape(boundary) + rb"(--|[ \t]*(?=\r\n))")
    keep = len(boundary) + 64
    window, start, number = b"\r\n", -2, 0
    with content.open() as source:
        while True:
            block = source.read(BLOCK)
            window += block
            at = 0
            for found in line.finditer(window):
                number += 1
                if number > MOST_PARTS:
                    raise WrongForm(f"Expected a form of at most {MOST_PARTS:,} parts.")
                is_last, at = found[1] == b"--", found.end()
                yield _Delimiter(max(start + found.start(), 0), start + at + 2, is_last)
                if is_last:
                    return
            if not block:
                return
            cut = max(at, len(window) - keep)
            window, start = window[cut:], start + cut


def _field(content: Content, begins: int, ends: int) -> Field:
    with Piece(content, begins, max(begins, ends)).open() as source:
        head = source.read(LONGEST_HEADER)
    if head.startswith(b"\r\n"):
        size, lines = 2, b""
    else:
        lines, empty, _ = head.partition(b"\r\n\r\n")
        if not empty:
            raise WrongForm("Expected each part of the form to begin with its headers, found none.")
        size = len(lines) + 4
    headers = dict(_headers(lines.decode("latin-1")))
    name = said_name(headers.get("content-disposition", ""))
    return Field(name, headers.get("content-type", ""), Piece(content, begins + size, max(begins + size, ends)))


def _headers(lines: str) -> Iterator[tuple[str, str]]:
    for line in re.sub(r"\r\n[ \t]+", " ", lines).split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _escaped(text: str) -> str:
    """As browsers do it."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def as_utf_8(text: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
