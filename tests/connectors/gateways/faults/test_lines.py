"""What goes wrong on the way: afterwards the receiver has the whole file once, or nothing, and our side knows which or
says that it does not."""

from __future__ import annotations

import io
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from arhub.network.errors import ConfigError, RetryableError, Uncertain
from connectors.gateways.base import Bytes, NameTaken, Parcel
from connectors.gateways.shelf import ShelfGateway
from tests.connectors.gateways.faults.ways import (
    BIG,
    PYFTPD,
    PYFTPD_PLAIN,
    SSHD,
    VSFTPD,
    VSFTPD_IMPLICIT,
    WAYS,
    Watched,
    Way,
    big,
)  # fmt: skip
from tests.contracts.connector_contract import LANGUAGE_OF_MACHINES, Remembered
from tests.contracts.gateway_contract import parcel
from tests.servers.cutting import Cutting, cutting
from tests.servers.programs import cut

FORKING = (SSHD, VSFTPD, VSFTPD_IMPLICIT)


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture
def server(way: Way, tmp_path: Path) -> Iterator[Any]:
    with way.run(tmp_path) as server:
        yield server


@pytest.fixture
def proxy(server: Any) -> Iterator[Cutting]:
    with cutting(server.port) as proxy:
        yield proxy


def settled(gateway: ShelfGateway, server: Any) -> dict[str, bytes]:
    """What the hub does with a file of which it is not known whether it arrived, and what lies there in the end."""
    if gateway.look_up(big()) is None:
        gateway.deliver(big())
    return dict(server.stored())


@pytest.mark.parametrize("way", FORKING, ids=lambda way: way.name, indirect=True)
def test_connection_cut_at_a_third_leaves_nothing_under_the_name(way: Way, server: Any) -> None:
    with way.make(server) as gateway:
        with pytest.raises(RetryableError):
            gateway.deliver(big(lambda: cut(server.process)))
        names = [name for name, _ in server.stored()]

        assert "big.bin" not in names
        assert settled(gateway, server) == {"big.bin": BIG}


@pytest.mark.parametrize("way", [SSHD], ids=lambda way: way.name, indirect=True)
def test_proxy_that_cuts_at_a_third_leaves_nothing_under_the_name(way: Way, server: Any, proxy: Cutting) -> None:
    proxy.cut_after = len(BIG) // 3
    with way.make(server, port=proxy.port) as gateway:
        with pytest.raises(RetryableError):
            gateway.deliver(big())
        proxy.let_through()

        assert "big.bin" not in dict(server.stored())
        assert settled(gateway, server) == {"big.bin": BIG}


def test_lost_answer_to_the_renaming_is_uncertain_and_found_out(way: Way, server: Any, proxy: Cutting) -> None:
    store = Remembered()
    proxy.loses = (server.files / "big.bin").exists
    with way.make(server, store, port=proxy.port) as gateway:
        with pytest.raises(Uncertain):
            gateway.deliver(big())
        receipt = gateway.look_up(big())

    assert receipt is not None
    assert receipt.speaks_of == f"sha256:{sha256(BIG).hexdigest()}"
    assert dict(server.stored()) == {"big.bin": BIG}
    assert list(store) == [f"parcel step {big().identity}"]


def test_file_that_was_taken_after_a_lost_answer_stays_uncertain(way: Way, server: Any, proxy: Cutting) -> None:
    proxy.loses = (server.files / "big.bin").exists
    with way.make(server, port=proxy.port) as gateway:
        with pytest.raises(Uncertain):
            gateway.deliver(big())
        (server.files / "big.bin").unlink()

        with pytest.raises(RetryableError) as caught:
            gateway.look_up(big())

    assert "may have taken it" in str(caught.value)


def test_connection_cut_before_the_renaming_delivers_once(way: Way, server: Any, proxy: Cutting) -> None:
    def cut_off() -> None:
        proxy.cut_after = 0

    with way.make(server, Watched(cut_off), port=proxy.port) as gateway:
        with pytest.raises((RetryableError, Uncertain)):
            gateway.deliver(big())
        proxy.let_through()
        names = [name for name, _ in server.stored()]

        assert names == [next(name for name in names if name.startswith("big.bin."))]
        assert settled(gateway, server) == {"big.bin": BIG}


