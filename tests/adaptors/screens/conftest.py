"""The small world of the hub's screens, with lookup tables in two of its tenants."""

from __future__ import annotations

import pytest
from django.test import Client

from adaptors.models import LookupTable
from tests.adaptors.posting.conftest import table
from tests.arhub.admin.conftest import SignIn, World, made_world, sign_in, world

__all__ = ["made_world", "sign_in", "world"]


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant, role="manager")


@pytest.fixture
def products(world: World) -> LookupTable:
    return table(world.acting.tenant, "Products", "4000", P1="4010", P2="4100")


@pytest.fixture
def hidden(world: World) -> LookupTable:
    return table(world.hidden.tenant, "Hidden table", "", Secret="9999")
