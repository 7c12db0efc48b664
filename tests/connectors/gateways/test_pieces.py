"""Contents that are made of others."""

from __future__ import annotations

import hashlib
import random
from os import SEEK_END
from typing import Any

import pytest

from connectors.gateways.base import Bytes
from connectors.gateways.pieces import BLOCK, Joined, Piece

WHOLE = random.Random(1).randbytes(3 * BLOCK + 17)


class Shared(Bytes):
    """One open file for all, as the body of a request is; it knows little of what files know."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.file = super().open()

    def open(self) -> Any:
        self.file.seek(0)
        return _Reader(self.file)


class _Reader:
    def __init__(self, file: Any) -> None:
        self.read, self.seek = file.read, file.seek

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *error: object) -> None:
        """Others read on."""


@pytest.mark.parametrize(("start", "end"), [(0, len(WHOLE)), (5, BLOCK + 5), (BLOCK, 2 * BLOCK), (9, 9)])
def test_piece_is_what_lies_between(start: int, end: int) -> None:
    piece = Piece(Bytes(WHOLE), start, end)

    with piece.open() as source:
        assert source.read() == WHOLE[start:end]
    assert piece.sha256 == hashlib.sha256(WHOLE[start:end]).hexdigest()


def test_joined_is_all_one_after_the_other() -> None:
    joined = Joined(b"<a>", Piece(Bytes(WHOLE), 10, 20), b"", Bytes(WHOLE), b"</a>")
    expected = b"<a>" + WHOLE[10:20] + WHOLE + b"</a>"

    with joined.open() as source:
        assert source.read() == expected
    assert (joined.size, joined.sha256) == (len(expected), hashlib.sha256(expected).hexdigest())


def test_it_can_be_rewound_and_read_from_anywhere() -> None:
    joined = Joined(b"head", Piece(Bytes(WHOLE), 1, len(WHOLE)))
    expected, dice = b"head" + WHOLE[1:], random.Random(2)

    with joined.open() as source:
        assert source.seek(0, SEEK_END) == joined.size
        for _ in range(50):
            at, size = dice.randrange(joined.size + 10), dice.randrange(2 * BLOCK)
            source.seek(at)
            assert source.read(size) == expected[at : at + size]
            assert source.tell() == at + len(expected[at : at + size])


def test_pieces_of_one_file_may_be_read_in_turn() -> None:
    shared = Shared(WHOLE)
    first, second = Piece(shared, 0, 2 * BLOCK), Piece(shared, BLOCK, len(WHOLE))
    found = [b"", b""]

    with first.open() as one, second.open() as other:
        for _ in range(4):
            found[0] += one.read(BLOCK - 1)
            found[1] += other.read(BLOCK + 1)

    assert found == [WHOLE[: 2 * BLOCK], WHOLE[BLOCK:]]
