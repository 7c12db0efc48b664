"""The sending process is killed: whoever comes after finds out by the store and by looking, and one whole file lies
there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Setup
from tests.connectors.gateways.dropbox.places import DropboxPlace
from tests.connectors.gateways.faults.sender import AFTER, BEFORE, MIDDLE, Kept
from tests.connectors.gateways.faults.ways import BIG, WAYS, Way, big
from tests.connectors.gateways.folder.test_contract import FolderPlace
from tests.connectors.gateways.http.places import PutPlace
from tests.contracts.connector_contract import Counted
from tests.contracts.gateway_contract import Place

ROOT = Path(__file__).parents[4]


class WayPlace(Place):
    """A line to a real server."""

    def __init__(self, way: Way) -> None:
        self.way, self.gateway = way, way.gateway  # type: ignore[misc]

    def run(self, folder: Path) -> AbstractContextManager[Any]:
        return self.way.run(folder)

    def values(self, server: Any) -> Mapping[str, Any]:
        return self.way.make(server).setup.values

    def stored(self, server: Any) -> list[tuple[str, bytes]]:
        found: list[tuple[str, bytes]] = server.stored()
        return found


LINES: Mapping[str, Place] = {way.name: WayPlace(way) for way in WAYS}
SHELVES: Mapping[str, Place] = {**LINES, "folder": FolderPlace(), "dropbox": DropboxPlace()}
IN_BLOCKS: Mapping[str, Place] = {**LINES, "folder": FolderPlace(), "http": PutPlace()}
CASES = (
    *((MIDDLE, name, place) for name, place in IN_BLOCKS.items()),
    *((BEFORE, name, place) for name, place in SHELVES.items()),
    *((AFTER, name, place) for name, place in {**SHELVES, **IN_BLOCKS}.items()),
)


@pytest.mark.parametrize(("point", "name", "place"), CASES, ids=[f"{name}, {point}" for point, name, _ in CASES])
def test_killed_sender_leaves_one_whole_file_or_none_under_the_name(
    place: Place, name: str, point: str, tmp_path: Path
) -> None:
    store = tmp_path / "store.json"
    with place.run(tmp_path) as server:
        values = {one.name: one.default for one in place.gateway.settings} | dict(place.values(server))
        kill_sender(place.gateway.kind, values, point, store)
        left = dict(place.stored(server)).get("big.bin")
        with place.gateway(Setup(values, Kept(store), Counted(), tmp_path)) as gateway:
            receipt = gateway.look_up(big())
            if receipt is None:
                gateway.deliver(big())

        assert left == (BIG if point == AFTER else None)
        assert (receipt is not None) == (point == AFTER)
        assert dict(place.stored(server)) == {"big.bin": BIG}


def kill_sender(kind: str, values: dict[str, Any], point: str, store: Path) -> None:
    wishes = json.dumps({"kind": kind, "values": values, "point": point, "store": str(store)})
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "arhub.settings"}
    command = [sys.executable, "-m", "tests.connectors.gateways.faults.sender", wishes]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as sender:
        try:
            assert sender.stdout is not None
            assert sender.stdout.readline() == "stopped\n"
        finally:
            sender.kill()
