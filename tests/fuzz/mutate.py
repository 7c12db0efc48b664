"""From a good file to a bad one, the same for the same random numbers."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from random import Random

from tests.corpus import formats

MOST_BYTES = 1 << 20
_TOKENS = (
    b'"', b'""', b'"\n', b",", b";", b"\t", b"|", b"\0", b"\0\0\0\0", b"\r", b"\n", b"\r\n", b"\x1a", b"\xef\xbb\xbf",
    b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"sep=;\r\n", b"9" * 400, b"1e999999999", b"-0", b"NaN", b"Infinity",
    b"4294967295", b"18446744073709551616", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\xc3\x28", b"\xe2\x80\xaf", b"\x80",
    b"{", b"}", b"[", b"]", b"[[[[[[", b":", b"null", b"true", b'{"a":', b"\\u0000", b"\\ud800", b"\\",
    b'"a":1,"a":2,',
    b"<", b">", b"</", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&", b"&#0;", b"&#xFFFFFFFF;", b"&amp;", b"&x;",
    b'<!DOCTYPE x [<!ENTITY x "y">]>', b"<?xml version='1.1' encoding='utf-16'?>", b' xmlns:x="u"', b"<a>" * 300,
    b'<c r="XFD1048576"><v>1</v></c>', b'<c r="A1" t="s"><v>99999999</v></c>', b'<c t="e"><v>#N/A</v></c>', b' s="0"',
    b'<row r="999999999">', b' table:number-rows-repeated="1048576"', b' table:number-columns-repeated="16384"',
    b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"\x1f\x8b\x08", b"\x2f\x00\x06\x00",
    b"\x0a\x00\x00\x00",
    b"\x85\x00\x10\x00", b"\x09\x08\x10\x00\x00\x06", b"\xfe\xff\xff\xff", b"\xff\xff\xff\xff", b"Total", b"i alt",
)  # fmt: skip
_PARTS = 0.7


def mutated(kind: str, pool: list[tuple[str, bytes]], random: Random) -> tuple[str, bytes]:
    """A name and content made from the seeds of a kind."""
    name, content = random.choice(pool)
    other = random.choice(pool)[1]
    if kind in ("xlsx", "ods", "zip") and random.random() < _PARTS:
        return name, _in_parts(content, random)
    if kind == "gzip" and random.random() < _PARTS:
        return name, gzip.compress(scrambled(gzip.decompress(content), b"a,b\n1,2\n", random), 1, mtime=0)
    return name, scrambled(content, other, random)


def _in_parts(content: bytes, random: Random) -> bytes:
    """Mutate what is inside the archive and pack it again."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    telling = [name for name in parts if name.endswith((".xml", ".rels", ".csv", ".json", ".jsonl"))]
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        name = random.choice(telling)
        part = parts[name]
        parts[name] = scrambled(part if isinstance(part, bytes) else part.encode(), b"", random)
    if random.random() < 0.05:
        parts.pop(random.choice(list(parts)))
    return formats.packed(parts)


def scrambled(content: bytes, other: bytes, random: Random) -> bytes:
    """Up to nine changes; in one of four inputs only mild ones, which leave the format as it is."""
    data = bytearray(content)
    changes = (_vary,) if random.random() < 0.25 else _CHANGES
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 5, 9))):
        random.choice(changes)(data, other, random)
    return bytes(data[:MOST_BYTES])


def _place(data: bytearray, random: Random) -> int:
    return random.randrange(len(data) + 1)


def _flip(data: bytearray, other: bytes, random: Random) -> None:
    for _ in range(random.choice((1, 1, 2, 8, 64))):
        if data:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _vary(data: bytearray, other: bytes, random: Random) -> None:
    """Another letter or digit in place of one."""
    at = _place(data, random)
    found = re.search(rb"[0-9A-Za-z.,/-]", data[at:])
    if found:
        data[at + found.start()] = random.choice(b"0123456789.,-/eEtfn\\xyZ \x00\x7f\xe6")


def _cut_off(data: bytearray, other: bytes, random: Random) -> None:
    del data[_place(data, random) :]


def _cut_out(data: bytearray, other: bytes, random: Random) -> None:
    start = _place(data, random)
    del data[start : start + random.choice((1, 2, 4, 16, 256, 4096))]


def _splice(data: bytearray, other: bytes, random: Random) -> None:
    start = random.randrange(len(other) + 1)
    at = _place(data, random)
    data[at : at + random.choice((0, 64, 4096))] = other[start : start + random.choice((8, 64, 512, 8192))]


def _repeat(data: bytearray, other: bytes, random: Random) -> None:
    start = _place(data, random)
    block = data[start : start + random.choice((1, 3, 16, 80, 400, 2000))]
    times = random.choice((2, 5, 50, 1000, 20_000))
    data[start:start] = (block * times)[:MOST_BYTES]


def _insert(data: bytearray, other: bytes, random: Random) -> None:
    at = _place(data, random)
    data[at:at] = random.choice(_TOKENS) * random.choice((1, 1, 1, 2, 50))


def _overwrite(data: bytearray, other: bytes, random: Random) -> None:
    token, at = random.choice(_TOKENS), _place(data, random)
    data[at : at + len(token)] = token


def _swap_number(data: bytearray, other: bytes, random: Random) -> None:
    """Small numbers in a binary head are sizes and places."""
    at = random.randrange(min(len(data), 4096) + 1)
    data[at : at + 4] = zlib.crc32(bytes([random.randrange(256)])).to_bytes(4, "little")


_CHANGES = (_flip, _flip, _cut_off, _cut_out, _splice, _repeat, _insert, _insert, _overwrite, _overwrite, _swap_number)
