"""One request over one connection that the guard opened. `requests` writes and reads HTTP; the guard connects; the
deadline ends it. No session, so no proxies, passwords or certificates out of the environment, and no cookies."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from arhub.network import guard
from arhub.network.answer import Answer
from arhub.network.body import Sink, Streamed
from arhub.network.deadline import Deadline
from arhub.network.errors import (
    BadAnswer,
    NetworkError,
    NotTrusted,
    RetryableError,
    TooLarge,
    Unanswered,
    Uncertain,
    Unreachable,
)
from arhub.network.tls import why_not_secured

if TYPE_CHECKING:
    import socket

CHUNK = 16 * 1024
UNPACKED = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for a connection and for one silence, bytes of the answer (as it comes, and unpacked)."""

    connect: float
    read: float
    size: int


class Exchange:
    """A connection's life. `established` tells whether any of the request may have gone out."""

    def __init__(self, deadline: Deadline, limits: Limits) -> None:
        self.deadline, self.limits, self.established = deadline, limits, False
        self._stack = ExitStack()

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def open(self, host: str, port: int) -> socket.socket:
        opened = guard.connect(host, port, min(self.limits.connect, self.deadline.left))
        self._stack.enter_context(self.deadline.over(opened))
        return opened


class _Guarded:
    """Mixed into urllib3's connections. TLS and the Host header keep the name; the socket is the guard's."""

    _dns_host: str
    port: int
    sock: socket.socket

    def __init__(self, *args: Any, exchange: Exchange, **options: Any) -> None:
        super().__init__(*args, **options)
        self.exchange = exchange

    def _new_conn(self) -> socket.socket:
        return self.exchange.open(self._dns_host, self.port)

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.sock.settimeout(self.exchange.limits.read)
        self.exchange.established = True


class _Plain(_Guarded, HTTPConnection):
    pass


class _Secure(_Guarded, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Adapter(HTTPAdapter):
    def __init__(self, exchange: Exchange, context: ssl.SSLContext) -> None:
        super().__init__()
        self.exchange, self.context = exchange, context

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        """The port is always named: without one, the end of an IPv6 address would be taken for it."""
        place = urlsplit(request.url)
        if place.scheme == "https":
            port = place.port or HTTPSConnection.default_port
            return _SecurePool(place.hostname or "", port, ssl_context=self.context, exchange=self.exchange)
        return _PlainPool(place.hostname or "", place.port or HTTPConnection.default_port, exchange=self.exchange)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The context verifies. What stands here else would add the public authorities to one's own."""


def exchange(
    prepared: requests.PreparedRequest,
    *,
    deadline: Deadline,
    limits: Limits,
    context: ssl.SSLContext,
    repeatable: bool,
    sink: Sink | None = None,
) -> Answer:
    """Send once and read the whole answer. Raises Refused, NotTrusted, Unreachable when nothing was sent; Unanswered
    or, unless `repeatable`, Uncertain when no answer came; TooLarge, BadAnswer. A body that broke off on the way is
    Unanswered: nobody takes half a request for a whole one."""
    host = urlsplit(prepared.url or "").netloc
    body = prepared.body if isinstance(prepared.body, Streamed) else None
    with ExitStack() as stack:
        talk = stack.enter_context(Exchange(deadline, limits))
        adapter = stack.enter_context(closing(_Adapter(talk, context)))
        if body:
            stack.callback(body.close)
        try:
            with closing(adapter.send(prepared, stream=True, timeout=(limits.connect, limits.read))) as response:
                return _read(response, talk, host, sink, repeatable=repeatable)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _told(error, talk, host, repeatable=repeatable or not (body is None or body.is_whole)) from None


def _read(response: requests.Response, talk: Exchange, host: str, sink: Sink | None, *, repeatable: bool) -> Answer:
    content = bytearray()
    kept = sink if 200 <= response.status_code < 300 else None
    for chunk in _unpacked(response, host, kept.limit if kept else talk.limits.size):
        if kept is None:
            content += chunk
            continue
        try:
            kept.write(chunk)
        except OSError as error:
            kind = RetryableError if repeatable else Uncertain
            text = f"The answer of {host} could not be written down here: {error.strerror or error}."
            raise kind(text) from None
    if talk.deadline.is_over:  # a connection that was shut down looks like an answer that is complete
        raise TimeoutError
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, MappingProxyType(headers), bytes(content), response.url)


def _unpacked(response: requests.Response, host: str, limit: int) -> Iterator[bytes]:
    """What the answer says, piece by piece, no more than `limit` bytes as they come and as they are unpacked."""
    packed = response.headers.get("content-encoding", "").strip().lower()
    if not {part.strip() for part in packed.split(",")} <= UNPACKED:
        raise BadAnswer(f"The answer of {host} is packed as {packed[:40]!r}, which was not asked for.")
    size = 0
    try:
        while chunk := response.raw.read(CHUNK, decode_content=True):
            size += len(chunk)
            if max(size, response.raw.tell()) > limit:
                raise TooLarge(f"The answer of {host} is larger than {limit:,} bytes.", response.status_code)
            yield chunk
    except urllib3.exceptions.DecodeError:
        raise BadAnswer(f"The answer of {host} says it is packed as {packed[:40]!r}, and is not.") from None


def _told(error: Exception, talk: Exchange, host: str, *, repeatable: bool) -> NetworkError:
    root = _root(error)
    if isinstance(root, ssl.SSLError) and _is_about_trust(root, talk):
        return NotTrusted(f"No secure connection to {host}: {why_not_secured(root)}.")
    if not talk.established:
        return Unreachable(f"No connection to {host} came about: {_reason(root, talk)}.")
    kind = Unanswered if repeatable else Uncertain
    return kind(f"The request went to {host}, but no complete answer came: {_reason(root, talk)}.")


def _is_about_trust(root: ssl.SSLError, talk: Exchange) -> bool:
    """Since TLS 1.3 a server refuses the client's certificate when the request is already on its way, unread."""
    if talk.established:
        return any(word in (root.reason or "") for word in ("CERTIFICATE", "UNKNOWN_CA"))
    return bool(root.reason) and not isinstance(root, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError))


def _reason(root: BaseException, talk: Exchange) -> str:
    if talk.deadline.is_over:
        return f"{talk.deadline.seconds:g} seconds have passed"
    if isinstance(root, (TimeoutError, urllib3.exceptions.TimeoutError)):
        return "nothing was heard for too long"
    return "the connection ended"


def _root(error: BaseException) -> BaseException:
    """What urllib3 and requests have wrapped, each in its own way."""
    for inner in (getattr(error, "reason", None), *error.args[:2]):
        if isinstance(inner, BaseException):
            return _root(inner)
    return error
