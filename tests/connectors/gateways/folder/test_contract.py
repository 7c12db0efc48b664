"""The contract of gateways, on a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.gateways.folder.gateway import FolderGateway
from tests.contracts.gateway_contract import GatewayContract, Place


class FolderPlace(Place):
    gateway = FolderGateway

    @contextmanager
    def run(self, folder: Path) -> Iterator[Path]:
        (folder / "start").mkdir()
        yield folder / "start"

    def values(self, server: Path) -> Mapping[str, Any]:
        return {"start": "start"}

    def stored(self, server: Path) -> list[tuple[str, bytes]]:
        return [(str(path.relative_to(server)), path.read_bytes()) for path in server.rglob("*") if path.is_file()]

    def put(self, server: Path, name: str, content: bytes) -> None:
        (server / name).write_bytes(content)

    def stop(self, server: Path) -> None:
        shutil.rmtree(server)


class TestFolder(GatewayContract):
    place = FolderPlace()
