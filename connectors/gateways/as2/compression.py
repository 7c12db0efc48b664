"""Compression (CMS CompressedData, RFC 3274) with an end: what unpacks to more than a limit is not unpacked."""

from __future__ import annotations

import zlib

from asn1crypto import cms, core

from connectors.gateways.as2.problems import As2Problem, Modifier, reading

LARGEST = 100 * 1000 * 1000
"""Bytes of a message: all of it is held in memory to be verified."""


def compress(content: bytes) -> bytes:
    """In DER; the same bytes each time."""
    inner = {"content_type": "data", "content": core.ParsableOctetString(zlib.compress(content, 9))}
    packed = {"version": "v0", "compression_algorithm": {"algorithm": "zlib"}, "encap_content_info": inner}
    return bytes(cms.ContentInfo({"content_type": "compressed_data", "content": cms.CompressedData(packed)}).dump())


def decompress(packed: bytes, limit: int = LARGEST) -> bytes:
    """Raises As2Problem, also when it would be more than `limit` bytes."""
    with reading("a compressed message", Modifier.DECOMPRESSION):
        info = cms.ContentInfo.load(packed)
        if info["content_type"].native != "compressed_data":
            raise As2Problem("Expected a compressed message, found other CMS content.", Modifier.DECOMPRESSION)
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(bytes(info["content"]["encap_content_info"]["content"]), limit + 1)
        if len(content) > limit:
            raise As2Problem(f"It unpacks to more than {limit:,} bytes and was not unpacked.", Modifier.DECOMPRESSION)
        if not unpacker.eof:
            raise As2Problem("The compressed message ends in the middle.", Modifier.DECOMPRESSION)
        return content
