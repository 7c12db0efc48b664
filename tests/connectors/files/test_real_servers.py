"""Deliveries of the hub to servers of others: a key that a person confirms, and an answer that is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from arhub.domain import outbound_by_hand as by_hand
from arhub.models import Outbound, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries
from connectors.gateways.ftp.settings import EXPLICIT
from connectors.models import Connection
from connectors.simulators.http_receiver.simulator import HttpReceiver
from connectors.simulators.server import RunningSimulator
from tests.servers.cutting import cutting
from tests.servers.sshd import Sshd, sshd
from tests.servers.vsftpd import vsftpd

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

State = Outbound.State
CONTENT = b"<Invoice>\r\n\xc3\xa6</Invoice>\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with sshd(tmp_path) as server:
        yield server


def connect(tenant: Tenant, kind: str, values: dict[str, Any]) -> Connection:
    with scope(tenant.pk):
        return connections.create(kind, name=kind, values=values)


def send(tenant: Tenant, connection: Connection) -> None:
    with scope(tenant.pk):
        deliveries.send(connection, CONTENT, name="INV-1.xml", media_type="application/xml", facts={})


def test_key_is_shown_confirmed_and_pinned(tenant: Tenant, server: Sshd, deliver: Callable[[], list[str]]) -> None:
    connection = connect(tenant, "sftp", server.values(host_key=""))
    first = connections.test(connection, None)
    with scope(tenant.pk):
        connections.confirm(connection, *first[0].confirms, None)
    second = connections.test(connection, None)
    send(tenant, connection)

    assert first[0].confirms == ("host_key", server.host_keys[0])
    assert [tick.is_good for tick in first] == [False]
    assert [tick.is_good for tick in second] == [True] * 4
    assert deliver() == [State.DELIVERED]
    assert server.stored() == [("INV-1.xml", CONTENT)]


def test_nothing_is_delivered_before_the_key_is_confirmed(
    tenant: Tenant, server: Sshd, deliver: Callable[[], list[str]]
) -> None:
    send(tenant, connect(tenant, "sftp", server.values(host_key="")))

    assert State.DELIVERED not in deliver()
    assert server.stored() == []


@pytest.mark.parametrize("kind", ["sftp", "ftp"])
def test_lost_answer_to_the_renaming_is_looked_up(
    tenant: Tenant, tmp_path: Path, deliver: Callable[[], list[str]], kind: str
) -> None:
    with sshd(tmp_path) if kind == "sftp" else vsftpd(EXPLICIT) as server, cutting(server.port) as proxy:
        send(tenant, connect(tenant, kind, server.values(port=proxy.port)))
        proxy.loses = (server.files / "INV-1.xml").exists

        first, second = deliver(), deliver()

        assert (first, second) == ([State.UNCERTAIN], [State.DELIVERED])
        assert server.stored() == [("INV-1.xml", CONTENT)]


def test_post_without_an_answer_is_left_to_a_person_and_goes_no_second_time(
    tenant: Tenant, deliver: Callable[[], list[str]]
) -> None:
    """Nobody can be asked what became of it: the receiver has it, and only a person can find that out."""
    with RunningSimulator(HttpReceiver()) as receiver:
        with scope(tenant.pk):
            connection = connections.create("http", name="Web", values={"url": f"{receiver.url}/in"})
            delivery = deliveries.send(connection, b"<a/>", name="INV-1.xml", media_type="application/xml")
        receiver.misbehave("drop")

        first = deliver()
        with scope(tenant.pk):
            Outbound.objects.update(uncertain_at=timezone.now() - timedelta(hours=1))
        second = deliver()
        with scope(tenant.pk):
            outbound = Outbound.objects.get(delivery=delivery)
            by_hand.arrived(outbound, None)

        assert (first, second, outbound.next_attempt_at) == (["uncertain"], ["uncertain"], None)
        assert deliver() == []
        assert [one.body for one in receiver.simulator.kept] == [b"<a/>"]  # type: ignore[attr-defined]
