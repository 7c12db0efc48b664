"""To Network and VANS: each document goes the way that its receiver is reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Outbound, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries, inboxes, participants, removal
from connectors.gateways.vans.gateway import VansGateway
from connectors.models import Connection, Delivery, Inbox, InboxFile, Participant
from ingestion import tasks as loads
from tests.connectors.files.careless import CarelessGateway
from tests.connectors.files.test_deliveries import died, files_in

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

State = Outbound.State
CUSTOMERS = b"Customer Number,Customer Name\nC-1,Customer 1\n"
RECEIVER = "0088:5798000000124"


@pytest.fixture(autouse=True)
def careless_may_carry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder stands for the SFTP server of a VANS."""
    settings = [one if one.kind != "connection" else _carried_by_careless(one) for one in VansGateway.settings]
    monkeypatch.setattr(VansGateway, "settings", tuple(settings))


def _carried_by_careless(setting: Any) -> Any:
    return replace(setting, choices=(("careless", "Careless folder"),))


@pytest.fixture
def vans(tenant: Tenant, connection: Connection) -> Connection:
    with scope(tenant.pk):
        return connections.create("vans", name="Mailbox", values={"carrier": connection.pk, "folder": "out"})


@pytest.fixture
def network(tenant: Tenant, vans: Connection) -> Connection:
    with scope(tenant.pk):
        return connections.create("network", name="To Network", values={"vans": vans.pk})


@pytest.fixture
def partner(transactional_db: None) -> Tenant:
    return create_tenant("partner", name="Partner", currency="DKK")


@pytest.fixture
def their_inbox(partner: Tenant) -> Inbox:
    with scope(partner.pk):
        folder = connections.create("folder", name="Any", values={})
        source = Source.objects.get(kind=Source.Kind.UPLOAD)
        return Inbox.objects.create(name="From the hub", connection=folder, source=source, record_type="account")


def send(tenant: Tenant, connection: Connection, receiver: str = RECEIVER) -> Delivery:
    with scope(tenant.pk):
        return deliveries.send(connection, CUSTOMERS, name="customers.csv", facts={"receiver": receiver})


def answer(tenant: Tenant, delivery: Delivery) -> str:
    with scope(tenant.pk):
        return Outbound.objects.get(delivery=delivery).answer


def know(tenant: Tenant, route: str, **given: Any) -> None:
    with scope(tenant.pk):
        participants.add({"endpoint": RECEIVER, "name": "Receiver", "route": route, **given})


