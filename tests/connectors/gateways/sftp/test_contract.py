"""The contract of gateways, on OpenSSH's server."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from connectors.gateways.sftp.gateway import SftpGateway
from tests.contracts.gateway_contract import GatewayContract, Place
from tests.servers.programs import stop
from tests.servers.sshd import Sshd, made_key, sshd


class SshdPlace(Place):
    gateway = SftpGateway

    @property
    def wrong(self) -> Mapping[str, str]:  # type: ignore[override]
        return {"private_key": made_key("ed25519", "stranger")[0]}

    def run(self, folder: Path) -> AbstractContextManager[Sshd]:
        return sshd(folder)

    def values(self, server: Sshd) -> Mapping[str, Any]:
        return server.values()

    def stored(self, server: Sshd) -> list[tuple[str, bytes]]:
        return server.stored()

    def put(self, server: Sshd, name: str, content: bytes) -> None:
        (server.files / name).write_bytes(content)

    def stop(self, server: Sshd) -> None:
        stop(server.process)


class TestSshd(GatewayContract):
    place = SshdPlace()
