"""A tenant with a connection to the sample system, in real transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from arhub.domain import outbound, runs
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Ledger, Outbound, Run, Tenant
from arhub.tenancy.scope import scope
from connectors import registry
from connectors.domain import connections
from connectors.models import Connection
from connectors.simulators.server import RunningSimulator
from ingestion import tasks as loads
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


@pytest.fixture
def deliver(tenant: Tenant) -> Callable[[], list[str]]:
    """Does all that is due to be sent or looked up, whenever that is; gives the states that were left."""

    def delivered() -> list[str]:
        states: list[str] = []
        with scope(tenant.pk):
            Outbound.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
        while claimed := outbound.claim():
            states.append(str(outbound.deliver(*claimed)))
        return states

    return delivered


@pytest.fixture
def work(tenant: Tenant) -> Callable[[Run], Run]:
    """Works on a run slice by slice until it is over, and on the loads it makes."""

    def worked(run: Run) -> Run:
        while claimed := runs.claim():
            runs.work(*claimed)
        while loads.answer() != "nothing due":
            pass
        with scope(tenant.pk):
            return Run.objects.get(pk=run.pk)

    return worked


def rows_of(running: RunningSimulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = running.simulator.rows  # type: ignore[attr-defined]
    return found
