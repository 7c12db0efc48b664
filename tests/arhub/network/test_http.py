"""The HTTP client against servers that behave well, and badly."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from arhub.network import http
from arhub.network.answer import Answer
from arhub.network.errors import (
    BadAnswer,
    ConfigError,
    Refused,
    TooLarge,
    TooManyRedirects,
    Unanswered,
    Uncertain,
    Unreachable,
)
from tests.arhub.network.servers import Behaviour, Server, answer, in_turn, refusing_port, serve

pytestmark = pytest.mark.usefixtures("loopback_allowed")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSE_SECONDS", 0.01)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def methods(server: Server) -> list[str]:
    return [method for method, *_ in server.requests]


def test_post_sends_these_bytes_and_headers() -> None:
    with serve(answer(b"\x00\xff", 201, X_One="1")) as server:
        got = http.post(server.url("/in?x=1"), b"\x01body", {"Content-Type": "text/plain", "webhook-id": "m1"})

    (method, path, headers, body), *more = server.requests
    assert (method, path, body, more) == ("POST", "/in?x=1", b"\x01body", [])
    assert {name: headers.get(name) for name in ("host", "content-type", "webhook-id", "user-agent")} == {
        "host": f"127.0.0.1:{server.port}",
        "content-type": "text/plain",
        "webhook-id": "m1",
        "user-agent": "AR-Hub",
    }
    assert (got.status, got.ok, got.content, got.headers["x-one"]) == (201, True, b"\x00\xff", "1")


def test_environment_is_not_asked_for_proxies_or_passwords(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login anna password hidden")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    with serve(answer()) as server:
        assert http.get(server.url()).content == b"ok"

    assert "authorization" not in server.requests[0][2]


def test_loopback_without_leave_is_refused(settings: Any) -> None:
    settings.ALLOWED_NETWORKS = []

    with serve(answer()) as server, pytest.raises(Refused, match=r"127\.0\.0\.1 is a loopback address"):
        http.post(server.url(), b"")

    assert server.requests == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://127.0.0.1/", "Expected an address that begins with https:// or http://"),
        ("//127.0.0.1/", "Expected an address that begins with https:// or http://"),
        ("https:///path", "Expected an address that begins with https:// or http://"),
        ("http://anna:hidden@127.0.0.1/", "has a user or a password in it"),
        ("http://127.0.0.1:99999/", "The address is not one"),
        ("http://[::1/", "The address is not one"),
        ("http://a_%zz b/", "is not one that can be sent|is not the name of a host"),
        ("http://127.0.0.1\\@8.8.8.8/", "user or a password|is not one that can be sent"),
    ],
)
def test_address_that_cannot_be_called_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as refused:
        http.post(url, b"")

    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("headers", [{"X-Key": "hidden\r\nX-Two: 1"}, {"X-Key": "hidden€"}, {"X Key:": "hidden"}])
def test_header_that_cannot_be_sent_is_refused_without_its_value(headers: dict[str, str]) -> None:
    with serve(answer()) as server, pytest.raises(ConfigError) as refused:
        http.post(server.url(), b"", headers)

    assert server.requests == []
    assert "hidden" not in str(refused.value)


# --- Answers that do not end, or never come ---------------------------------------------------------------------------


def test_endless_body_is_cut() -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not server.ended.is_set():
            handler.wfile.write(b"x" * 1000)

    with serve(endless) as server, pytest.raises(TooLarge, match=r"larger than 5,000 bytes") as refused:
        http.post(server.url(), b"", limit=5000)

    assert refused.value.status == 200


def test_body_of_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    with serve(in_turn(answer(b"x" * 100), answer(b"x" * 101))) as server:
        assert len(http.get(server.url(), limit=100).content) == 100
        with pytest.raises(TooLarge):
            http.get(server.url(), limit=100)


def test_packed_answer_is_unpacked_and_a_bomb_is_refused() -> None:
    small, bomb = gzip.compress(b"hello"), gzip.compress(gzip.compress(bytes(50_000_000), 9), 9)
    with serve(in_turn(answer(small, Content_Encoding="gzip"), answer(bomb, Content_Encoding="gzip, gzip"))) as server:
        assert http.get(server.url()).content == b"hello"
        with pytest.raises(TooLarge, match="larger than 65,536 bytes"):
            http.get(server.url())


@pytest.mark.parametrize(
    ("body", "encoding", "sentence"),
    [
        (b"not gzip at all", "gzip", "says it is packed as 'gzip', and is not"),
        (b"\x8b\x02\x80hello\x03", "br", "is packed as 'br', which was not asked for"),
    ],
)
def test_wrongly_packed_answer_is_told(body: bytes, encoding: str, sentence: str) -> None:
    with serve(answer(body, Content_Encoding=encoding)) as server, pytest.raises(BadAnswer, match=sentence):
        http.get(server.url())


@pytest.mark.parametrize("part", ["status", "headers", "body", "endless body"])
def test_dripping_answer_ends_with_the_total_time(part: str) -> None:
    """Each byte comes well within the time-out of a read."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        begins = {
            "status": b"HTTP/1.1 200 O",
            "headers": b"HTTP/1.1 200 OK\r\nX-Slow: ",
            "body": b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
            "endless body": b"HTTP/1.1 200 OK\r\n\r\n",
        }
        handler.wfile.write(begins[part])
        while not server.ended.wait(0.02):
            handler.wfile.write(b"K")

    with serve(drip) as server, pytest.raises(Uncertain, match=r"no complete answer came: 0\.3 seconds have passed"):
        http.post(server.url(), b"", timeout=0.3)

    assert methods(server) == ["POST"]


