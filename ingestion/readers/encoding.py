"""How a text file is encoded. Decided over the whole file, in a stream, so that nothing is guessed from its start."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from ingestion.base import Content
from ingestion.errors import NoRows, Unreadable
from ingestion.readers.code_pages import LABELS, decoding_code_pages, rank_code_pages
from ingestion.readers.signatures import EMPTY_FILE, UTF16_MARKS, is_binary, utf16_without_mark

BLOCK = 1 << 20
_HEAD = 8_192
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF32_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """`suspect`: some rows hold what is no text in this encoding and must be looked at one by one.

    `possible` are the encodings the file can be read in, the likeliest first; `is_sure` is false when another one
    of them reads as well and gives another text.
    """

    name: str
    mark_length: int = 0
    suspect: bool = False
    possible: tuple[str, ...] = ()
    is_sure: bool = True

    def decoder(self) -> codecs.IncrementalDecoder:
        # Undecodable bytes survive as surrogates, so that the row they stand in can be named.
        return codecs.getincrementaldecoder(self.name)(self._errors)

    def length(self, text: str) -> int:
        """How many bytes the text takes."""
        if self.name in LABELS or (self.name == "utf-8" and text.isascii()):
            return len(text)
        return len(text.encode(self.name, self._errors))

    @property
    def _errors(self) -> str:
        return "surrogateescape" if self.suspect and self.name == "utf-8" else "strict"


@dataclass(slots=True)
class _Tally:
    """What the bytes are when read as UTF-8. `multibyte` counts continuation bytes of characters beyond ASCII."""

    size: int = 0
    nuls: int = 0
    multibyte: int = 0
    undecoded: int = 0


def find_encoding(content: Content, chosen: str = "") -> Encoding:
    """The encoding of the file, or the one a person chose for it.

    Raises `Unreadable` when the file is empty, binary, written in two encodings or not in the chosen one.
    """
    with content.open() as file:
        head = file.read(_HEAD)
    if not head:
        raise NoRows(EMPTY_FILE)
    if chosen:
        return _chosen(content, head, chosen)
    return _found(content, head)


def _chosen(content: Content, head: bytes, name: str) -> Encoding:
    try:
        found = _found(content, head)
    except Unreadable:
        found = Encoding("")
    if found.name == name:
        return replace(found, is_sure=True)
    if name in ("utf-16-le", "utf-16-be"):
        return _verified_utf16(content, Encoding(name, 2 if head.startswith(UTF16_MARKS) else 0))
    if name == "utf-8":
        return Encoding(name, suspect=True, possible=found.possible or (name,))
    decoding = found.possible if name in found.possible else decoding_code_pages(blocks(content))
    if name not in decoding:
        raise Unreadable(f"The file holds bytes that are no {LABELS.get(name, name)} text. Choose another code page.")
    nuls = any(0 in block for block in blocks(content))
    return Encoding(name, suspect=nuls, possible=tuple(dict.fromkeys((*found.possible, name))))


def _found(content: Content, head: bytes) -> Encoding:
    if utf16 := _utf16(head):
        return _verified_utf16(content, utf16)
    if is_binary(head):
        raise Unreadable("This is a binary file, not text. Upload a .csv or .xlsx file.")
    return _eight_bit(content, marked=head.startswith(_UTF8_MARK))


def _utf16(head: bytes) -> Encoding | None:
    if head.startswith(_UTF32_MARKS):
        raise Unreadable("The file is written in UTF-32. Save it as CSV UTF-8 and upload it again.")
    if head.startswith(UTF16_MARKS):
        name = "utf-16-le" if head.startswith(UTF16_MARKS[0]) else "utf-16-be"
        return Encoding(name, mark_length=2, possible=(name,))
    name = utf16_without_mark(head)
    return Encoding(name, possible=(name,)) if name else None


def _verified_utf16(content: Content, encoding: Encoding) -> Encoding:
    decoder = encoding.decoder()
    try:
        nuls = sum(decoder.decode(block).count("\0") for block in blocks(content, encoding.mark_length))
        decoder.decode(b"", final=True)
        return replace(encoding, suspect=nuls > 0)
    except UnicodeDecodeError:
        raise Unreadable("The file starts as UTF-16 text but is damaged. Save it as CSV UTF-8 and upload it.") from None


def _eight_bit(content: Content, *, marked: bool) -> Encoding:
    tally = _tally(content)
    if tally.nuls > 4 and tally.nuls * 100 > tally.size:
        raise Unreadable("This is a binary file, not text. Upload a .csv or .xlsx file.")
    damaged = bool(tally.nuls or tally.undecoded)
    if marked:
        return Encoding("utf-8", mark_length=len(_UTF8_MARK), suspect=damaged, possible=("utf-8",))
    if tally.undecoded <= tally.multibyte:
        others = decoding_code_pages(blocks(content)) if tally.undecoded else ()
        return Encoding("utf-8", suspect=damaged, possible=("utf-8", *others))
    if tally.multibyte * 10 > tally.undecoded:
        raise Unreadable("Parts of the file are UTF-8 and parts are not. Save it as CSV UTF-8 and upload it again.")
    ranked, is_sure = rank_code_pages(blocks(content))
    return Encoding(ranked[0], 0, bool(tally.nuls or tally.multibyte), ranked, is_sure)


def _tally(content: Content) -> _Tally:
    tally = _Tally()
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for block in blocks(content):
        tally.size += len(block)
        tally.nuls += block.count(0)
        if not block.isascii() or decoder.getstate()[0]:
            _count(tally, decoder.decode(block), len(block))
    _count(tally, decoder.decode(b"", final=True), 0)
    return tally


def _count(tally: _Tally, text: str, size: int) -> None:
    # A character cut between two blocks shifts the difference by its bytes from one block to the next.
    tally.multibyte += size - len(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        tally.undecoded += len(_UNDECODED.findall(text))


def blocks(content: Content, start: int = 0, size: int = BLOCK) -> Iterator[bytes]:
    with content.open() as file:
        skip(file, start)
        while block := file.read(size):
            yield block


def skip(file: BinaryIO, count: int) -> None:
    """Leave out the first bytes of a file. One that is being unpacked cannot jump."""
    if file.seekable():
        file.seek(count)
        return
    while count > 0 and (block := file.read(min(count, BLOCK))):
        count -= len(block)
