"""The ZIP archive of a bundle, as plain as one can be: entries stored as they are, nothing between or behind them.

The same entries give the same bytes, whichever version of whatever library is at hand; so whoever checks a bundle can
say what every byte of it has to be. There is nothing to unpack, and no room for anything that the manifest leaves out.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

MOST_BYTES = 1 << 30
MOST_ENTRIES = 2_000
BLOCK = 1 << 18
_VERSION, _UTF8, _DATE = 20, 0x800, 0x21  # 1 January 1980
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
LOCAL_BYTES = 30


class TooLarge(Exception):
    """More than a bundle may hold; the text says what."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the archive; `start` is where its bytes begin."""

    name: str
    size: int
    sha256: str
    crc: int
    start: int

    def head(self) -> bytes:
        """What stands before its bytes."""
        return self._fixed(_LOCAL) + self.name.encode()

    def listed(self) -> bytes:
        """What the directory at the end says of it."""
        name = self.name.encode()
        made_by = struct.pack("<H", _VERSION)
        rest = struct.pack("<HHHLL", 0, 0, 0, 0, self.start - LOCAL_BYTES - len(name))
        return _CENTRAL + made_by + self._fixed(b"") + rest + name

    def _fixed(self, magic: bytes) -> bytes:
        name = len(self.name.encode())
        return magic + struct.pack("<HHHHHLLLHH", _VERSION, _UTF8, 0, 0, _DATE, self.crc, self.size, self.size, name, 0)


def tail(entries: Sequence[Entry]) -> bytes:
    """The directory, and what ends the archive."""
    listed = b"".join(entry.listed() for entry in entries)
    first = entries[-1].start + entries[-1].size if entries else 0
    return listed + _END + struct.pack("<HHHHLLH", 0, 0, len(entries), len(entries), len(listed), first, 0)


class Packer:
    """Writes entries one after the other into a file that can be sought in. Memory does not grow with an entry."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.entries: list[Entry] = []

    def add(self, name: str, content: BinaryIO | bytes) -> Entry:
        """Raises `TooLarge`."""
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        place = self.file.tell()
        start = place + LOCAL_BYTES + len(name.encode())
        self.file.seek(start)
        size, crc, digest = 0, 0, hashlib.sha256()
        for block in blocks(source):
            size, crc = size + len(block), zlib.crc32(block, crc)
            if start + size > MOST_BYTES or len(self.entries) == MOST_ENTRIES:
                raise TooLarge(f"The evidence is larger than {MOST_BYTES >> 20:,} MB or {MOST_ENTRIES:,} files.")
            digest.update(block)
            self.file.write(block)
        made = Entry(name, size, digest.hexdigest(), crc, start)
        self.file.seek(place)
        self.file.write(made.head())
        self.file.seek(start + size)
        self.entries.append(made)
        return made

    def finish(self) -> None:
        self.file.write(tail(self.entries))
        self.file.seek(0)


def blocks(file: BinaryIO, most: int = -1) -> Iterator[bytes]:
    """What is in a file, or the next `most` bytes of it, in pieces."""
    while block := file.read(BLOCK if most < 0 else min(BLOCK, most)):
        most -= len(block) if most > 0 else 0
        yield block
        if most == 0:
            return


class NotPlain(Exception):
    """A file is not an archive as the hub writes it; the text says where it is not."""


def read(file: BinaryIO) -> list[Entry]:
    """The entries of an archive, after every byte of it that is not inside one was found to be what it has to be. The
    file is read once, from its beginning, and needs no trust. Raises `NotPlain`."""
    size = file.seek(0, io.SEEK_END)
    if size > MOST_BYTES + (MOST_ENTRIES << 10):
        raise NotPlain(f"Expected a bundle of at most {MOST_BYTES >> 20:,} MB, found {size >> 20:,} MB.")
    file.seek(0)
    found: list[Entry] = []
    while entry := _next(file, size, len(found)):
        found.append(entry)
    file.seek(found[-1].start + found[-1].size)
    expected = tail(found)
    if file.read(len(expected) + 1) != expected:
        raise NotPlain(
            f"Expected the list of the {len(found)} files at the end of the archive and nothing else, found something "
            "else: it is damaged, was cut off on its way, or somebody changed it."
        )
    return found


def _next(file: BinaryIO, size: int, number: int) -> Entry | None:
    """The entry that begins here; None where the directory does."""
    place = file.tell()
    head = file.read(LOCAL_BYTES)
    if number and head[:4] in (_CENTRAL, _END):
        return None
    if head[:4] != _LOCAL or len(head) < LOCAL_BYTES:
        told = "It is damaged, or was cut off on its way." if number else "This is no evidence bundle of the hub."
        raise NotPlain(f"Expected a file of a ZIP archive at byte {place:,}, found something else. {told}")
    if number == MOST_ENTRIES:
        raise NotPlain(f"Expected at most {MOST_ENTRIES:,} files in it, found more.")
    packed, unpacked, name_bytes = struct.unpack("<LLH", head[18:28])
    raw = file.read(name_bytes)
    start = place + LOCAL_BYTES + name_bytes
    if packed != unpacked or start + packed > size:
        raise NotPlain(
            f"Expected files that are stored as they are, whole, found one at byte {place:,} that is compressed, cut "
            "off, or larger than the archive. It is not unpacked."
        )
    digest, crc_found = hashlib.sha256(), 0
    for block in blocks(file, packed) if packed else ():
        digest.update(block)
        crc_found = zlib.crc32(block, crc_found)
    made = Entry(raw.decode("utf-8", "replace"), packed, digest.hexdigest(), crc_found, start)
    if made.head() != head + raw:
        raise NotPlain(f"The file at byte {place:,} is not as the hub writes it: it is damaged, or was changed.")
    return made
