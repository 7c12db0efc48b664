"""Where the Dropbox gateway is tried: the simulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.base import Setup
from connectors.gateways.dropbox.gateway import DropboxGateway
from connectors.simulators.dropbox.simulator import DropboxSimulator
from connectors.simulators.server import RunningSimulator
from tests.contracts.connector_contract import Counted, Remembered
from tests.contracts.gateway_contract import Place

START = "Hub/Out"


def drive(running: RunningSimulator) -> Any:
    assert isinstance(running.simulator, DropboxSimulator)
    return running.simulator.drive


def stored(running: RunningSimulator) -> dict[str, bytes]:
    """All there is, by the names below the folder where one starts; elsewhere by the whole path."""
    return {one.path.removeprefix(f"/{START}/"): one.content for one in drive(running).files.values()}


def values(running: RunningSimulator, **given: Any) -> dict[str, Any]:
    return {
        "app_key": "app-key", "app_secret": "app-secret", "refresh_token": "refresh-token", "start": START,
        "api_url": running.url, "content_url": running.url, **given,
    }  # fmt: skip


def make(running: RunningSimulator, store: Remembered | None = None, **given: Any) -> DropboxGateway:
    every = {one.name: one.default for one in DropboxGateway.settings} | values(running, **given)
    return DropboxGateway(Setup(every, Remembered() if store is None else store, Counted()))


class DropboxPlace(Place):
    gateway = DropboxGateway
    wrong = {"app_secret": "not-the-secret"}

    @contextmanager
    def run(self, folder: Path) -> Iterator[RunningSimulator]:
        with RunningSimulator(DropboxSimulator()) as running:
            drive(running).make_folder(f"/{START}")
            yield running

    def values(self, server: RunningSimulator) -> Mapping[str, Any]:
        return values(server)

    def stored(self, server: RunningSimulator) -> list[tuple[str, bytes]]:
        return list(stored(server).items())

    def put(self, server: RunningSimulator, name: str, content: bytes) -> None:
        drive(server).store(f"/{START}/{name}", content, "add")

    def stop(self, server: RunningSimulator) -> None:
        server.__exit__()
