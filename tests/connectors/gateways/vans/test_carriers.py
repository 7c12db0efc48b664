"""The contract of gateways, on a mailbox behind SFTP and FTPS servers, which may carry for one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from connectors.base import Setup
from connectors.gateways.base import Gateway
from connectors.gateways.ftp.settings import EXPLICIT
from connectors.gateways.vans.gateway import VansGateway
from tests.connectors.gateways.ftp.test_contract import FtpPlace
from tests.connectors.gateways.sftp.test_contract import SshdPlace
from tests.contracts.connector_contract import Counted, Remembered
from tests.contracts.gateway_contract import GatewayContract, Place
from tests.servers.vsftpd import vsftpd


class Behind(Place):
    """The mailbox lies where another place is."""

    gateway = VansGateway
    knows_taken_names = False  # the carrier's own contract has it

    def __init__(self, place: Place) -> None:
        self.place = place

    def run(self, folder: Path) -> AbstractContextManager[Any]:
        return self.place.run(folder)

    def values(self, server: Any) -> Mapping[str, Any]:
        return {"carrier": 1}

    def carrier(self, server: Any, home: Path) -> Gateway:
        values = {one.name: one.default for one in self.place.gateway.settings}
        return self.place.gateway(Setup(values | dict(self.place.values(server)), Remembered(), Counted(), home))

    def stored(self, server: Any) -> list[tuple[str, bytes]]:
        return self.place.stored(server)

    def put(self, server: Any, name: str, content: bytes) -> None:
        self.place.put(server, name, content)

    def stop(self, server: Any) -> None:
        self.place.stop(server)


class TestOverSftp(GatewayContract):
    place = Behind(SshdPlace())


class TestOverFtps(GatewayContract):
    place = Behind(FtpPlace(lambda: vsftpd(EXPLICIT)))
