"""Bodies and answers that are too large for memory."""

from __future__ import annotations

import errno
import io
import random
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import BinaryIO

import pytest

from arhub.network import http
from arhub.network.errors import RetryableError, TooLarge, Unanswered, Uncertain
from tests.arhub.network.servers import answer, in_turn, serve
from tests.arhub.network.test_http import hang_up, methods

pytestmark = pytest.mark.usefixtures("loopback_allowed")

MEGABYTE = 1 << 20


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSE_SECONDS", 0.01)


class Kept:
    """A body that counts how often it was opened, and remembers what it opened."""

    def __init__(self, content: bytes, size: int | None = None) -> None:
        self.content, self.size = content, len(content) if size is None else size
        self.opened: list[BinaryIO] = []

    def open(self) -> BinaryIO:
        self.opened.append(io.BytesIO(self.content))
        return self.opened[-1]


class Zeros(io.RawIOBase):
    """A megabyte of nothing, over and over."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return bytes(size)


class Large:
    def __init__(self, size: int) -> None:
        self.size = size

    def open(self) -> BinaryIO:
        return Zeros()  # type: ignore[return-value]


def sent(server: object) -> list[bytes]:
    return [body for *_, body in server.requests]  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 300_000])
def test_body_is_sent_with_its_length(size: int) -> None:
    body = Kept(random.Random(size).randbytes(size))

    with serve(answer()) as server:
        http.post(server.url(), body)

    (_, _, headers, came), *more = server.requests
    assert (came, more) == (body.content, [])
    assert (headers["content-length"], headers.get("transfer-encoding")) == (str(size), None)
    assert all(source.closed for source in body.opened)


def test_body_is_opened_anew_at_each_attempt() -> None:
    body = Kept(b"same" * 50_000)

    with serve(in_turn(hang_up, answer(status=503), answer(b"third"))) as server:
        assert http.request("PUT", server.url(), body).content == b"third"

    assert sent(server) == [body.content] * 3
    assert [source.closed for source in body.opened] == [True] * 3


def test_body_is_sent_again_where_a_redirect_says_so() -> None:
    body = Kept(b"same" * 50_000)

    with serve(in_turn(answer(b"", 307, Location="/there"), answer(b"done"))) as server:
        assert http.post(server.url("/here"), body, redirects=1).content == b"done"

    assert [(path, came) for _, path, _, came in server.requests] == [("/here", body.content), ("/there", body.content)]


def test_body_that_arrived_without_an_answer_is_uncertain_and_not_sent_again() -> None:
    body = Kept(b"once" * 50_000)

    with serve(hang_up) as server, pytest.raises(Uncertain, match="the connection ended"):
        http.post(server.url(), body)

    assert sent(server) == [body.content]
    assert [source.closed for source in body.opened] == [True]


@contextmanager
def listening(behave: Callable[[socket.socket], None], times: int = 1) -> Iterator[str]:
    """A server below HTTP, for so many connections."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        opened.settimeout(20)

        def run() -> None:
            for _ in range(times):
                with opened.accept()[0] as connected:
                    behave(connected)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{opened.getsockname()[1]}/"
        thread.join(20)


def test_body_that_was_cut_off_on_the_way_may_be_sent_again() -> None:
    """Also by POST: who was promised fifty megabytes and got one has no request."""
    came: list[int] = []

    def cut(connected: socket.socket) -> None:
        came.append(len(connected.recv(100_000)))
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # reset, not end

    with listening(cut, times=3) as url, pytest.raises(Unanswered, match="the connection ended"):
        http.post(url, Large(50 * MEGABYTE))

    assert [0 < size < MEGABYTE for size in came] == [True] * 3


def test_answer_that_comes_before_the_body_was_sent_is_the_answer() -> None:
    def refuse(connected: socket.socket) -> None:
        connected.recv(1000)
        connected.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!")
        connected.shutdown(socket.SHUT_WR)
        while connected.recv(MEGABYTE):
            pass

    with listening(refuse) as url:
        got = http.post(url, Large(5 * MEGABYTE))

    assert (got.status, got.content) == (413, b"no!")


def test_body_shorter_than_it_said_is_told_and_no_whole_request() -> None:
    body = Kept(b"short", size=10)

    with serve(answer()) as server, pytest.raises(RetryableError, match="read 10 bytes here to send them, found 5"):
        http.post(server.url(), body, attempts=1)

    assert sent(server) in ([], [b"short"])  # the server of these tests takes what it gets
    assert [source.closed for source in body.opened] == [True]


def test_body_longer_than_it_said_is_cut_where_it_said() -> None:
    with serve(answer()) as server:
        http.post(server.url(), Kept(b"0123456789 more", size=10))

    assert sent(server) == [b"0123456789"]


def test_body_that_cannot_be_read_here_is_told() -> None:
    class Broken(Kept):
        def open(self) -> BinaryIO:
            raise OSError(errno.EIO, "Input/output error")

    with serve(answer()) as server, pytest.raises(RetryableError, match="found 0: the request broke off"):
        http.post(server.url(), Broken(b"body"), attempts=1)


def test_large_body_goes_out_in_constant_memory() -> None:
    size, came = 20 * MEGABYTE, [0]

    def take(connected: socket.socket) -> None:
        buffer = bytearray(MEGABYTE)
        came[0] = len(connected.recv(300).partition(b"\r\n\r\n")[2])
        while came[0] < size:
            came[0] += connected.recv_into(buffer)
        connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with listening(take) as url:
        tracemalloc.start()
        http.post(url, Large(size))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert came == [size]
    assert peak < 4 * MEGABYTE


# --- Answers into a file ---------------------------------------------------------------------------------------------


def test_answer_is_written_into_the_file_from_where_it_stands() -> None:
    file = io.BytesIO()
    file.write(b"before ")

    with serve(answer(b"x" * 200_000)) as server:
        got = http.get(server.url(), into=file)

    assert (got.status, got.content) == (200, b"")
    assert file.getvalue() == b"before " + b"x" * 200_000


def test_answer_that_says_no_is_kept_out_of_the_file() -> None:
    file = io.BytesIO()

    with serve(in_turn(answer(b"", 302, Location="/there"), answer(b"not here", 404))) as server:
        got = http.get(server.url(), into=file)

    assert (got.status, got.content, file.getvalue()) == (404, b"not here", b"")


def test_answer_that_broke_off_is_taken_back_before_the_next() -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        hang_up(handler)

    file = io.BytesIO()
    with serve(in_turn(half, answer(b"whole"))) as server:
        http.get(server.url(), into=file)

    assert (file.getvalue(), methods(server)) == (b"whole", ["GET", "GET"])


def test_file_has_a_limit_of_its_own() -> None:
    with serve(answer(b"x" * 101)) as server:
        assert http.get(server.url(), into=io.BytesIO(), limit=1, file_limit=101).status == 200
        with pytest.raises(TooLarge, match="larger than 100 bytes"):
            http.get(server.url(), into=io.BytesIO(), file_limit=100)


@pytest.mark.parametrize(("method", "kind"), [("GET", RetryableError), ("POST", Uncertain)])
def test_file_that_takes_no_more_is_told(method: str, kind: type[Exception]) -> None:
    class Full(io.BytesIO):
        def write(self, block: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    text = "could not be written down here: No space left on device"
    with serve(answer(b"x")) as server, pytest.raises(kind, match=text):
        http.request(method, server.url(), into=Full())

    assert len(server.requests) == 1
