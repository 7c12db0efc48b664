"""A server's key is seen by a person before anything goes there, and no other is accepted later."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from arhub.network.errors import ConfigError
from connectors.base import Unconfirmed
from connectors.gateways.sftp import keys
from connectors.gateways.sftp.gateway import SftpGateway
from tests.connectors.gateways.faults.ways import SSHD
from tests.contracts.gateway_contract import parcel
from tests.servers.sshd import Sshd, made_key, sshd


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with sshd(tmp_path, host_types=("ed25519", "ecdsa", "rsa")) as server:
        yield server


def make(server: Sshd, **others: Any) -> SftpGateway:
    gateway = SSHD.make(server, **others)
    assert isinstance(gateway, SftpGateway)
    return gateway


def fingerprint(public: str, folder: Path) -> str:
    """As ssh-keygen tells it."""
    (file := folder / "shown.pub").write_text(public)
    told = subprocess.run(["ssh-keygen", "-lf", str(file)], check=True, capture_output=True, text=True)
    return told.stdout.split()[1]


def test_key_that_nobody_confirmed_is_shown_with_its_fingerprint(server: Sshd, tmp_path: Path) -> None:
    gateway = make(server, host_key="")

    with pytest.raises(Unconfirmed) as caught:
        gateway.checks()[0].run()

    assert caught.value.setting == "host_key"
    assert caught.value.value == server.host_keys[0]
    assert f"Ed25519 key {fingerprint(server.host_keys[0], tmp_path)}." in str(caught.value)


def test_nothing_goes_to_a_server_that_nobody_confirmed(server: Sshd) -> None:
    gateway = make(server, host_key="", private_key="not even looked at")

    with pytest.raises(Unconfirmed):
        gateway.deliver(parcel())

    assert server.stored() == []


def test_confirmed_key_is_shown_by_the_test(server: Sshd, tmp_path: Path) -> None:
    said = make(server).checks()[0].run()

    assert (
        said == f"127.0.0.1 answers and shows its confirmed Ed25519 key {fingerprint(server.host_keys[0], tmp_path)}."
    )


@pytest.mark.parametrize("which", range(3), ids=["ed25519", "ecdsa", "rsa"])
def test_kind_of_the_pinned_key_is_asked_for(server: Sshd, which: int) -> None:
    with make(server, host_key=server.host_keys[which]) as gateway:
        gateway.deliver(parcel())

    assert server.stored() == [("a.xml", b"<a/>")]


def test_another_key_is_refused_with_both_fingerprints(server: Sshd, tmp_path: Path) -> None:
    other = made_key("ed25519", "other")[1]
    gateway = make(server, host_key=other, private_key="not even looked at")

    with pytest.raises(ConfigError) as caught:
        gateway.deliver(parcel())

    assert not isinstance(caught.value, Unconfirmed)
    assert fingerprint(other, tmp_path) in str(caught.value)
    assert fingerprint(server.host_keys[0], tmp_path) in str(caught.value)
    assert "listening in" in str(caught.value)


def test_server_without_a_key_of_the_pinned_kind_is_refused(tmp_path: Path) -> None:
    with sshd(tmp_path, host_types=("rsa",)) as server, pytest.raises(ConfigError) as caught:
        make(server, host_key=made_key("ed25519", "host")[1]).deliver(parcel())

    assert "expected Ed25519 key" in str(caught.value)
    assert "found RSA key" in str(caught.value)


def test_lines_of_known_hosts_pin_several_keys(server: Sshd) -> None:
    before = made_key("ed25519", "before")[1]
    lines = f"# from May on\n[sftp.example.com]:22,192.0.2.1 {before} comment\n127.0.0.1 {server.host_keys[0]}\n"

    with make(server, host_key=lines) as gateway:
        gateway.deliver(parcel())

    assert server.stored() == [("a.xml", b"<a/>")]


@pytest.mark.parametrize("text", ["SHA256:abc", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA"])
def test_host_key_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        keys.pinned(text)

    assert "expected a line such as" in str(caught.value)
