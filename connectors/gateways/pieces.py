"""`Content` that is put together of others, or cut out of one, and never whole in memory."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from connectors.gateways.base import Bytes, Content

BLOCK = 1 << 16


@dataclass(frozen=True)
class Piece:
    """The bytes of a content from `start` up to `end`."""

    content: Content
    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start

    @cached_property
    def sha256(self) -> str:
        return _digest(self)

    def open(self) -> BinaryIO:
        return _opened(self._blocks())

    def _blocks(self) -> Iterator[bytes]:
        left = self.size
        with self.content.open() as source:
            _skip(source, self.start)
            while block := source.read(min(BLOCK, left)):
                left -= len(block)
                yield block


class Joined:
    """Bytes and contents, one after the other."""

    def __init__(self, *pieces: bytes | Content) -> None:
        self._pieces = [Bytes(piece) if isinstance(piece, bytes) else piece for piece in pieces]

    @property
    def size(self) -> int:
        return sum(piece.size for piece in self._pieces)

    @cached_property
    def sha256(self) -> str:
        return _digest(self)

    def open(self) -> BinaryIO:
        return _opened(self._blocks())

    def _blocks(self) -> Iterator[bytes]:
        for piece in self._pieces:
            with piece.open() as source:
                while block := source.read(BLOCK):
                    yield block


class _Reading(io.RawIOBase):
    """A file of blocks that are made when they are asked for."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._left = blocks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        if not self._left:
            self._left = memoryview(next(self._blocks, b""))
        into = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        size = min(len(into), len(self._left))
        into[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        self._blocks.close()  # type: ignore[attr-defined]  # a generator: closes what it reads
        super().close()


def _opened(blocks: Iterator[bytes]) -> BinaryIO:
    return io.BufferedReader(_Reading(blocks), BLOCK)


def _skip(source: BinaryIO, size: int) -> None:
    if source.seekable():
        source.seek(size)
        return
    while size and (block := source.read(min(BLOCK, size))):
        size -= len(block)


def _digest(content: Content) -> str:
    found = hashlib.sha256()
    with content.open() as source:
        while block := source.read(BLOCK):
            found.update(block)
    return found.hexdigest()
