"""The one HTTP client. Every call has an end, a size, and an address that was checked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO
from urllib.parse import SplitResult, urljoin, urlsplit

import requests

from arhub.network.answer import Answer
from arhub.network.body import LARGEST_FILE, Body, Sink, Streamed
from arhub.network.deadline import Deadline
from arhub.network.errors import ConfigError, Refused, TooManyRedirects, Unanswered, Unreachable
from arhub.network.guard import CONNECT_SECONDS
from arhub.network.tls import Tls
from arhub.network.transport import Limits, exchange

TOTAL_SECONDS = 15.0
READ_SECONDS = 60.0
ANSWER_BYTES = 64 * 1024
ATTEMPTS = 3
PAUSE_SECONDS = 0.3  # before the second attempt, twice that before the third
LONGEST_PAUSE_SECONDS = 10.0  # a Retry-After beyond it is the caller's to schedule
REDIRECTS = 5

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})  # RFC 9110, 9.2.2
BUSY = frozenset({429, 502, 503, 504})
KEEPS_METHOD = frozenset({307, 308})
MOVED = frozenset({301, 302, 303}) | KEEPS_METHOD
HARMLESS = frozenset({"accept", "accept-language", "content-type", "user-agent"})  # all that another origin gets
OWN_HEADERS = {"User-Agent": "AR-Hub", "Accept-Encoding": "gzip", "Connection": "close"}


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: str
    content: bytes | Body
    headers: Mapping[str, str]
    limits: Limits
    attempts: int
    repeatable: bool
    tls: Tls
    deadline: Deadline
    sink: Sink | None

    @property
    def follows(self) -> frozenset[int]:
        """A POST that was answered by "see other" is done: only what says "post it there" is followed."""
        return MOVED if self.method in ("GET", "HEAD") else KEEPS_METHOD


def post(
    url: str,
    content: bytes | Body,
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float = TOTAL_SECONDS,
    limit: int = ANSWER_BYTES,
    redirects: int = 0,
    attempts: int = ATTEMPTS,
    repeatable: bool = False,
    tls: Tls = Tls(),
) -> Answer:
    """See request()."""
    return request(
        "POST", url, content, headers, timeout=timeout, limit=limit, redirects=redirects, attempts=attempts,
        repeatable=repeatable, tls=tls,
    )  # fmt: skip


def get(
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float = TOTAL_SECONDS,
    limit: int = ANSWER_BYTES,
    redirects: int = REDIRECTS,
    attempts: int = ATTEMPTS,
    tls: Tls = Tls(),
    into: BinaryIO | None = None,
    file_limit: int = LARGEST_FILE,
) -> Answer:
    """See request()."""
    return request(
        "GET", url, b"", headers, timeout=timeout, limit=limit, redirects=redirects, attempts=attempts, tls=tls,
        into=into, file_limit=file_limit,
    )  # fmt: skip


def request(
    method: str,
    url: str,
    content: bytes | Body = b"",
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float = TOTAL_SECONDS,
    connect_timeout: float = CONNECT_SECONDS,
    read_timeout: float = READ_SECONDS,
    limit: int = ANSWER_BYTES,
    redirects: int = 0,
    attempts: int = ATTEMPTS,
    repeatable: bool | None = None,
    tls: Tls = Tls(),
    into: BinaryIO | None = None,
    file_limit: int = LARGEST_FILE,
) -> Answer:
    """Send and read the answer, whatever its status.

    A `content` that is no bytes is read while it goes out, and opened anew at each attempt. An answer of 200 to 299 is
    written `into` that file, if there is one, up to `file_limit` bytes, and its `content` stays empty; the file is
    rewound to where it stood before another attempt.

    `timeout` ends the whole of it, redirects and further attempts included; `read_timeout` ends one silence. `limit`
    is in bytes. With `redirects=0` a redirect is the answer. A connection that never came about is tried again up to
    `attempts` times; an answer that never came, and one that says busy, only where `repeatable`: by default for the
    methods that HTTP says may be repeated. Raises NetworkError in its kinds; Uncertain and PermanentError say that
    the request had gone out, ConfigError that it had not.
    """
    method = method.upper()
    call = _Call(
        method, url, content, headers or {}, Limits(connect_timeout, read_timeout, limit), attempts,
        method in REPEATABLE if repeatable is None else repeatable, tls, Deadline(timeout),
        None if into is None else Sink(into, file_limit),
    )  # fmt: skip
    for left in range(redirects, -1, -1):
        answer = _with_attempts(call)
        location = answer.headers.get("location", "")
        if redirects == 0 or not location or answer.status not in call.follows:
            return answer
        if left:
            call = _redirected(call, answer.url, location)
    raise TooManyRedirects(f"{urlsplit(url).netloc} leads from address to address, more than {redirects} times.")


def _with_attempts(call: _Call) -> Answer:
    prepared, context = _prepared(call), call.tls.context()
    for attempt in range(1, call.attempts + 1):
        pause = PAUSE_SECONDS * 2 ** (attempt - 1)
        is_last = attempt == call.attempts
        if call.sink:
            call.sink.rewind()
        try:
            answer = exchange(
                prepared, deadline=call.deadline, limits=call.limits, context=context, repeatable=call.repeatable,
                sink=call.sink,
            )  # fmt: skip
        except (Unreachable, Unanswered):
            if is_last or pause >= call.deadline.left:
                raise
        else:
            pause = max(pause, answer.retry_after or 0)
            if is_last or not (call.repeatable and answer.status in BUSY):
                return answer
            if pause > LONGEST_PAUSE_SECONDS or pause >= call.deadline.left:
                return answer
        time.sleep(pause)
    raise ValueError(f"attempts={call.attempts}: expected at least one.")


def _prepared(call: _Call) -> requests.PreparedRequest:
    place = _split(call.url)
    if place.scheme not in ("http", "https") or not place.hostname:
        raise ConfigError("Expected an address that begins with https:// or http://, and names a host.")
    if place.username is not None or place.password is not None:
        raise ConfigError(f"The address at {place.hostname} has a user or a password in it: give them apart from it.")
    for name, value in call.headers.items():
        if not (name.isascii() and value.isprintable() and _fits_latin_1(value)):
            raise ConfigError(f"The value of the header {name[:40]!r} has characters that no header may have.")
    try:
        headers = {**OWN_HEADERS, **call.headers}
        prepared = requests.Request(call.method, call.url, headers, data=_data(call.content)).prepare()
    except (requests.RequestException, ValueError):
        raise ConfigError(f"The address at {place.hostname!r}, or a header, is not one that can be sent.") from None
    if place.hostname.isascii() and _split(prepared.url or "").hostname != place.hostname:
        raise ConfigError(f"The address at {place.hostname!r} can be read in two ways.")
    return prepared


def _data(content: bytes | Body) -> Any:
    """What requests takes for a body: without one, or with one of no bytes, it says that there are none."""
    if isinstance(content, bytes):
        return content or None
    return Streamed(content) if content.size else None


def _redirected(call: _Call, base: str, location: str) -> _Call:
    """The same call elsewhere. To another origin go no credentials, by whichever header they travel."""
    url = urljoin(base, location.encode("latin-1", "replace").decode("utf-8", "replace"))
    before, after = _split(base), _split(url)
    if after.scheme not in ("http", "https") or (before.scheme, after.scheme) == ("https", "http"):
        raise Refused(f"{before.netloc} leads to an address that is not https, which is not followed.")
    if _origin(before) == _origin(after):
        return replace(call, url=url)
    headers = {name: value for name, value in call.headers.items() if name.lower() in HARMLESS}
    return replace(call, url=url, headers=headers, tls=replace(call.tls, certificate="", key=""))


def _origin(place: SplitResult) -> tuple[str, str | None, int]:
    return place.scheme, place.hostname, place.port or (443 if place.scheme == "https" else 80)


def _split(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        place.port  # noqa: B018  refuses what is no port
    except ValueError:
        raise ConfigError("The address is not one: expected something like https://host.example/path.") from None
    return place


def _fits_latin_1(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