class TestVans:
    def test_carrier_brings_it_into_the_mailbox(
        self, tenant: Tenant, vans: Connection, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        delivery = send(tenant, vans)

        assert deliver() == [State.DELIVERED]
        assert files_in(place) == {"out/customers.csv": CUSTOMERS}
        with scope(tenant.pk):
            assert Delivery.objects.get(pk=delivery.pk).through == connection

    def test_carrier_that_is_switched_off_holds_it(
        self, tenant: Tenant, vans: Connection, connection: Connection, deliver: Callable[[], list[str]]
    ) -> None:
        with scope(tenant.pk):
            connections.switch(connection, on=False, user=None)
        delivery = send(tenant, vans)

        assert deliver() == [State.HELD]
        assert answer(tenant, delivery) == "Share, through which Mailbox sends, is switched off."

    def test_carrier_is_tested_and_cannot_be_deleted(
        self, tenant: Tenant, vans: Connection, connection: Connection, place: Path
    ) -> None:
        ticks = connections.test(vans, None)

        assert [(tick.label, tick.is_good) for tick in ticks] == [
            ("Carrier: Folder", True), ("Carrier: Write and read", True),
        ]  # fmt: skip
        with scope(tenant.pk):
            assert removal.obstacle(connection) == ("Mailbox sends through it: choose another connection there first.")

    def test_connection_of_another_company_carries_nothing(self, tenant: Tenant, partner: Tenant) -> None:
        with scope(partner.pk):
            theirs = connections.create("careless", name="Theirs", values={})

        with scope(tenant.pk), pytest.raises(connections.WrongSettings) as caught:
            connections.create("vans", name="Mailbox", values={"carrier": theirs.pk})
        assert caught.value.errors == {
            "carrier": "Carried by: expected one of your connections of the kind Careless folder."
        }


class TestToNetwork:
    def test_receiver_nobody_knows_is_held_until_it_is_known(
        self, tenant: Tenant, network: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        delivery = send(tenant, network)
        first = deliver()
        told = answer(tenant, delivery)
        know(tenant, "vans")

        assert (first, deliver()) == ([State.HELD], [State.DELIVERED])
        assert RECEIVER in told
        assert files_in(place) == {"out/customers.csv": CUSTOMERS}

    def test_route_without_a_connection_holds_it(
        self, tenant: Tenant, network: Connection, deliver: Callable[[], list[str]]
    ) -> None:
        know(tenant, "peppol")
        delivery = send(tenant, network)

        assert deliver() == [State.HELD]
        assert answer(tenant, delivery) == (
            f"{RECEIVER} is reached by Peppol, and To Network names no connection for that."
        )

    def test_another_company_of_the_hub_gets_it_once_and_the_sender_sees_nothing_of_theirs(
        self, tenant: Tenant, network: Connection, partner: Tenant, their_inbox: Inbox, deliver: Callable[[], list[str]]
    ) -> None:
        call_command("publish_address", "--tenant", "partner", "--endpoint", RECEIVER, "--inbox", "From the hub")
        know(tenant, "hub")
        delivery = send(tenant, network)

        assert deliver() == [State.DELIVERED]
        while loads.answer() != "nothing due":
            pass
        with scope(partner.pk):
            assert InboxFile.objects.get().state == InboxFile.State.TAKEN
            assert Account.objects.get().number == "C-1"
        with scope(tenant.pk):
            receipt = delivery.receipts.get()
            assert (InboxFile.objects.count(), Account.objects.count()) == (0, 0)
        assert receipt.text == f"{RECEIVER} has it, in this hub."

    def test_worker_that_dies_on_the_way_to_another_company_leaves_one_file_there(
        self, tenant: Tenant, network: Connection, partner: Tenant, their_inbox: Inbox, deliver: Callable[[], list[str]]
    ) -> None:
        call_command("publish_address", "--tenant", "partner", "--endpoint", RECEIVER, "--inbox", "From the hub")
        know(tenant, "hub")
        send(tenant, network)
        deliver()
        with scope(tenant.pk):  # as if the worker had died before it stored the answer
            Outbound.objects.update(state=State.SENDING, settled_at=None, next_attempt_at=None)
        died(tenant)

        assert deliver() == [State.DELIVERED]
        with scope(partner.pk):
            assert InboxFile.objects.count() == 1

    def test_inbox_that_is_switched_off_takes_nothing_until_it_is_on_again(
        self, tenant: Tenant, network: Connection, partner: Tenant, their_inbox: Inbox, deliver: Callable[[], list[str]]
    ) -> None:
        call_command("publish_address", "--tenant", "partner", "--endpoint", RECEIVER, "--inbox", "From the hub")
        know(tenant, "hub")
        with scope(partner.pk):
            inboxes.switch(their_inbox, on=False, user=None)
        delivery = send(tenant, network)

        assert deliver() == [State.WAITING]
        assert answer(tenant, delivery) == f"{RECEIVER} takes no documents now."
        with scope(partner.pk):
            assert InboxFile.objects.count() == 0
            inboxes.switch(their_inbox, on=True, user=None)
        assert deliver() == [State.DELIVERED]

    def test_endpoint_that_nobody_published_takes_nothing(
        self, tenant: Tenant, network: Connection, partner: Tenant, their_inbox: Inbox, deliver: Callable[[], list[str]]
    ) -> None:
        know(tenant, "hub")
        delivery = send(tenant, network)

        assert deliver() == [State.WAITING]
        assert answer(tenant, delivery) == f"No company of this hub takes documents for {RECEIVER}."
        assert CarelessGateway.delivered == 0

    def test_what_may_have_arrived_is_looked_up_where_it_went_whatever_the_directory_says_now(
        self, tenant: Tenant, network: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        know(tenant, "vans")
        send(tenant, network)
        CarelessGateway.fault = "no answer"
        first = deliver()
        with scope(tenant.pk):
            Participant.objects.update(route="hub")

        assert (first, deliver()) == ([State.UNCERTAIN], [State.DELIVERED])
        assert (CarelessGateway.delivered, files_in(place)) == (1, {"out/customers.csv": CUSTOMERS})
