"""A simulator behind HTTP for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.simulators.intacct.simulator import IntacctSimulator
from connectors.simulators.server import RunningSimulator
from tests.connectors.simulators.intacct.client import Client


@pytest.fixture
def running() -> Iterator[RunningSimulator]:
    with RunningSimulator(IntacctSimulator()) as running:
        yield running


@pytest.fixture
def client(running: RunningSimulator) -> Client:
    return Client(running)


@pytest.fixture
def books(client: Client) -> Client:
    """With a customer C1 in them."""
    client.customer()
    return client