@pytest.mark.parametrize("way", [*FORKING, PYFTPD_PLAIN], ids=lambda way: way.name)
def test_disk_full_is_told_and_leaves_nothing(way: Way, tmp_path: Path) -> None:
    with way.run(tmp_path, largest_file=1 << 20) as server, way.make(server) as gateway:
        with pytest.raises(RetryableError) as caught:
            gateway.deliver(big())
        said, left = str(caught.value), server.stored()
        gateway.deliver(small := parcel(b"fits", name="small.xml", identity="small"))

        assert left == []
        assert not [word for word in LANGUAGE_OF_MACHINES if word in said]
        assert dict(server.stored()) == {small.name: b"fits"}


@pytest.mark.parametrize("way", [PYFTPD, PYFTPD_PLAIN], ids=lambda way: way.name)
def test_server_that_keeps_less_is_found_out(way: Way, tmp_path: Path) -> None:
    with way.run(tmp_path, keeps=0.5) as server, way.make(server) as gateway:
        with pytest.raises(RetryableError) as caught:
            gateway.deliver(big())

        assert f"Expected {len(BIG):,} bytes" in str(caught.value)
        assert server.stored() == []


def test_file_that_arrives_short_does_not_get_its_name(way: Way, server: Any) -> None:
    class Longer(Bytes):
        size = 5

    with way.make(server) as gateway, pytest.raises(RetryableError) as caught:
        gateway.deliver(Parcel("short", "short.xml", Longer(b"<a/>")))

    assert str(caught.value) == "Expected 5 bytes of short.xml there, found 4 bytes: it came incomplete."
    assert server.stored() == []


def test_name_that_is_taken_meanwhile_stays_with_its_owner(way: Way, server: Any) -> None:
    def take() -> None:
        (server.files / "big.bin").write_bytes(b"theirs")

    store = Remembered()
    with way.make(server, store) as gateway, pytest.raises(NameTaken):
        gateway.deliver(big(take))

    assert dict(server.stored()) == {"big.bin": b"theirs"}
    assert store == {}


@pytest.mark.parametrize("way", [SSHD, VSFTPD], ids=lambda way: way.name, indirect=True)
def test_folder_without_rights_is_told(way: Way, server: Any) -> None:
    server.files.chmod(0o555)
    start = {"start": "/sys/kernel"} if way is SSHD else {}  # where root may not either
    with way.make(server, **start) as gateway, pytest.raises(ConfigError) as caught:
        gateway.deliver(big())

    assert "does not let" in str(caught.value)


def test_silent_server_is_given_up(way: Way, server: Any, proxy: Cutting) -> None:
    class Hasty(way.gateway):  # type: ignore[name-defined, misc]
        silence_seconds = 0.4

    proxy.delay = 30
    gateway = Hasty(way.make(server, port=proxy.port).setup)

    with pytest.raises(RetryableError) as caught:
        gateway.deliver(big())

    assert "nothing was heard" in str(caught.value) or "as an" in str(caught.value)


def test_server_that_talks_too_slowly_is_given_up(way: Way, server: Any, proxy: Cutting) -> None:
    class Hasty(way.gateway):  # type: ignore[name-defined, misc]
        call_seconds = 0.5

    gateway = Hasty(way.make(server, port=proxy.port).setup)
    gateway.check_sign_in()
    proxy.delay = 0.3

    with pytest.raises(RetryableError) as caught:
        gateway.deliver(parcel())

    assert "seconds have passed" in str(caught.value)


def test_twenty_megabytes_go_and_come_back(way: Way, server: Any) -> None:
    content = sha256(b"seed").digest() * (20 * 1024 * 1024 // 32)
    into = io.BytesIO()
    with way.make(server) as gateway:
        gateway.deliver(parcel(content, name="large.bin", identity="large"))
        gateway.fetch(next(iter(gateway.list(""))), into)

    assert sha256(into.getvalue()).hexdigest() == sha256(content).hexdigest()
