"""The physical lines of a text file, decoded in blocks, in bounded memory."""

from __future__ import annotations

import io
import sys
from array import array
from collections import deque
from collections.abc import Iterator
from itertools import islice

from ingestion.base import Content
from ingestion.errors import Unreadable
from ingestion.readers.encoding import Encoding, blocks

RECORD_LIMIT = 1 << 20
OFFSET_LINES = 1_000
_BLOCK = 1 << 18
_KEPT_BLOCKS = RECORD_LIMIT // _BLOCK + 3


class Lines:
    """Lines with their line ends, as `csv.reader` wants them; the latest ones can be read again by number.

    `start` is the byte they begin at, the first one unless told. `offsets` gets the byte at which every
    1,000th line begins, as far as they were handed out.
    """

    def __init__(self, content: Content, encoding: Encoding, start: int | None = None) -> None:
        self._content = content
        self._encoding = encoding
        self._recent: deque[tuple[int, list[str]]] = deque(maxlen=_KEPT_BLOCKS)
        self._handed_out = 0
        self.bytes_read = self._start = encoding.mark_length if start is None else start
        self.offsets = array("q")

    def blocks(self) -> Iterator[list[str]]:
        decoder = self._encoding.decoder()
        rest, begin = "", self._start
        for block in blocks(self._content, self._start, _BLOCK):
            self.bytes_read += len(block)
            rest += decoder.decode(block)
            if end := _end_of_last_line(rest):
                text, rest = rest[:end], rest[end:]
                yield self._hand_out(text, begin)
                begin = self.bytes_read - len(decoder.getstate()[0]) - self._encoding.length(rest)
            if len(rest) > RECORD_LIMIT:
                raise Unreadable(f"Line {self._handed_out + 1} is longer than 1 MB; this is not a table of rows.")
        rest += decoder.decode(b"", final=True)
        if rest:
            yield self._hand_out(rest, begin)

    def progress(self) -> float:
        """The part of the file that was read."""
        return min(1.0, self.bytes_read / max(1, self._content.size))

    def packed_offsets(self) -> bytes:
        """The offsets as they are stored: 64 bit integers, little-endian."""
        if sys.byteorder == "little":
            return self.offsets.tobytes()
        turned = self.offsets[:]
        turned.byteswap()
        return turned.tobytes()

    def text(self, first: int, last: int) -> list[str]:
        """Lines `first` to `last`, counted from 1, as far as they are among the latest."""
        found: list[str] = []
        for start, lines in self._recent:
            found += lines[max(0, first - start) : max(0, last + 1 - start)]
        return found

    def _hand_out(self, text: str, begin: int) -> list[str]:
        # StringIO ends lines where csv does; str.splitlines() would also cut at form feeds and the like.
        lines: list[str] = []
        source, place = io.StringIO(text, newline=""), 0
        lines += islice(source, -self._handed_out % OFFSET_LINES)
        while source.tell() < len(text):
            begin += self._encoding.length(text[place : source.tell()])
            place = source.tell()
            self.offsets.append(begin)
            lines += islice(source, OFFSET_LINES)
        self._recent.append((self._handed_out + 1, lines))
        self._handed_out += len(lines)
        return lines


def _end_of_last_line(text: str) -> int:
    """Where to cut. A carriage return at the very end waits: the line feed may be in the next block."""
    return text.rfind("\n") + 1 or text.rfind("\r", 0, -1) + 1


def place_of(line: int, offsets: bytes) -> tuple[int, int]:
    """Where to start for a line: the byte of the nearest known line before it, and how many lines to leave out."""
    index = min((line - 1) // OFFSET_LINES, len(offsets) // 8 - 1)
    offset = int.from_bytes(offsets[index * 8 : index * 8 + 8], "little", signed=True)
    return offset, line - 1 - index * OFFSET_LINES
