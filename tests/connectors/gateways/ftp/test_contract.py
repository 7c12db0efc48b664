"""The contract of gateways, on two FTP servers and with every security there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from connectors.gateways.base import Gateway
from connectors.gateways.ftp.gateway import FtpGateway
from connectors.gateways.ftp.settings import EXPLICIT, IMPLICIT, PLAIN
from tests.contracts.gateway_contract import GatewayContract, Place
from tests.servers.ftp_place import FtpServer
from tests.servers.pyftpd import pyftpd
from tests.servers.vsftpd import vsftpd


class FtpPlace(Place):
    gateway = FtpGateway
    wrong = {"password": "not the one"}

    def __init__(self, serve: Callable[[], AbstractContextManager[FtpServer]]) -> None:
        self.serve = serve

    def run(self, folder: Path) -> AbstractContextManager[FtpServer]:
        return self.serve()

    def values(self, server: FtpServer) -> Mapping[str, Any]:
        return server.values()

    def stored(self, server: FtpServer) -> list[tuple[str, bytes]]:
        return server.stored()

    def put(self, server: FtpServer, name: str, content: bytes) -> None:
        (server.files / name).write_bytes(content)
        (server.files / name).chmod(0o644)

    def stop(self, server: FtpServer) -> None:
        server.stop()


class TestVsftpdExplicit(GatewayContract):
    place = FtpPlace(partial(vsftpd, EXPLICIT))

    def test_receipt_has_what_the_server_said(self, gateway: Gateway) -> None:
        assert gateway.deliver(self.parcel()).content == b"250 Rename successful."


class TestVsftpdImplicit(GatewayContract):
    place = FtpPlace(partial(vsftpd, IMPLICIT))


class TestPyftpdlibPlain(GatewayContract):
    place = FtpPlace(partial(pyftpd, PLAIN))


class TestPyftpdlibExplicit(GatewayContract):
    place = FtpPlace(partial(pyftpd, EXPLICIT))


class TestPyftpdlibImplicit(GatewayContract):
    place = FtpPlace(partial(pyftpd, IMPLICIT))


class TestWithoutMlsd(GatewayContract):
    place = FtpPlace(partial(pyftpd, PLAIN, without=("MLSD", "MLST", "EPSV", "SIZE")))
