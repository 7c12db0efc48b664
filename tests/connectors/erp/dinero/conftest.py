from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.base import Setup
from connectors.erp.dinero.connector import DineroConnector
from connectors.simulators.dinero.organization import Organization
from connectors.simulators.dinero.simulator import DineroSimulator
from connectors.simulators.server import RunningSimulator

RIGHT = {"client_id": "client-1", "client_secret": "client-secret", "api_key": "api-key-1"}

Connect = Callable[..., DineroConnector]


class Memory:
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def put(self, name: str, value: Any) -> None:
        self.values[name] = value


class CountedPace:
    def __init__(self) -> None:
        self.turns = 0

    def wait(self) -> None:
        self.turns += 1


@pytest.fixture
def dinero(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSimulator]:
    """A simulator without a limit. The client does not pause before it tries again."""
    monkeypatch.setattr("connectors.erp.dinero.client.PAUSE_SECONDS", 0)
    simulator = DineroSimulator()
    simulator.configure({"requests_per_minute": 0})
    with RunningSimulator(simulator) as running:
        yield running


@pytest.fixture
def connect(dinero: RunningSimulator) -> Connect:
    """A connector of its own, with its own memory and pace, as another process has it."""

    def make(**values: Any) -> DineroConnector:
        defaults = {setting.name: setting.default for setting in DineroConnector.settings}
        places = {"api_url": dinero.url, "sign_in_url": dinero.url}
        return DineroConnector(Setup({**defaults, **places, **RIGHT, **values}, Memory(), CountedPace()))

    return make


@pytest.fixture
def books(dinero: RunningSimulator) -> Organization:
    assert isinstance(dinero.simulator, DineroSimulator)
    return dinero.simulator.organizations[123456]
