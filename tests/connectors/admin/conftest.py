"""The small world of the hub's screens, with connections to the sample system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from arhub.models import Outbound, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, pushes, write_backs
from connectors.models import Connection, OutboundPush
from connectors.simulators.server import RunningSimulator
from tests.arhub.admin.conftest import Records, SignIn, World, made_world, sign_in, world
from tests.connectors.domain.conftest import running, sample_is_registered
from tests.connectors.sample.simulator import KEY

__all__ = ["made_world", "running", "sample_is_registered", "sign_in", "world"]

SENT = {"_form_submitted": "on"}
State = Outbound.State


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant, role="manager")


@dataclass(frozen=True)
class Linked:
    """A connection of a tenant, and the push of its account through it."""

    records: Records
    connection: Connection

    def push(self, state: str = State.WAITING, **fields: Any) -> OutboundPush:
        """Its newest push, in some state."""
        with scope(self.records.tenant.pk):
            account = self.records.first("account")
            pushes.push(self.connection, "account", [account.pk])
            OutboundPush.objects.update(state=state, **fields)
            return OutboundPush.objects.latest("id")

    def write_back(self, **keys: str) -> None:
        with scope(self.records.tenant.pk):
            write_backs.store(self.connection, "account", self.records.first("account").pk, keys)


Link = Callable[..., Linked]


def connect(tenant: Tenant, url: str, name: str = "Notebook") -> Connection:
    with scope(tenant.pk):
        return connections.create("sample", name=name, values={"url": url, "key": KEY})


@pytest.fixture
def acting(world: World) -> Linked:
    return Linked(world.acting, connect(world.acting.tenant, "https://notebook.example"))


@pytest.fixture
def hidden(world: World) -> Linked:
    return Linked(world.hidden, connect(world.hidden.tenant, "https://hidden.example", "Hidden notebook"))


@pytest.fixture
def simulated(world: World, running: RunningSimulator, side_joins_default: None) -> Linked:
    """A connection to a system that is there."""
    return Linked(world.acting, connect(world.acting.tenant, running.url))
