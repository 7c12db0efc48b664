"""A shelf at the other end of a line that is kept for several files, and what is always so on such a line.

Every call has an end, however slowly the other side talks: a time-out of a socket is for one silence alone. A line on
which something went wrong is not used again.
"""

from __future__ import annotations

import socket
import ssl
import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from arhub.network.deadline import Deadline
from arhub.network.errors import ConfigError, NetworkError, PermanentError, RetryableError, Uncertain
from connectors.gateways.base import Bytes
from connectors.gateways.shelf import PART, ShelfGateway, joined

SLOWEST = 50_000
"""Bytes a second: a file that goes more slowly is given up, and tried again later."""
UNKNOWN_SIZE = 1 << 30
LISTING_SIZE = 64 << 20
"""Bytes: the largest listing that is read."""
MOST_FILES = 500_000
"""In one folder: all of them are held in memory."""
IDLE_SECONDS = 20.0
"""Servers and firewalls forget lines on which nothing is said: after that long, a new one is opened."""


class Line(Protocol):
    @property
    def wire(self) -> socket.socket: ...

    def close(self) -> None: ...


LineT = TypeVar("LineT", bound=Line)


class LineGateway(ShelfGateway, Generic[LineT]):
    """A subclass says how a line is opened, and passes every socket through `watch`."""

    refusals: ClassVar[tuple[type[Exception], ...]]
    """What the line raises when the other side has answered that it will not; the line can be used further."""
    failures: ClassVar[tuple[type[Exception], ...]]
    """What it raises when it has failed."""
    silence_seconds: ClassVar[float] = 30.0
    """The longest for which nothing may be heard."""
    call_seconds: ClassVar[float] = 120.0
    """The longest that a call may take, beside the time for the bytes of a file."""
    _line: LineT | None = None
    _used_at = 0.0
    _deadline: Deadline | None = None
    _watching: ExitStack | None = None

    @abstractmethod
    def open(self) -> LineT:
        """Connect, make sure who is there, and sign in."""

    @abstractmethod
    def told(self, error: Any, path: str) -> NetworkError:
        """A refusal in a sentence for people. `path` is what it was about."""

    @abstractmethod
    def has_folder(self, folder: str) -> bool: ...

    @abstractmethod
    def make_one_folder(self, folder: str) -> None:
        """In one that is there."""

    def make_folder(self, folder: str) -> None:
        if self.has_folder(folder):
            return
        parts, start = folder.strip("/").split("/"), "/" if folder.startswith("/") else ""
        for end in range(1, len(parts) + 1):
            if self.has_folder(one := start + "/".join(parts[:end])):
                continue
            try:
                self.make_one_folder(one)
            except NetworkError:  # somebody else may have made it in this moment
                if not self.has_folder(one):
                    raise

    @contextmanager
    def step(self, path: str = "", *, may_have_happened: bool = False) -> Iterator[LineT]:
        """The line for a question and its answer; what goes wrong meanwhile is one of our errors, and `Uncertain` when
        it `may_have_happened` though no answer came."""
        try:
            yield self.line()
            self._used_at = time.monotonic()
        except self.refusals as error:
            raise self.told(error, path) from None
        except self.failures as error:
            self.close()
            kind = Uncertain if may_have_happened else RetryableError
            raise kind(f"{self.host} gave no complete answer: {self.why(error)}.") from None
        except BaseException:  # nobody knows what is still under way on it
            self.close()
            raise

    def line(self) -> LineT:
        if self._line is not None and time.monotonic() - self._used_at > IDLE_SECONDS:
            self.close()
        if self._line is None:
            self._line = self.open()
        return self._line

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with suppress(*self.failures):
                line.close()

    @contextmanager
    def within(self, size: int | None) -> Iterator[None]:
        """All sockets are shut down when the time is up, and whoever waits on one finds its end."""
        if self._deadline is not None:
            yield
            return
        self._deadline = Deadline(self.call_seconds + (UNKNOWN_SIZE if size is None else size) / SLOWEST)
        try:
            with ExitStack() as self._watching:
                if self._line is not None:
                    self.watch(self._line.wire)
                yield
        finally:
            self._deadline = self._watching = None

    def watch(self, opened: socket.socket) -> None:
        if self._deadline is not None and self._watching is not None:
            with suppress(OSError):  # it has ended meanwhile
                self._watching.enter_context(self._deadline.over(opened))

    def why(self, error: BaseException) -> str:
        if self._deadline is not None and self._deadline.is_over:
            return f"{self._deadline.seconds:,.0f} seconds have passed"
        if isinstance(error, TimeoutError):
            return "nothing was heard for too long"
        if isinstance(error, OSError) and error.errno and not isinstance(error, (ConnectionError, ssl.SSLError)):
            return str(error.strerror).lower()  # also of what is read or written on this side
        return "the connection ended"

    @property
    def host(self) -> str:
        return str(self.setup.values["host"])

    def check_sign_in(self) -> str:
        with self.within(0), self.step():
            return f"{self.host} lets {self.setup.values.get('user') or 'everybody'} sign in."

    def check_folder(self) -> str:
        start = str(self.setup.values.get("start") or "")
        with self.within(0):
            if not self.has_folder(""):
                raise ConfigError(f"There is no folder {start} on {self.host}.")
            count = sum(1 for _ in self.list(""))
        return f"{start or 'The folder in which one arrives'} is there, with {count:,} file{'' if count == 1 else 's'}."

    def check_writing(self) -> str:
        """Write a small file where deliveries begin, give it another name, and take it away."""
        folder = _fixed_part(str(self.setup.values.get("folder") or ""))
        with self.within(0):
            folder = folder if self.has_folder(folder) else ""
            name = joined(folder, f".ar-hub-{time.time_ns():x}")
            try:
                self.write(name + PART, content := Bytes(b"AR Hub"))
                if (found := self.size(name + PART)) != content.size:
                    raise PermanentError(f"Expected {content.size} bytes of a small file there, found {found}.")
                self.rename(name + PART, name, replace=False)
            finally:
                for one in (name, name + PART):
                    with suppress(NetworkError):
                        self.remove(one)
        return f"The hub may write, rename and delete in {folder or 'the folder to start in'}."


def version_of(modified_at: datetime | None) -> str:
    return f"{modified_at:%Y%m%d%H%M%S}" if modified_at else ""


def _fixed_part(template: str) -> str:
    """The folders of a template before its first field."""
    fixed, brace, _ = template.partition("{")
    return fixed.rpartition("/")[0] if brace else fixed.rstrip("/")