def test_post_without_an_answer_is_uncertain_and_not_sent_again() -> None:
    with serve(hang_up) as server, pytest.raises(Uncertain, match="the connection ended"):
        http.post(server.url(), b"once")

    assert methods(server) == ["POST"]


def test_post_with_a_silent_receiver_is_uncertain() -> None:
    def silent(handler: BaseHTTPRequestHandler) -> None:
        server.ended.wait(30)

    with serve(silent) as server, pytest.raises(Uncertain, match="nothing was heard for too long"):
        http.request("POST", server.url(), b"once", read_timeout=0.1)


def test_answer_that_breaks_off_is_uncertain() -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        hang_up(handler)

    with serve(half) as server, pytest.raises(Uncertain, match="the connection ended"):
        http.post(server.url(), b"once")


def test_what_is_no_http_is_told() -> None:
    def other(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"220 ftp.example ready\r\n")
        hang_up(handler)

    with serve(other) as server, pytest.raises(Unanswered, match="no complete answer came"):
        http.get(server.url(), attempts=1)


# --- Again -----------------------------------------------------------------------------------------------------------


def test_get_without_an_answer_is_sent_again() -> None:
    with serve(in_turn(hang_up, hang_up, answer(b"third"))) as server:
        assert http.get(server.url()).content == b"third"

    assert methods(server) == ["GET"] * 3


def test_get_that_never_has_an_answer_ends() -> None:
    with serve(hang_up) as server, pytest.raises(Unanswered):
        http.get(server.url())

    assert methods(server) == ["GET"] * 3


def test_post_that_may_be_repeated_is() -> None:
    with serve(in_turn(hang_up, answer(status=503), answer(b"third"))) as server:
        assert http.post(server.url(), b"same", repeatable=True).content == b"third"

    assert [body for *_, body in server.requests] == [b"same"] * 3


def test_busy_answer_to_a_post_is_the_answer() -> None:
    with serve(answer(status=503, Retry_After="120")) as server:
        got = http.post(server.url(), b"")

    assert (got.status, got.retry_after, methods(server)) == (503, 120.0, ["POST"])


