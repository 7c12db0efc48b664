"""Programs that write as they read do not know lengths beforehand: they send BER, in pieces and without lengths."""

from __future__ import annotations

import random

import pytest

from connectors.gateways.as2 import compression, envelopes, signing
from tests.connectors.gateways.as2.place import HUB

CONTENT = random.Random(2).randbytes(5_000)
OCTETS, SEQUENCE, FIRST_PRIMITIVE, FIRST = 0x04, 0x30, 0x80, 0xA0
END = b"\x00\x00"


def in_pieces(der: bytes, piece: int, depth: int) -> bytes:
    """DER as BER without lengths down to a depth, and with its octets in pieces."""
    made, at = b"", 0
    while at < len(der):
        tag, (start, end) = der[at], _content(der, at)
        if depth and tag in (SEQUENCE, FIRST):
            made += bytes([tag, 0x80]) + in_pieces(der[start:end], piece, depth - 1) + END
        elif tag in (OCTETS, FIRST_PRIMITIVE) and end - start > 1_000:
            some = (der[here : min(here + piece, end)] for here in range(start, end, piece))
            made += bytes([tag | 0x20, 0x80]) + b"".join(bytes([OCTETS]) + _length(one) + one for one in some) + END
        else:
            made += der[at:end]
        at = end
    return made


def _content(der: bytes, at: int) -> tuple[int, int]:
    size, start = der[at + 1], at + 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(der[at + 2 : start])
    return start, start + size


def _length(content: bytes) -> bytes:
    return b"\x82" + len(content).to_bytes(2)


@pytest.mark.parametrize("piece", [1, 100, 4_999, 60_000])
def test_encrypted_and_compressed_messages_in_pieces_are_read(piece: int) -> None:
    encrypted = in_pieces(envelopes.encrypt(CONTENT, HUB.certificate, "aes256"), piece, 6)
    compressed = in_pieces(compression.compress(CONTENT), piece, 6)

    assert encrypted[:2] == compressed[:2] == b"\x30\x80"
    assert envelopes.decrypt(encrypted, [HUB]) == CONTENT
    assert compression.decompress(compressed) == CONTENT


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_signatures_without_lengths_are_verified(depth: int) -> None:
    """What is signed over, attributes and certificates, stays in DER (RFC 5652, 5.4)."""
    signature = in_pieces(signing.sign(CONTENT, HUB, "sha256"), 60_000, depth)

    assert signature[:2] == b"\x30\x80"
    assert signing.verify(CONTENT, signature, [HUB.certificate]) == signing.Signed(HUB.certificate, "sha256")
