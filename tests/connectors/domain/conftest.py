"""A tenant with a connection to the sample system, in real transactions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Ledger, Tenant
from arhub.tenancy.scope import scope
from connectors import registry
from connectors.domain import connections
from connectors.models import Connection
from connectors.simulators.server import RunningSimulator
from tests.connectors.sample.simulator import KEY, SampleSimulator

SAMPLE = ("Sample", "tests.connectors.sample.connector.SampleConnector")


@pytest.fixture(autouse=True)
def sample_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.CONNECTORS, "sample", SAMPLE)


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return create_tenant("acme", name="Acme A/S", currency="DKK")


@pytest.fixture
def running() -> Iterator[RunningSimulator]:
    with RunningSimulator(SampleSimulator()) as running:
        yield running


@pytest.fixture
def connection(tenant: Tenant, running: RunningSimulator) -> Connection:
    with scope(tenant.pk):
        return connections.create("sample", name="Notebook", values={"url": running.url, "key": KEY})


@pytest.fixture
def accounts(tenant: Tenant) -> list[Account]:
    """Two accounts of the tenant's own ledger."""
    with scope(tenant.pk):
        ledger = Ledger.objects.get(is_default=True)
        return [
            Account.objects.create(
                ledger=ledger, erp_key=f"C-{number}", number=f"C-{number}", name=f"Customer {number}"
            )
            for number in (1, 2)
        ]


def rows_of(running: RunningSimulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = running.simulator.rows  # type: ignore[attr-defined]
    return found
