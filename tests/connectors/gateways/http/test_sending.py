"""What becomes of a file when the other side, or the way there, fails."""

from __future__ import annotations

import socket
import ssl
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from arhub.network.errors import ConfigError, NotTrusted, PermanentError, RetryableError, Uncertain
from connectors.base import Unsupported
from connectors.gateways.base import Bytes, NameTaken, Parcel, Rejected, TakesRepeats
from connectors.gateways.http import gateway as module
from connectors.simulators.http_receiver.simulator import HttpReceiver
from connectors.simulators.server import RunningSimulator
from tests.connectors.gateways.http.conftest import gateway
from tests.connectors.gateways.http.places import HERE, HUB, STRANGER
from tests.contracts.gateway_contract import parcel
from tests.servers.https import Certificate, authority, server_context

MEGABYTE = 1 << 20
SENT = parcel(b"<Invoice/>", name="INV-1.xml", identity="delivery-1")
LARGE = parcel(bytes(20 * MEGABYTE), name="large.bin", identity="delivery-2")


@contextmanager
def receiving(certificate: Certificate = HERE, clients: str = "", **limits: Any) -> Iterator[RunningSimulator]:
    receiver = HttpReceiver()
    receiver.configure(limits)
    with RunningSimulator(receiver, context=server_context(certificate, clients=clients)) as running:
        yield running


@pytest.fixture
def server() -> Iterator[RunningSimulator]:
    with receiving() as running:
        yield running


def to(server: RunningSimulator, **values: Any) -> module.HttpGateway:
    return gateway(**{"url": f"{server.url}/in", "authorities": authority().certificate, **values})


def kept(server: RunningSimulator) -> list[bytes]:
    return [one.body for one in server.simulator.kept]  # type: ignore[attr-defined]


# --- What goes out ----------------------------------------------------------------------------------------------------


def test_address_is_filled_and_percent_encoded_once(server: RunningSimulator) -> None:
    odd = parcel(b"x", name="a/b #1 50%æ.xml", facts={"number": "..", "account_name": "A&B/C?"})

    to(server, path="/{number}/{account_name}/{name}?n={name}&e={ending}&s={stem}").deliver(odd)

    (one,) = server.simulator.kept  # type: ignore[attr-defined]
    assert one.path == "/in/-/A%26B%2FC%3F/a%2Fb%20%231%2050%25%C3%A6.xml"
    assert one.query == {"n": "a/b #1 50%æ.xml", "e": "xml", "s": "a/b #1 50%æ"}


def test_further_headers_and_the_identity_go_along(server: RunningSimulator) -> None:
    to(server, headers="X-Tenant: Nordic Pumps\n\n X-Kind : invoice ").deliver(SENT)

    (one,) = server.simulator.kept  # type: ignore[attr-defined]
    names = ("x-tenant", "x-kind", "idempotency-key", "content-length", "content-type", "content-digest")
    assert {name: one.headers.get(name) for name in names} == {
        "x-tenant": "Nordic Pumps", "x-kind": "invoice", "idempotency-key": "delivery-1", "content-length": "10",
        "content-type": "application/xml", "content-digest": "sha-256=:uNu/smIOk0ZIA2So2TWg/yA4zpusdzj17FjyLmOdJgc=:",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"headers": "no colon"}, "Further headers, line 1: expected “Name: value”, found 'no colon'"),
        ({"headers": "X-One: 1\nBad Name: 2"}, "Further headers, line 2: expected “Name: value”"),
        ({"headers": "X-One: 1\x7f2"}, "Further headers, line 1"),
        ({"headers": "Authorization: Bearer hidden"}, "line 1: Authorization is set by the other settings"),
        ({"path": "/{nobody}"}, r"What follows the address: Expected a field such as \{number\}"),
        ({"path": "name={name}"}, "expected it to begin with / or with"),
        ({"url": "https://{number}.example.com"}, "Expected the address without fields"),
        ({"taken": "yes"}, "Statuses that say yes: expected such as 2xx or 200, 202, found 'yes'"),
        ({"sign_in": "bearer", "token": ""}, "Token is needed for this way to sign in"),
        ({"sign_in": "basic", "user": ""}, "User is needed for this way to sign in"),
        ({"sign_in": "api_key", "token": "hidden", "key_header": "X Key"}, "expected a name such as X-API-Key"),
    ],
)
def test_settings_that_cannot_be_are_told_before_anything_is_sent(
    server: RunningSimulator, values: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence) as told:
        to(server, **values).deliver(SENT)

    assert kept(server) == []
    assert "hidden" not in str(told.value)


