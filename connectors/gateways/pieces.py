"""`Content` that is put together of others, or cut out of one, and never whole in memory."""

from __future__ import annotations

import hashlib
import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from os import SEEK_CUR, SEEK_END, SEEK_SET
from typing import BinaryIO

from connectors.gateways.base import Bytes, Content

BLOCK = 1 << 16


class Pieced(ABC):
    """What it gives to read can be rewound, and several may be read in turn out of one file."""

    @property
    @abstractmethod
    def size(self) -> int: ...

    @abstractmethod
    def blocks(self, start: int) -> Iterator[bytes]:
        """From this byte to the end."""

    @cached_property
    def sha256(self) -> str:
        found = hashlib.sha256()
        for block in self.blocks(0):
            found.update(block)
        return found.hexdigest()

    def open(self) -> BinaryIO:
        return io.BufferedReader(_Reading(self), BLOCK)


@dataclass(frozen=True)
class Piece(Pieced):
    """The bytes of a content from `start` up to `end`."""

    content: Content
    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start

    def blocks(self, start: int) -> Iterator[bytes]:
        at = self.start + start
        with self.content.open() as source:
            while at < self.end:
                source.seek(at)  # another piece may be read out of the same file meanwhile
                if not (block := source.read(min(BLOCK, self.end - at))):
                    return
                at += len(block)
                yield block


class Joined(Pieced):
    """Bytes and contents, one after the other."""

    def __init__(self, *pieces: bytes | Content) -> None:
        self._pieces = [Bytes(piece) if isinstance(piece, bytes) else piece for piece in pieces]

    @property
    def size(self) -> int:
        return sum(piece.size for piece in self._pieces)

    def blocks(self, start: int) -> Iterator[bytes]:
        for piece in self._pieces:
            if start < piece.size:
                yield from Piece(piece, 0, piece.size).blocks(start)
            start = max(start - piece.size, 0)


class _Reading(io.RawIOBase):
    """A file of blocks that are made when they are asked for."""

    def __init__(self, content: Pieced) -> None:
        self._content, self._at = content, 0
        self._blocks: Iterator[bytes] = iter(())
        self._left = memoryview(b"")
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        start = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._content.size}[whence]
        self._at = max(start + offset, 0)
        self._end()
        self._blocks = self._content.blocks(self._at)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        if not self._left:
            self._left = memoryview(next(self._blocks, b""))
        into = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        size = min(len(into), len(self._left))
        into[:size] = self._left[:size]
        self._left = self._left[size:]
        self._at += size
        return size

    def close(self) -> None:
        self._end()
        super().close()

    def _end(self) -> None:
        """Close what the blocks are read from."""
        self._left = memoryview(b"")
        if close := getattr(self._blocks, "close", None):
            close()
