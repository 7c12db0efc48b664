"""The physical lines of a text file, decoded in blocks, in bounded memory."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator

from ingestion.base import Content
from ingestion.errors import Unreadable
from ingestion.readers.encoding import Encoding, blocks

RECORD_LIMIT = 1 << 20
_BLOCK = 1 << 18
_KEPT_BLOCKS = RECORD_LIMIT // _BLOCK + 3


class Lines:
    """Lines with their line ends, as `csv.reader` wants them; the latest ones can be read again by number."""

    def __init__(self, content: Content, encoding: Encoding) -> None:
        self._content = content
        self._encoding = encoding
        self._recent: deque[tuple[int, list[str]]] = deque(maxlen=_KEPT_BLOCKS)
        self._handed_out = 0
        self.bytes_read = encoding.mark_length

    def blocks(self) -> Iterator[list[str]]:
        decoder = self._encoding.decoder()
        rest = ""
        for block in blocks(self._content, self._encoding.mark_length, _BLOCK):
            self.bytes_read += len(block)
            rest += decoder.decode(block)
            if end := _end_of_last_line(rest):
                yield self._hand_out(rest[:end])
                rest = rest[end:]
            if len(rest) > RECORD_LIMIT:
                raise Unreadable(f"Line {self._handed_out + 1} is longer than 1 MB; this is not a table of rows.")
        rest += decoder.decode(b"", final=True)
        if rest:
            yield self._hand_out(rest)

    def text(self, first: int, last: int) -> list[str]:
        """Lines `first` to `last`, counted from 1, as far as they are among the latest."""
        found: list[str] = []
        for start, lines in self._recent:
            found += lines[max(0, first - start) : max(0, last + 1 - start)]
        return found

    def _hand_out(self, text: str) -> list[str]:
        # StringIO ends lines where csv does; str.splitlines() would also cut at form feeds and the like.
        lines = list(io.StringIO(text, newline=""))
        self._recent.append((self._handed_out + 1, lines))
        self._handed_out += len(lines)
        return lines


def _end_of_last_line(text: str) -> int:
    """Where to cut. A carriage return at the very end waits: the line feed may be in the next block."""
    return text.rfind("\n") + 1 or text.rfind("\r", 0, -1) + 1
