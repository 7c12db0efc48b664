"""Secure connections: whom the hub believes, and what it shows."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from arhub.network import http
from arhub.network.errors import ConfigError, NotTrusted, Refused, Uncertain, Unreachable
from arhub.network.tls import Tls
from tests.arhub.network.servers import answer, made_for, serve
from tests.arhub.network.test_guard import named

pytestmark = pytest.mark.usefixtures("loopback_allowed")


def test_certificate_of_the_name_is_believed_at_the_pinned_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket goes to an address, while TLS and the Host header keep the name."""
    named(monkeypatch, ["127.0.0.1"], ["10.0.0.7"])
    shop = made_for("shop.example")
    context = shop.server_context(tmp_path)
    names: list[str] = []
    context.sni_callback = lambda connection, name, context: names.append(name)

    with serve(answer(b"safe"), context) as server:
        got = http.post(server.url(host="shop.example"), b"", tls=Tls(authorities=shop.certificate))

    assert (got.content, names) == (b"safe", ["shop.example"])
    assert server.requests[0][2]["host"] == f"shop.example:{server.port}"


def test_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    other = made_for("other.example")

    text = r"No secure connection to 127\.0\.0\.1:\d+: IP address mismatch"
    with serve(answer(), other.server_context(tmp_path)) as server, pytest.raises(NotTrusted, match=text):
        http.post(server.url(), b"hidden", tls=Tls(authorities=other.certificate))

    assert server.requests == []


@pytest.mark.parametrize("with_own_authority", [False, True])
def test_certificate_of_an_unknown_authority_is_refused(tmp_path: Path, with_own_authority: bool) -> None:
    tls = Tls(authorities=made_for("127.0.0.1").certificate) if with_own_authority else Tls()

    context = made_for("127.0.0.1").server_context(tmp_path)
    with serve(answer(), context) as server, pytest.raises(NotTrusted, match="self-signed certificate"):
        http.post(server.url(), b"hidden", tls=tls)

    assert server.requests == []


def test_own_authority_replaces_the_public_ones() -> None:
    context = Tls(authorities=made_for("a.example").certificate).context()

    assert context.cert_store_stats()["x509"] == 1
    assert Tls().context().cert_store_stats()["x509"] > 50


def test_both_sides_show_a_certificate(tmp_path: Path) -> None:
    hub, bank = made_for("hub.example"), made_for("127.0.0.1")
    trusting = Tls(authorities=bank.certificate)
    showing = Tls(bank.certificate, hub.certificate, hub.key)

    with serve(answer(b"known"), bank.server_context(tmp_path, clients=hub.certificate)) as server:
        assert http.post(server.url(), b"", tls=showing).content == b"known"
        with pytest.raises((NotTrusted, Uncertain)):  # the server may have hung up before its reason was read
            http.post(server.url(), b"", tls=trusting)

    assert len(server.requests) == 1


def test_key_of_another_certificate_is_told_and_not_shown() -> None:
    one, other = made_for("one.example"), made_for("other.example")

    with pytest.raises(ConfigError, match="The client certificate and its key cannot be used") as refused:
        http.post("https://127.0.0.1:1/", b"", tls=Tls("", one.certificate, other.key))

    assert other.key not in str(refused.value) + repr(Tls("", one.certificate, other.key))


def test_authorities_that_are_no_certificates_are_told() -> None:
    with pytest.raises(ConfigError, match="The trusted authorities: expected PEM that begins with"):
        Tls(authorities="no pem").context()


def test_redirect_from_https_to_http_is_refused(tmp_path: Path) -> None:
    shop = made_for("127.0.0.1")
    with serve(answer(b"plain")) as plain:
        leads, refused = answer(b"", 302, Location=plain.url()), pytest.raises(Refused, match="is not https")
        with serve(leads, shop.server_context(tmp_path)) as server, refused:
            http.get(server.url(), tls=Tls(authorities=shop.certificate))

    assert plain.requests == []


def test_handshake_that_hangs_ends_with_the_time_to_connect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"

        with pytest.raises(Unreachable, match="came about: nothing was heard for too long"):
            http.request("POST", url, b"", connect_timeout=0.1, attempts=1)


def test_plain_server_at_a_secure_address_is_told() -> None:
    with serve(answer()) as server, pytest.raises(NotTrusted, match="No secure connection"):
        http.post(server.url().replace("http:", "https:"), b"")