def test_no_xml_is_refused_for_an_envelope_before_anything_is_sent(server: RunningSimulator) -> None:
    with pytest.raises(PermanentError, match="Expected XML without a document type, found one"):
        to(server, body="soap11").deliver(parcel(b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"))

    assert kept(server) == []


# --- What the answer says ---------------------------------------------------------------------------------------------


def test_answer_is_kept_as_the_receipt(server: RunningSimulator) -> None:
    server.simulator.configure({"answer": "OK " + "x" * 100_000})

    receipt = to(server).deliver(SENT)

    host = f"127.0.0.1:{server.port}"
    assert (receipt.kind, receipt.text) == ("answer", f"{host} took INV-1.xml, 10 bytes, with status 201.")
    assert (receipt.content, receipt.media_type) == (b"OK " + b"x" * 65_533, "text/plain")


def test_statuses_that_say_yes_are_those_of_the_setting(server: RunningSimulator) -> None:
    gateway = to(server, taken="200, 202")

    with pytest.raises(Rejected, match=r"did not take INV-1.xml: status 201\."):
        gateway.deliver(SENT)
    server.simulator.configure({"status": 202})

    assert gateway.deliver(SENT).text.endswith("with status 202.")


def test_answer_without_the_text_is_a_refusal_with_the_answer_kept(server: RunningSimulator) -> None:
    server.simulator.configure({"answer": "ERROR unknown customer"})

    with pytest.raises(Rejected, match="with status 201, but without “ACCEPTED”") as refused:
        to(server, expected="ACCEPTED").deliver(SENT)

    assert refused.value.receipt.content == b"ERROR unknown customer"


@pytest.mark.parametrize("version", ["soap11", "soap12"])
def test_soap_fault_is_a_refusal_with_its_reason(server: RunningSimulator, version: str) -> None:
    server.simulator.configure({"soap_fault": "No such customer."})

    with pytest.raises(Rejected, match=r"refused it with a SOAP fault: No such customer\.") as refused:
        to(server, body=version).deliver(SENT)

    assert b"faultstring" in refused.value.receipt.content
    assert kept(server) == []


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (400, Rejected, r"did not take INV-1\.xml: status 400\."),
        (404, Rejected, r"did not take INV-1\.xml: status 404\."),
        (422, Rejected, r"did not take INV-1\.xml: status 422\."),
        (302, Rejected, r"did not take INV-1\.xml: status 302\."),
        (501, Rejected, r"did not take INV-1\.xml: status 501\."),
        (401, ConfigError, "does not accept how the hub signs in"),
        (403, ConfigError, "does not accept how the hub signs in"),
        (407, ConfigError, "does not accept how the hub signs in"),
        (408, RetryableError, "takes nothing at the moment"),
        (425, RetryableError, "takes nothing at the moment"),
        (429, RetryableError, "takes nothing at the moment"),
        (503, RetryableError, "takes nothing at the moment"),
        (500, Uncertain, "failed on its side: status 500: whether it was stored is not known"),
        (502, Uncertain, "failed on its side"),
        (504, Uncertain, "failed on its side"),
        (520, Uncertain, "failed on its side"),
    ],
)
def test_status_says_what_may_be_done(
    server: RunningSimulator, status: int, error: type[Exception], sentence: str
) -> None:
    server.misbehave("status", status=status, times=9)

    with pytest.raises(error, match=sentence) as told:
        to(server).deliver(SENT)

    assert type(told.value) is error


def test_pause_that_is_asked_for_is_told(server: RunningSimulator) -> None:
    server.misbehave("status", status=429, retry_after=120)

    with pytest.raises(RetryableError) as told:
        to(server).deliver(SENT)

    assert told.value.retry_after == 120


