"""A connector over settings and a memory of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.base import Setup
from connectors.erp.intacct.connector import IntacctConnector
from connectors.erp.intacct.settings import SETTINGS
from connectors.simulators import registry
from connectors.simulators.server import RunningSimulator

Make = Callable[..., IntacctConnector]


class Memory:
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def put(self, name: str, value: Any) -> None:
        self.values[name] = value


class Pace:
    def __init__(self) -> None:
        self.waits = 0

    def wait(self) -> None:
        self.waits += 1


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def make(memory: Memory) -> Make:
    """A connector with the simulator's credentials, and the settings that are given."""

    def made(**values: Any) -> IntacctConnector:
        defaults = {setting.name: setting.default for setting in SETTINGS}
        access = {
            "sender_id": "sender-1", "sender_password": "sender-secret", "company_id": "COMPANY1",
            "user_id": "xml_gateway", "user_password": "user-secret", "account": "4000", "term": "N30",
            "bank": "BOFA1435",
        }  # fmt: skip
        return IntacctConnector(Setup({**defaults, **access, **values}, memory, Pace()))

    return made


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with RunningSimulator(registry.make("intacct")) as running:
        yield running


@pytest.fixture
def make_live(make: Make, simulator: RunningSimulator) -> Make:
    """A connector to the running simulator."""
    return lambda **values: make(**{"address": simulator.url + simulator.simulator.path, **values})


@pytest.fixture
def connector(make_live: Make) -> IntacctConnector:
    return make_live()
