"""A company whose records are posted to a simulator of Sage Intacct, in real transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from adaptors.domain.mapping.field_mapping import Rules
from adaptors.domain.mapping.mapping_edits import Given, save
from adaptors.domain.running import KIND
from adaptors.models import Activation, LookupEntry, LookupTable
from arhub.domain import runs
from arhub.domain.tenants import create_tenant
from arhub.models import Run, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from connectors.simulators.server import RunningSimulator
from tests.connectors.conftest import deliver, loopback_is_allowed, work
from tests.connectors.faults.world import World, connect, intacct, make_world

__all__ = ["deliver", "loopback_is_allowed", "work"]

Map = Callable[..., None]


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return create_tenant("acme", name="Acme A/S", currency="USD")


@pytest.fixture
def world(tenant: Tenant) -> World:
    return make_world(tenant)


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with intacct() as running:
        yield running


@pytest.fixture
def books(world: World, simulator: RunningSimulator) -> Connection:
    return connect(world, simulator, "Books")


@pytest.fixture
def activation(books: Connection) -> Activation:
    """On, with everything of the company's own ledger since 2026."""
    return activate(books)


def activate(destination: Connection, adaptor: str = "post_receivables", **values: Any) -> Activation:
    with scope(destination.tenant_id):
        return Activation.objects.create(
            adaptor=adaptor, name=f"Adaptor to {destination}", destination=destination, is_on=True,
            source=Source.objects.get(ledger__is_default=True), dated_from=date(2026, 1, 1), values=values,
        )  # fmt: skip


@pytest.fixture
def map_fields(activation: Activation) -> Map:
    """map_fields("invoice", AccountNo=Given("constant", "4010"))"""

    def mapped(name: str, **given: Given) -> None:
        with scope(activation.tenant_id):
            made = next(one for one in Rules(activation).connector.objects if one.name == name)
            save(activation, made, given)

    return mapped


def table(tenant: Tenant, name: str, default: str = "", **entries: str) -> LookupTable:
    with scope(tenant.pk):
        made = LookupTable.objects.create(name=name, default=default)
        LookupEntry.objects.bulk_create(LookupEntry(table=made, key=key, value=value) for key, value in entries.items())
        return made


def run(activation: Activation) -> Run:
    """One run of an activation, until it is over."""
    with scope(activation.tenant_id):
        made = runs.start(KIND, activation.pk)
    while claimed := runs.claim():
        runs.work(*claimed)
    with scope(activation.tenant_id):
        return Run.objects.get(pk=made.pk)