@pytest.mark.parametrize("status", [500, 502, 504])
def test_failure_is_no_doubt_where_a_repeat_does_no_harm(server: RunningSimulator, status: int) -> None:
    server.simulator.configure({"knows_keys": True})
    server.misbehave("stored_status", status=status)
    gateway = to(server, repeats_are_harmless=True)

    with pytest.raises(RetryableError) if status == 500 else _nothing():
        gateway.deliver(SENT)  # 502 and 504 are tried again at once
    gateway.deliver(SENT)

    assert kept(server) == [b"<Invoice/>"]


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def test_secret_that_is_said_back_is_not_repeated(server: RunningSimulator) -> None:
    server.simulator.configure({"answer": "unknown token s3cret-token", "status": 400})

    with pytest.raises(Rejected, match="status 400: “unknown token …”") as refused:
        to(server, sign_in="bearer", token="s3cret-token").deliver(SENT)

    assert "s3cret" not in refused.value.receipt.text


# --- The way there ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["refuse", "drop"])
def test_post_without_an_answer_is_uncertain_and_goes_once(server: RunningSimulator, fault: str) -> None:
    server.misbehave(fault)

    with pytest.raises(Uncertain, match="the connection ended"):
        to(server).deliver(SENT)

    assert kept(server) == ([SENT.content.open().read()] if fault == "drop" else [])


def test_lost_answer_is_asked_for_again_where_a_repeat_does_no_harm(server: RunningSimulator) -> None:
    server.simulator.configure({"knows_keys": True})
    server.misbehave("drop")

    receipt = to(server, repeats_are_harmless=True).deliver(SENT)

    assert (kept(server), receipt.text.rpartition(", ")[2]) == ([b"<Invoice/>"], "with status 200.")


def test_slow_answer_is_uncertain_when_the_time_is_up(
    server: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.2)
    server.misbehave("late", seconds=1)

    with pytest.raises(Uncertain, match="seconds have passed"):
        to(server).deliver(SENT)


def test_upload_that_is_cut_in_the_middle_has_not_arrived(server: RunningSimulator) -> None:
    server.misbehave("cut", times=3)

    with pytest.raises(RetryableError, match="no complete answer came"):
        to(server).deliver(LARGE)
    assert kept(server) == []
    to(server).deliver(LARGE)

    assert [len(body) for body in kept(server)] == [20 * MEGABYTE]


def test_garbage_is_doubted_where_an_envelope_is_due(server: RunningSimulator) -> None:
    server.misbehave("garbage")

    with pytest.raises(Uncertain, match="answered an envelope with something else"):
        to(server, body="soap12").deliver(SENT)


@pytest.mark.parametrize(
    ("certificate", "trusted", "sentence"),
    [
        (authority().give("127.0.0.1", ended_days_ago=1), authority().certificate, "certificate has expired"),
        (authority().give("other.example"), authority().certificate, "IP address mismatch"),
        (authority("Strangers").give("127.0.0.1"), authority().certificate, "unable to get local issuer certificate"),
        (HERE, "", "unable to get local issuer certificate|self-signed certificate"),
    ],
    ids=["expired", "another host", "unknown authority", "public authorities"],
)
def test_server_that_does_not_convince_gets_nothing(certificate: Certificate, trusted: str, sentence: str) -> None:
    with receiving(certificate) as server:
        for act in (
            lambda: to(server, authorities=trusted).deliver(SENT),
            to(server, authorities=trusted)._check_reach,
        ):
            with pytest.raises(NotTrusted, match=sentence):
                act()

        assert kept(server) == []


@pytest.mark.parametrize("shown", [STRANGER, Certificate("", "")], ids=["of a stranger", "none"])
def test_client_that_does_not_convince_gets_nothing_taken(shown: Certificate) -> None:
    """The server may have hung up before its reason was read."""
    with receiving(clients=authority("Clients").certificate) as server:
        with pytest.raises((NotTrusted, Uncertain, RetryableError)):
            to(server, certificate=shown.certificate, key=shown.key).deliver(SENT)
        assert kept(server) == []
        to(server, certificate=HUB.certificate, key=HUB.key).deliver(SENT)

        assert kept(server) == [b"<Invoice/>"]


