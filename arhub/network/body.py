"""What is sent and what comes, when it is too large for memory."""

from __future__ import annotations

from collections.abc import Iterator
from os import SEEK_CUR
from typing import BinaryIO, Protocol

from arhub.network.errors import RetryableError

BLOCK = 1 << 16
LARGEST_FILE = 4 << 30


class Body(Protocol):
    """The bytes of a request, wherever they lie: as a gateway's `Content`."""

    @property
    def size(self) -> int: ...

    def open(self) -> BinaryIO:
        """Read from the beginning. Called at each attempt; the caller closes."""


class Streamed:
    """A body that is read while it goes out, anew at each attempt. `sent` is how many bytes of it were handed on."""

    def __init__(self, body: Body) -> None:
        self.body, self.sent = body, 0
        self._source: BinaryIO | None = None

    def __len__(self) -> int:
        return self.body.size

    def __iter__(self) -> Iterator[bytes]:
        """Exactly `size` bytes, or an error: the receiver was told how many come, and takes no fewer for the whole."""
        self.sent = 0
        while block := self._read(min(BLOCK, len(self) - self.sent)):
            self.sent += len(block)
            yield block
        if self.sent < len(self):
            raise self._unread()

    @property
    def is_whole(self) -> bool:
        return self.sent >= len(self)

    def close(self) -> None:
        if self._source:
            self._source.close()
        self._source = None

    def _read(self, size: int) -> bytes:
        try:
            self._source = self._source or self.body.open()
            return self._source.read(size)
        except OSError:
            raise self._unread() from None

    def _unread(self) -> RetryableError:
        return RetryableError(
            f"Expected to read {len(self):,} bytes here to send them, found {self.sent:,}: the request broke off."
        )


class Sink:
    """The file that an answer of 200 to 299 is written into, from where the file stands. What an attempt that failed
    has written is taken back before the next."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self.file, self.limit, self._written = file, limit, 0

    def rewind(self) -> None:
        if self._written:
            self.file.seek(-self._written, SEEK_CUR)
            self.file.truncate()
        self._written = 0

    def write(self, block: bytes) -> None:
        self.file.write(block)
        self._written += len(block)
