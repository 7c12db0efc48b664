"""Access points that run, and gateways to them that are made without a database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from arhub.network import http
from connectors.base import Setup
from connectors.gateways.access_point.gateway import AccessPointGateway
from connectors.simulators.access_point.simulator import AccessPointSimulator
from connectors.simulators.server import RunningSimulator
from tests.contracts.connector_contract import Counted, Remembered

SHAPES = ("phase4", "phoss")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def server() -> Iterator[RunningSimulator]:
    with RunningSimulator(AccessPointSimulator()) as running:
        yield running


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def gateway(server: RunningSimulator, shape: str, **values: Any) -> AccessPointGateway:
    defaults = {one.name: one.default for one in AccessPointGateway.settings}
    given = {**defaults, "url": server.url, "token": "token-1", "shape": shape, **values}
    return AccessPointGateway(Setup(given, Remembered(), Counted()))


def transmissions(server: RunningSimulator) -> list[Any]:
    return list(server.simulator.transmissions.values())  # type: ignore[attr-defined]
