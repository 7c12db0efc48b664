"""The small world of the hub's screens, with activations in two of its tenants."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from adaptors.domain import activations
from adaptors.models import Activation
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.sample_formats import sample_formats
from tests.adaptors.world import connection, customer, rule
from tests.arhub.admin.conftest import Records, SignIn, World, made_world, sign_in, world

__all__ = ["made_world", "sample_formats", "sign_in", "world"]


@dataclass(frozen=True)
class Activated:
    """An activation of a tenant, and connections that fit it."""

    records: Records
    activation: Activation
    dinero: Connection
    gateway: Connection

    @property
    def address(self) -> str:
        return f"/adaptors/activation/{self.activation.pk}/"

    def stored(self) -> Activation:
        with scope(self.records.tenant.pk):
            return Activation.objects.select_related("connection", "source", "destination", "owner").get(
                pk=self.activation.pk
            )

    def finish(self) -> None:
        """Give it all it needs."""
        with scope(self.records.tenant.pk):
            activations.connect(self.activation, self.dinero)
            activations.change(self.activation, {"destination": self.gateway})
            assert self.activation.source is not None
            rule(self.activation, customer(self.activation.source, "C-1"))

    def switch_on(self) -> None:
        self.finish()
        with scope(self.records.tenant.pk):
            activations.switch(self.activation, on=True)


def activated(records: Records, word: str) -> Activated:
    with scope(records.tenant.pk):
        dinero, gateway = connection("dinero", f"{word} Dinero", source=True), connection("sftp", f"{word} server")
        return Activated(records, activations.activate("dinero_invoices", name=f"{word} invoices"), dinero, gateway)


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant, role="manager")


@pytest.fixture
def acting(world: World) -> Activated:
    return activated(world.acting, "Acting")


@pytest.fixture
def hidden(world: World) -> Activated:
    return activated(world.hidden, "Hidden")
