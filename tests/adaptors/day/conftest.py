"""The company, its customers and everybody else who runs a server that day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Tenant
from arhub.network import http
from connectors.simulators.dinero.simulator import DineroSimulator
from connectors.simulators.http_receiver.simulator import HttpReceiver
from connectors.simulators.server import RunningSimulator
from tests.adaptors.conftest import COMPANY
from tests.adaptors.day.company import Clock, Company, Operations, copenhagen
from tests.adaptors.day.customers import (
    Architect,
    Council,
    Customer,
    Dentist,
    Factory,
    Harbour,
    Library,
    Shop,
)
from tests.ingestion.conftest import keeping_files
from tests.servers.smtp import MailServer, mail_server


@pytest.fixture
def tenant(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Tenant]:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with keeping_files(tmp_path / "media"):
        yield create_tenant("acme", name="Acme", time_zone="Europe/Copenhagen", **COMPANY)


@pytest.fixture
def post(tmp_path: Path, settings: Any) -> Iterator[MailServer]:
    """Carries the company's own mails and the hub's."""
    with mail_server(tmp_path, starttls=False) as server:
        settings.SMTP = {
            "security": "none", "host": "127.0.0.1", "port": str(server.port), "user": "", "password": "",
        }  # fmt: skip
        settings.MAIL_FROM = "hub@example.com"
        yield server


@pytest.fixture
def customers(tmp_path: Path, post: MailServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sequence[Customer]]:
    monkeypatch.setattr(http, "PAUSE_SECONDS", 0.01)
    kinds = (Harbour, Library, Shop, Factory, Council, Architect)
    with ExitStack() as stack:
        yield [stack.enter_context(one) for one in (*(kind(tmp_path) for kind in kinds), Dentist(tmp_path, post))]


@pytest.fixture
def clock(tenant: Tenant, customers: Sequence[Customer], live_server: Any) -> Iterator[Clock]:
    """Turned on once everybody is there, whose certificates are of today."""
    with copenhagen(tenant) as clock:
        yield clock


@pytest.fixture
def dinero(clock: Clock) -> Iterator[RunningSimulator]:
    """Without a limit, since a test does not wait for the next minute."""
    simulator = DineroSimulator()
    simulator.configure({"requests_per_minute": 0})
    with RunningSimulator(simulator) as running:
        yield running


@pytest.fixture
def webhook() -> Iterator[RunningSimulator]:
    with RunningSimulator(HttpReceiver()) as running:
        yield running


@pytest.fixture
def operations(post: MailServer, webhook: RunningSimulator) -> Operations:
    assert isinstance(webhook.simulator, HttpReceiver)
    return Operations(post, webhook.simulator)


@pytest.fixture
def company(
    tenant: Tenant, clock: Clock, customers: Sequence[Customer], dinero: RunningSimulator, live_server: Any
) -> Company:
    found = Company(tenant, clock, str(live_server.url), customers)
    found.keep_books(dinero)
    found.connect()
    return found


@pytest.fixture
def client(tenant: Tenant) -> Client:
    """A clerk's."""
    client = Client()
    clerk = add_member("ada@example.com", tenant, "clerk", name="Ada")
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    return client
