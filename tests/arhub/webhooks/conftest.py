"""A tenant with endpoints, and a receiver on loopback that behaves as told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_network
from typing import Any

import pytest
from django.utils import timezone

from arhub import tasks
from arhub.domain import events, webhook_endpoints
from arhub.domain.tenants import create_tenant
from arhub.models import Attempt, Event, Outbound, Tenant, WebhookEndpoint
from arhub.tenancy.scope import scope
from tests.arhub.network.servers import Behaviour, Server, answer, in_turn, serve

Receive = Callable[..., Server]
Subscribe = Callable[..., tuple[WebhookEndpoint, str]]
Happen = Callable[..., Event]


@pytest.fixture
def tenant(transactional_db: None, settings: Any) -> Tenant:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    return create_tenant("acme", name="Acme A/S", currency="DKK")


@pytest.fixture
def receive() -> Iterator[Receive]:
    """receive(behaviour, ...) starts a receiver that behaves so in turn; by default it takes everything."""
    with ExitStack() as running:

        def start(*behaviours: Behaviour) -> Server:
            return running.enter_context(serve(in_turn(*(behaviours or (answer(),)))))

        yield start


@pytest.fixture
def subscribe(tenant: Tenant) -> Subscribe:
    """subscribe(server, kinds, of=tenant) gives an endpoint and its key."""

    def made(server: Server, *kinds: str, of: Tenant | None = None) -> tuple[WebhookEndpoint, str]:
        with scope((of or tenant).pk):
            return webhook_endpoints.make("Shop", server.url("/hooks"), kinds)

    return made


@pytest.fixture
def happen(tenant: Tenant) -> Happen:
    def happened(kind: str = "records.changed", *, of: Tenant | None = None, **data: Any) -> Event:
        with scope((of or tenant).pk):
            return events.emit(kind, data or {"name": "Blåbær"}, subject="Load 1")

    return happened


def send_all() -> None:
    """Do what is due until nothing is."""
    while tasks.answer_outbound() != "nothing due":
        pass


def send_again(tenant: Tenant) -> None:
    """As if every pause were over."""
    with scope(tenant.pk):
        Outbound.objects.filter(state=Outbound.State.WAITING).update(next_attempt_at=timezone.now())
    send_all()


def deliveries(tenant: Tenant) -> list[tuple[str, int, str]]:
    """State, attempts and last answer of each, the oldest first."""
    with scope(tenant.pk):
        return list(Outbound.objects.order_by("id").values_list("state", "attempts", "answer"))


def attempts(tenant: Tenant) -> list[tuple[str, int | None, str]]:
    with scope(tenant.pk):
        return list(Attempt.objects.order_by("id").values_list("outcome", "status", "excerpt"))


def fresh(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    with scope(endpoint.tenant_id):
        return WebhookEndpoint.objects.get(pk=endpoint.pk)
