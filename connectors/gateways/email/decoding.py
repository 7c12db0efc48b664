"""What a part of a mail says, out of its transfer encoding, piece by piece. What is broken is read as far as it goes:
whoever reads the file tells whether it is whole."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

Pieces = Iterable[bytes]
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


def decoded(encoding: str, pieces: Pieces) -> Iterator[bytes]:
    return _WAYS.get(encoding.strip().lower(), iter)(pieces)


def _base64(pieces: Pieces) -> Iterator[bytes]:
    """Without what is no letter of it: line ends, padding, the footer of a mailing list."""
    rest = b""
    for piece in pieces:
        rest += _NOT_BASE64.sub(b"", piece)
        whole = len(rest) // 4 * 4
        yield binascii.a2b_base64(rest[:whole])
        rest = rest[whole:]
    if len(rest) > 1:
        yield binascii.a2b_base64(rest + b"==")


def _quoted_printable(pieces: Pieces) -> Iterator[bytes]:
    return (binascii.a2b_qp(line) for line in _lines(pieces))


def _uuencoded(pieces: Pieces) -> Iterator[bytes]:
    has_begun = False
    for line in _lines(pieces):
        if not has_begun:
            has_begun = line.startswith(b"begin ")
        elif line.strip() in (b"", b"end", b"`"):
            if line.strip() == b"end":
                return
        else:
            yield _uu_line(line)


def _uu_line(line: bytes) -> bytes:
    counted = (((line[0] - 32) & 63) * 4 + 5) // 3 + 1
    for part in (line, line[:counted]):  # some encoders write more than they count
        with suppress(binascii.Error):
            return binascii.a2b_uu(part)
    return b""


def _lines(pieces: Pieces) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line + b"\n"
    if rest:
        yield rest


_WAYS: dict[str, Callable[[Pieces], Iterator[bytes]]] = {
    "base64": _base64,
    "quoted-printable": _quoted_printable,
    "uuencode": _uuencoded,
    "x-uuencode": _uuencoded,
    "x-uue": _uuencoded,
}
