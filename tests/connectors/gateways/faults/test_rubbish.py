"""Servers that are none, or that never stop."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat

import pytest

from arhub.network.errors import NetworkError, RetryableError
from connectors.base import Setup
from connectors.gateways.ftp.gateway import FtpGateway
from connectors.gateways.sftp.gateway import SftpGateway
from tests.contracts.connector_contract import LANGUAGE_OF_MACHINES, Counted, Remembered
from tests.contracts.gateway_contract import parcel
from tests.servers.programs import HERE
from tests.servers.sshd import made_key

RUBBISH = {
    "nothing": [],
    "web": [b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html></html>"],
    "bytes": [bytes(range(256)) * 100],
    "one line": [b"2" * 100_000],
    "lines for ever": repeat(b"220-hello\r\n" * 1_000),
    "SSH": chain([b"SSH-2.0-OpenSSH_9.2\r\n"], repeat(b"\0\0\x03\xe8" + b"x" * 1_000, 100)),
    "too many": [b"421 Too many connections.\r\n"],
}


@contextmanager
def saying(pieces: Iterator[bytes]) -> Iterator[int]:
    """A port at which one is told this, whatever one says."""

    def talk() -> None:
        with suppress(OSError):
            while True:
                with listening.accept()[0] as client:
                    for piece in pieces:
                        client.sendall(piece)

    with socket.create_server((HERE, 0)) as listening:
        threading.Thread(target=talk, daemon=True).start()
        try:
            yield listening.getsockname()[1]
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("kind", [SftpGateway, FtpGateway], ids=lambda kind: kind.kind)
@pytest.mark.parametrize("rubbish", RUBBISH)
def test_server_that_talks_rubbish_is_told(kind: type[SftpGateway] | type[FtpGateway], rubbish: str) -> None:
    class Hasty(kind):  # type: ignore[misc, valid-type]
        silence_seconds = 2

    with saying(iter(RUBBISH[rubbish])) as port:
        values = {one.name: one.default for one in kind.settings} | {
            "host": HERE, "port": port, "user": "a", "password": "secret word",
            "host_key": made_key("ed25519", "host")[1],
        }  # fmt: skip
        with pytest.raises(NetworkError) as caught:
            Hasty(Setup(values, Remembered(), Counted())).deliver(parcel())

    assert isinstance(caught.value, RetryableError)
    assert not [word for word in LANGUAGE_OF_MACHINES if word in str(caught.value)]
    assert "secret word" not in str(caught.value)
