"""The lists in an IMAP server's answers (RFC 9051, 9), and the names of its folders (RFC 3501, 5.1.3)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from typing import Any

from arhub.network.errors import BadAnswer

MOST_DEPTH = 100
_TOKEN = re.compile(
    rb"""\s*(?:
    (?P<open>\() | (?P<close>\)) | "(?P<quoted>(?:[^"\\]|\\.)*)" | \x00(?P<literal>\d+)\x00
    | (?P<atom>(?:BODY|BINARY)\[[^\]]*\](?:<\d+>)? | [^\s()"\x00]+)
    )""",
    re.VERBOSE | re.IGNORECASE,
)

Answered = Sequence[Any]
"""As `imaplib` gives it: bytes, and pairs of the bytes before a literal and the literal."""


def fetched(answered: Answered) -> Iterator[dict[str, Any]]:
    """The items of each message of a FETCH, by their names. A list is a list, NIL is None, anything else bytes.
    Raises BadAnswer."""
    text = b""
    literals: list[bytes] = []
    for piece in answered:
        if isinstance(piece, tuple):
            text += re.sub(rb"\{\d+\}$", b"\0%d\0" % len(literals), piece[0])
            literals.append(piece[1])
            continue
        found = _parsed(text + (piece or b""), literals)
        text, literals = b"", []
        if len(found) > 1 and isinstance(found[1], list):
            names = [name.decode("ascii", "replace").upper() for name in found[1][::2] if isinstance(name, bytes)]
            yield dict(zip(names, found[1][1::2], strict=False))


def _parsed(text: bytes, literals: Sequence[bytes]) -> list[Any]:
    stack: list[list[Any]] = [[]]
    at = 0
    while token := _TOKEN.match(text, at):
        at = token.end()
        if token["open"]:
            stack.append([])
        elif token["close"]:
            if len(stack) == 1:
                raise BadAnswer("Expected an answer of an IMAP server, found brackets that do not match.")
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(_value(token, literals))
        if len(stack) > MOST_DEPTH:
            raise BadAnswer(f"Expected a mail of at most {MOST_DEPTH} parts within each other, found more.")
    if text[at:].strip() or len(stack) != 1:
        raise BadAnswer("Expected an answer of an IMAP server, found something that ends before its end.")
    return stack[0]


def _value(token: re.Match[bytes], literals: Sequence[bytes]) -> bytes | None:
    if token["quoted"] is not None:
        return re.sub(rb"\\(.)", rb"\1", token["quoted"])
    if token["literal"] is not None:
        return literals[int(token["literal"])]
    return None if token["atom"].upper() == b"NIL" else token["atom"]


def number(value: Any) -> int:
    """Raises BadAnswer."""
    if not isinstance(value, bytes) or not value.isdigit() or len(value) > 20:
        raise BadAnswer("Expected a number from an IMAP server, found something else.")
    return int(value)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def folder_name(text: str) -> str:
    """A folder in modified UTF-7, in quotes."""
    return quoted(re.sub(r"[^\x20-\x25\x27-\x7e]+", _shifted, text))


def _shifted(found: re.Match[str]) -> str:
    """A & alone is &-, other characters are UTF-16 in base64 with a comma for the slash."""
    pieces = re.split("(&)", found[0])
    packed = (base64.b64encode(one.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") for one in pieces[::2])
    return "&-".join(f"&{one}-" if one else "" for one in packed)
