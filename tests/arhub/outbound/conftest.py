"""A tenant whose things travel through the channels of these tests, in real transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from arhub.domain import outbound
from arhub.domain.tenants import create_tenant
from arhub.models import Outbound, Tenant
from arhub.tenancy.scope import scope
from tests.arhub.outbound import channels

Put = Callable[..., Outbound]


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return create_tenant("acme", name="Acme A/S", currency="DKK")


@pytest.fixture(autouse=True)
def ways(settings: Any) -> Iterator[None]:
    """The channels `once` and `again`."""
    path = "tests.arhub.outbound.channels"
    settings.OUTBOUND_CHANNELS = {"once": f"{path}.Once", "again": f"{path}.Repeated"}
    yield
    for noted in (channels.SENT, channels.SETTLED, channels.ANSWERS, channels.BREAKS):
        noted.clear()


@pytest.fixture
def put(tenant: Tenant) -> Put:
    """put("identity", channel="again", to="a", of=tenant) stores something to send."""

    def stored(identity: str, *, channel: str = "again", to: str = "a", of: Tenant | None = None) -> Outbound:
        with scope((of or tenant).pk):
            outbound.put(channel, to, identity=identity, subject=identity, content=f"<{identity}>".encode())
            return Outbound.objects.get(channel=channel, destination=to, identity=identity)

    return stored