# --- PUT --------------------------------------------------------------------------------------------------------------


def put(server: RunningSimulator, **values: Any) -> module.HttpGateway:
    return to(server, **{"method": "PUT", "path": "/{name}", **values})


def test_put_whose_answer_was_lost_is_found_there(server: RunningSimulator) -> None:
    server.misbehave("drop")

    with pytest.raises(Uncertain):
        put(server).deliver(SENT)
    receipt = put(server).look_up(SENT)

    assert receipt is not None
    assert receipt.text == f"127.0.0.1:{server.port} has INV-1.xml, 10 bytes, as it was sent."
    assert receipt.speaks_of == f"sha256:{SENT.content.sha256}"


@pytest.mark.parametrize("other", [b"<Another/>", b"another of another length", b""])
def test_put_finds_that_another_file_lies_there(server: RunningSimulator, other: bytes) -> None:
    put(server).deliver(parcel(other, name=SENT.name, identity="another"))

    with pytest.raises(Unsupported, match=r"Another file lies at the address of INV-1\.xml"):
        put(server).look_up(SENT)
    with pytest.raises(NameTaken, match="has a file at this address already; it was left as it is"):
        put(server).deliver(SENT)

    assert kept(server) == [other]


def test_put_is_not_called_another_file_for_a_page_in_its_place(server: RunningSimulator) -> None:
    put(server).deliver(SENT)
    server.misbehave("garbage")

    with pytest.raises(Unsupported, match="or a page instead of it: look for it there"):
        put(server).look_up(SENT)


@pytest.mark.parametrize(
    ("status", "error"), [(401, ConfigError), (405, Unsupported), (500, RetryableError), (429, RetryableError)]
)
def test_put_that_cannot_be_looked_up_now_is_told(
    server: RunningSimulator, status: int, error: type[Exception]
) -> None:
    server.misbehave("status", status=status)

    with pytest.raises(error):
        put(server).look_up(SENT)


def test_put_that_may_replace_is_sent_again_at_once(server: RunningSimulator) -> None:
    server.misbehave("drop")
    gateway = put(server, overwrite=True)

    gateway.deliver(SENT)

    assert kept(server) == [b"<Invoice/>"]
    with pytest.raises(TakesRepeats):
        gateway.look_up(SENT)


# --- Size -------------------------------------------------------------------------------------------------------------


class OfDisk:
    """`Content` of a file."""

    def __init__(self, path: Path, sha256: str) -> None:
        self.path, self.sha256 = path, sha256

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        return self.path.open("rb")


@contextmanager
def draining() -> Iterator[tuple[str, list[int]]]:
    """An HTTPS server that counts and keeps nothing."""
    came: list[int] = []

    def take(opened: ssl.SSLSocket) -> None:
        with opened.accept()[0] as connected:
            head, _, got = connected.recv(4000).partition(b"\r\n\r\n")
            due = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            size, buffer = len(got), bytearray(MEGABYTE)
            while size < due:
                size += connected.recv_into(buffer)
            came.append(size)
            connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    plain = socket.create_server(("127.0.0.1", 0))
    with server_context(HERE).wrap_socket(plain, server_side=True) as opened:
        thread = threading.Thread(target=take, args=(opened,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{opened.getsockname()[1]}/in", came
        thread.join(20)


@pytest.mark.parametrize("body", ["raw", "form", "soap11"])
def test_large_file_goes_out_in_constant_memory(tmp_path: Path, body: str) -> None:
    path = tmp_path / "large.xml"
    path.write_bytes(b"<a>" + b"x" * (20 * MEGABYTE) + b"</a>")
    sent = Parcel("large", "large.xml", OfDisk(path, "00" * 32))

    with draining() as (url, came):
        sender = gateway(url=url, authorities=authority().certificate, body=body)
        tracemalloc.start()
        sender.deliver(sent)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert path.stat().st_size <= came[0] < path.stat().st_size + 1000
    assert peak < 4 * MEGABYTE


def test_empty_file_arrives(server: RunningSimulator) -> None:
    to(server).deliver(Parcel("empty", "empty.txt", Bytes(b"")))

    assert kept(server) == [b""]
