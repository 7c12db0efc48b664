"""The sending process is killed: whoever comes after finds out by the store and by looking, and one whole file lies
there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Setup
from tests.connectors.gateways.faults.sender import AFTER, BEFORE, MIDDLE, Kept
from tests.connectors.gateways.faults.ways import BIG, WAYS, Way, big
from tests.contracts.connector_contract import Counted

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("point", [MIDDLE, BEFORE, AFTER])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_killed_sender_leaves_one_whole_file_or_none_under_the_name(way: Way, point: str, tmp_path: Path) -> None:
    with way.run(tmp_path) as server:
        values = dict(way.make(server).setup.values)
        kill_sender(way, values, point, tmp_path / "store.json")
        left = dict(server.stored()).get("big.bin")
        gateway = way.gateway(Setup(values, Kept(tmp_path / "store.json"), Counted()))
        with gateway:
            receipt = gateway.look_up(big())
            if receipt is None:
                gateway.deliver(big())

        assert left == (BIG if point == AFTER else None)
        assert (receipt is not None) == (point == AFTER)
        assert dict(server.stored()) == {"big.bin": BIG}


def kill_sender(way: Way, values: dict[str, Any], point: str, store: Path) -> None:
    wishes = json.dumps({"kind": way.gateway.kind, "values": values, "point": point, "store": str(store)})
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "arhub.settings"}
    command = [sys.executable, "-m", "tests.connectors.gateways.faults.sender", wishes]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as sender:
        try:
            assert sender.stdout is not None
            assert sender.stdout.readline() == "stopped\n"
        finally:
            sender.kill()
