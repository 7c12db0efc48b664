"""A tenant with a connection to a folder, in real transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from arhub.domain import runs
from arhub.domain.tenants import create_tenant
from arhub.models import Run, Source, Tenant
from arhub.tenancy.scope import scope
from connectors import registry
from connectors.domain import connections
from connectors.models import Connection, Inbox
from ingestion import tasks as loads
from tests.connectors.files.careless import CarelessGateway
from tests.ingestion.conftest import keeping_files


@pytest.fixture(autouse=True)
def careless_is_registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    path = "tests.connectors.files.careless.CarelessGateway"
    monkeypatch.setitem(registry.CONNECTORS, "careless", ("Careless folder", path))
    CarelessGateway.fault, CarelessGateway.delivered = "", 0
    yield


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> Path:
    settings.FOLDERS = tmp_path / "exchange"
    return tmp_path / "exchange"


@pytest.fixture
def tenant(transactional_db: None, tmp_path: Path) -> Iterator[Tenant]:
    with keeping_files(tmp_path / "media"):
        yield create_tenant("acme", name="Acme A/S", currency="DKK")


@pytest.fixture
def place(folders: Path, tenant: Tenant) -> Path:
    """Where the connection leads."""
    found = folders / tenant.slug
    found.mkdir(parents=True)
    return found


@pytest.fixture
def connection(tenant: Tenant, place: Path) -> Connection:
    with scope(tenant.pk):
        return connections.create("careless", name="Share", values={})


@pytest.fixture
def inbox(tenant: Tenant, connection: Connection) -> Inbox:
    with scope(tenant.pk):
        source = Source.objects.create(name="Drops", ledger=Source.objects.get(kind=Source.Kind.UPLOAD).ledger)
        return Inbox.objects.create(
            name="Customers", connection=connection, source=source, record_type="account", pattern="*.csv",
            folder="in", settle_seconds=0,
        )  # fmt: skip


@pytest.fixture
def work(tenant: Tenant) -> Callable[[Run], Run]:
    """Works on a run slice by slice until it is over, and between them on the loads it makes."""

    def worked(run: Run) -> Run:
        while claimed := runs.claim():
            runs.work(*claimed)
            while loads.answer() != "nothing due":
                pass
        with scope(tenant.pk):
            return Run.objects.get(pk=run.pk)

    return worked
