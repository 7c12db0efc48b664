"""Where the hub may connect to."""

from __future__ import annotations

import socket
import threading
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from arhub.network import guard
from arhub.network.errors import ConfigError, Refused, Unreachable
from tests.arhub.network.servers import answer, refusing_port, serve

PUBLIC = "93.184.215.14"


class Names:
    """A name server whose answers are given one after the other, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: str, port: int, *words: Any, **options: Any) -> list[Any]:
        given = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(0, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in given]


def named(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> Names:
    names = Names(*answers)
    monkeypatch.setattr(socket, "getaddrinfo", names)
    return names


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0.0.0.0", "an unspecified"),
        ("10.1.2.3", "a private"),
        ("100.64.0.1", "a carrier's internal"),
        ("127.0.0.1", "a loopback"),
        ("127.255.255.254", "a loopback"),
        ("169.254.169.254", "a link-local"),
        ("172.31.255.255", "a private"),
        ("192.0.0.8", "a reserved"),
        ("192.168.0.1", "a private"),
        ("198.19.0.1", "a reserved"),
        ("224.0.0.1", "a multicast"),
        ("240.0.0.1", "a reserved"),
        ("255.255.255.255", "a reserved"),
        ("::", "an unspecified"),
        ("::1", "a loopback"),
        ("[::1]", "a loopback"),
        ("::ffff:10.0.0.1", "a private"),
        ("::ffff:7f00:1", "a loopback"),
        ("::127.0.0.1", "a reserved"),
        ("2002:7f00:1::", "a loopback"),
        ("2002:c0a8:101::1", "a private"),
        ("64:ff9b::10.0.0.1", "a private"),
        ("64:ff9b:1::1", "a reserved"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "a reserved"),
        ("2001:db8::1", "a reserved"),
        ("fd00::1", "a private"),
        ("fe80::1", "a link-local"),
        ("fec0::1", "a reserved"),
        ("ff02::1", "a multicast"),
        ("127.0.0.1.", "a loopback"),
    ],
)
def test_address_of_no_public_host_is_refused(address: str, kind: str) -> None:
    with pytest.raises(Refused, match=f"{kind} address and may not be called; the operator can allow it"):
        guard.resolve(address, 443)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "2002:808:808::1", "64:ff9b::8.8.8.8"])
def test_address_of_a_public_host_is_kept(address: str) -> None:
    assert guard.resolve(address, 443).ips == (ip_address(address),)


def test_address_written_as_ipv6_is_called_as_the_ipv4_it_is() -> None:
    assert guard.resolve("::ffff:8.8.8.8", 443).ips == (ip_address("8.8.8.8"),)


@pytest.mark.parametrize(
    "spelling",
    ["0x7f.1", "0x7f000001", "2130706433", "127.1", "0177.0.0.1", "127.0.0.01", "1.2.3.4.5", "017700000001."],
)
def test_unusual_spelling_of_an_address_is_refused(spelling: str) -> None:
    with pytest.raises(Refused, match="is an unusual spelling of an address"):
        guard.resolve(spelling, 443, allowed=[ip_network("127.0.0.0/8")])


@pytest.mark.parametrize("address", ["fe80::1%eth0", "2606:4700::1111%1", "[fe80::1%25eth0]"])
def test_address_with_a_zone_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="names an interface of this machine"):
        guard.resolve(address, 443, allowed=[ip_network("::/0")])


@pytest.mark.parametrize(
    "host", ["", ".", "..", "a..b", "a b", "a/b", "a\x00b", "-a.example", "x" * 300, "[", "user@a"]
)
def test_what_is_no_name_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="is not the name of a host"):
        guard.resolve(host, 443)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(ConfigError, match=f"{port} is not a port"):
        guard.resolve("8.8.8.8", port)


def test_wide_digits_are_the_address_they_look_like() -> None:
    with pytest.raises(Refused, match=r"127\.0\.0\.1 is a loopback"):
        guard.resolve("１２７.0.0.1", 443)


def test_name_that_leads_inside_is_refused_and_says_where_it_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, ["10.0.0.7"])

    with pytest.raises(Refused, match=r"erp\.example leads to 10\.0\.0\.7, which is a private address"):
        guard.resolve("erp.example", 443)


def test_name_with_some_private_addresses_keeps_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, ["10.0.0.7", PUBLIC, "::ffff:127.0.0.1", PUBLIC])

    assert guard.resolve("mixed.example.", 443) == guard.Address("mixed.example", 443, (ip_address(PUBLIC),))


def test_allowed_network_may_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, ["10.1.0.7", "10.2.0.7"])

    found = guard.resolve("erp.example", 443, allowed=[ip_network("10.1.0.0/16")])

    assert found.ips == (ip_address("10.1.0.7"),)


def test_unknown_name_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*words: Any, **options: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(Unreachable, match=r"There is no host named nobody\.example\."):
        guard.resolve("nobody.example", 443)


def test_silent_name_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **options: ended.wait(30) and [])

    with pytest.raises(Unreachable, match=r"No name server said in time where slow\.example is"):
        guard.resolve("slow.example", 443, timeout=0.05)

    ended.set()


@pytest.mark.usefixtures("loopback_allowed")
def test_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: the first answer may be called, the second may not and is never asked for."""
    names = named(monkeypatch, ["127.0.0.1"], ["10.0.0.7"])

    with serve(answer()) as server, guard.connect("rebinding.example", server.port, timeout=5) as connected:
        peer = connected.getpeername()

    assert (peer, names.asked) == (("127.0.0.1", server.port), 1)


@pytest.mark.usefixtures("loopback_allowed")
def test_second_address_is_tried_when_the_first_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, ["127.0.0.9", "127.0.0.1"])

    with serve(answer()) as server, guard.connect("two.example", server.port, timeout=5) as connected:
        assert connected.getpeername() == ("127.0.0.1", server.port)


@pytest.mark.usefixtures("loopback_allowed")
def test_closed_port_is_unreachable() -> None:
    with refusing_port() as port, pytest.raises(Unreachable, match=f"127.0.0.1, port {port}, cannot be reached: Conn"):
        guard.connect("127.0.0.1", port, timeout=5)