def test_connection_that_never_came_about_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for a POST: nothing was sent. The server begins to listen between two attempts."""
    started: list[socket.socket] = []
    with refusing_port() as port:
        monkeypatch.setattr(
            http.time, "sleep", lambda seconds: started.append(listening(port)) if not started else None
        )

        got = http.post(f"http://127.0.0.1:{port}/", b"late", timeout=10)

    assert got.content == b"late"


def listening(port: int) -> socket.socket:
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    opened.bind(("127.0.0.1", port))
    opened.listen()
    threading.Thread(target=answer_once, args=(opened,), daemon=True).start()
    return opened


def answer_once(opened: socket.socket) -> None:
    connected, _ = opened.accept()
    with opened, connected:
        body = connected.recv(65536).rpartition(b"\r\n\r\n")[2] or connected.recv(100)
        connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def test_unreachable_receiver_of_a_post_is_told_apart_from_an_uncertain_one() -> None:
    with refusing_port() as port, pytest.raises(Unreachable, match="cannot be reached: Connection refused"):
        http.post(f"http://127.0.0.1:{port}/", b"")


def test_asked_pause_is_kept_when_it_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(http.time, "sleep", slept.append)

    with serve(in_turn(answer(status=429, Retry_After="7"), answer(b"now"))) as server:
        got = http.get(server.url(), timeout=60)

    assert (got.content, slept) == (b"now", [7.0])


@pytest.mark.parametrize(("retry_after", "timeout"), [("3600", 7200.0), ("7", 3.0)])
def test_asked_pause_that_is_too_long_is_left_to_the_caller(retry_after: str, timeout: float) -> None:
    with serve(answer(status=429, Retry_After=retry_after)) as server:
        got = http.get(server.url(), timeout=timeout)

    assert (got.status, got.retry_after, len(server.requests)) == (429, float(retry_after), 1)


def test_asked_pause_may_be_a_date_or_nonsense() -> None:
    def asks(text: str) -> float | None:
        return Answer(429, {"retry-after": text}, b"", "").retry_after

    assert asks("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert (asks("soon"), asks("-1"), asks("")) == (None, None, None)


# --- Redirects -------------------------------------------------------------------------------------------------------


def to(location: str, status: int = 302) -> Behaviour:
    return answer(b"", status, Location=location)


def test_redirect_of_a_post_is_its_answer() -> None:
    with serve(answer(b"", 302, Location="/elsewhere")) as server:
        got = http.post(server.url(), b"")

    assert (got.status, got.headers["location"], len(server.requests)) == (302, "/elsewhere", 1)


def test_redirect_of_a_get_is_followed_and_credentials_stay_with_their_origin() -> None:
    key = {"Authorization": "Bearer hidden", "X-Api-Key": "hidden", "Cookie": "hidden", "Accept": "text/plain"}
    with serve(answer(b"there")) as there, serve(in_turn(to("/same"), to(there.url("/far")))) as here:
        got = http.get(here.url("/start"), key)

    assert (got.content, got.url) == (b"there", there.url("/far"))
    assert [(path, headers.get("authorization")) for _, path, headers, _ in here.requests] == [
        ("/start", "Bearer hidden"),
        ("/same", "Bearer hidden"),
    ]
    assert "hidden" not in str(there.requests)
    assert there.requests[0][2]["accept"] == "text/plain"


@pytest.mark.parametrize(("status", "followed"), [(307, True), (308, True), (301, False), (302, False), (303, False)])
def test_redirect_of_a_post_is_followed_only_where_it_is_to_be_posted_again(status: int, followed: bool) -> None:
    with serve(in_turn(to("/there", status), answer(b"done"))) as server:
        got = http.post(server.url(), b"body", redirects=2)

    assert [(method, body) for method, _, _, body in server.requests] == [("POST", b"body")] * (2 if followed else 1)
    assert got.status == (200 if followed else status)


def test_redirect_without_end_is_left() -> None:
    with serve(to("/again")) as server, pytest.raises(TooManyRedirects, match="more than 2 times"):
        http.get(server.url(), redirects=2)

    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "location",
    ["http://10.0.0.7/", "http://169.254.169.254/latest/meta-data/", "//[::1]:22/", "http://[::ffff:10.0.0.1]/"],
)
def test_redirect_inside_is_refused(location: str) -> None:
    with serve(to(location)) as server, pytest.raises(Refused, match="may not be called"):
        http.get(server.url())


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://127.0.0.1/"])
def test_redirect_to_another_protocol_is_refused(location: str) -> None:
    with serve(to(location)) as server, pytest.raises(Refused, match="is not https, which is not followed"):
        http.get(server.url())


# --- Bytes into text -------------------------------------------------------------------------------------------------


def said(content: bytes, kind: str = "application/json") -> Answer:
    return Answer(200, {"content-type": kind}, content, "http://host.example/")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('{"navn": "Ærø"}'.encode(), "application/json"),
        (b"\xef\xbb\xbf" + '{"navn": "Ærø"}'.encode(), ""),
        ('{"navn": "Ærø"}'.encode("latin-1"), "application/json; charset=ISO-8859-1"),
        ('{"navn": "Ærø"}'.encode("utf-16"), 'text/json; charset="utf-16"'),
    ],
)
def test_json_in_the_encoding_it_says(content: bytes, kind: str) -> None:
    assert said(content, kind).json() == {"navn": "Ærø"}


def test_json_numbers_keep_their_digits() -> None:
    assert said(b'{"amount": 0.10, "count": 3}').json() == {"amount": Decimal("0.10"), "count": 3}


@pytest.mark.parametrize(
    ("content", "kind", "sentence"),
    [
        ("Ærø".encode("latin-1"), "application/json", "Expected an answer in UTF-8, found bytes that are none"),
        (b"{}", "text/json; charset=klingon", "written in 'klingon', which is no known encoding"),
        (b"{}", "text/json; charset=zip", "written in 'zip', which is no known encoding"),
        (b"<html>", "text/html", r"Expected JSON \(status 200\), found something else: line 1, column 1"),
        (b'{"a": NaN}', "", "of a usual size and depth"),
        (b"[" * 200_000, "", "of a usual size and depth"),
        (b"9" * 10_000, "", "of a usual size and depth"),
    ],
)
def test_answer_that_is_no_json_is_told(content: bytes, kind: str, sentence: str) -> None:
    with pytest.raises(BadAnswer, match=sentence):
        said(content, kind).json()


def test_answer_shows_neither_content_nor_headers() -> None:
    assert repr(said(b"hidden", "hidden")) == "Answer(status=200)"


def test_deflated_answer_is_unpacked() -> None:
    with serve(answer(zlib.compress(b"hello"), Content_Encoding="deflate")) as server:
        assert http.get(server.url()).content == b"hello"
