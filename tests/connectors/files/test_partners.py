"""What partners bring by themselves: AS2 between two companies over real HTTP, and who is not let in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from arhub.domain import outbound
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Incident, Outbound, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries, expiries
from connectors.models import Connection, ConnectionMemory, Delivery, DeliveryReceipt, Inbox, InboxFile
from connectors.simulators.as2_partner.keys import certificate_pem, key_pem, made
from ingestion import tasks as loads

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

OURS, THEIRS = made("ours"), made("theirs")
CUSTOMERS = b"Customer Number,Customer Name\nC-1,Kunde \xc3\xa9t\n"
OPEN = {"require_signed": False, "require_encrypted": False}
State = Outbound.State


@pytest.fixture
def partner(transactional_db: None) -> Tenant:
    return create_tenant("partner", name="Partner", currency="DKK")


@pytest.fixture
def sending(tenant: Tenant, live_server: Any) -> Connection:
    values = {
        "own_id": "OURS", "partner_id": "THEIRS", "url": f"{live_server.url}/as2", "partner_certificate":
        certificate_pem(THEIRS), "own_certificate": certificate_pem(OURS), "private_key": key_pem(OURS),
    }  # fmt: skip
    with scope(tenant.pk):
        return connections.create("as2", name="To the partner", values=values)


@pytest.fixture
def thief(transactional_db: None, live_server: Any) -> Connection:
    """Of a company that claims the ids of the partner, and has no key of his."""
    stolen, company = made("thief"), create_tenant("thief", name="Thief", currency="DKK")
    values = {
        "own_id": "THEIRS", "partner_id": "OURS", "url": f"{live_server.url}/as2", "partner_certificate":
        certificate_pem(OURS), "own_certificate": certificate_pem(stolen), "private_key": key_pem(stolen),
    }  # fmt: skip
    with scope(company.pk):
        found = connections.create("as2", name="Theirs too", values=values)
        source = Source.objects.get(kind=Source.Kind.UPLOAD)
        Inbox.objects.create(name="All", connection=found, source=source, record_type="account")
        return found


@pytest.fixture
def receiving(partner: Tenant, live_server: Any) -> Connection:
    values = {
        "own_id": "THEIRS", "partner_id": "OURS", "url": f"{live_server.url}/as2", "partner_certificate":
        certificate_pem(OURS), "own_certificate": certificate_pem(THEIRS), "private_key": key_pem(THEIRS),
    }  # fmt: skip
    with scope(partner.pk):
        made_here = connections.create("as2", name="From the partner", values=values)
        source = Source.objects.get(kind=Source.Kind.UPLOAD)
        Inbox.objects.create(name="Customers", connection=made_here, source=source, record_type="account")
        return made_here


def send(tenant: Tenant, connection: Connection, name: str = "customers.csv") -> Delivery:
    with scope(tenant.pk):
        return deliveries.send(connection, CUSTOMERS, name=name, media_type="text/csv")


def work_everything() -> list[str]:
    states = []
    while claimed := outbound.claim():
        states.append(str(outbound.deliver(*claimed)))
    while loads.answer() != "nothing due":
        pass
    return states


def taken(tenant_id: int | None) -> list[tuple[str, str]]:
    with scope(tenant_id):
        return list(InboxFile.objects.order_by("id").values_list("name", "state"))


class TestAs2:
    def test_file_becomes_a_load_of_the_partner_and_its_receipt_is_kept(
        self, tenant: Tenant, partner: Tenant, sending: Connection, receiving: Connection
    ) -> None:
        delivery = send(tenant, sending)

        assert work_everything() == [State.DELIVERED]
        assert taken(partner.pk) == [("customers.csv", "taken")]
        with scope(partner.pk):
            assert Account.objects.get().name == "Kunde ét"
        with scope(tenant.pk):
            receipt = DeliveryReceipt.objects.get()
            assert Account.objects.count() == 0
        assert (receipt.kind, receipt.is_refusal, receipt.file_sha256) == ("mdn", False, delivery.sha256)
        assert b"automatic-action/MDN-sent-automatically; processed" in bytes(receipt.content)

    def test_receipt_that_is_asked_for_later_comes_by_itself(
        self, tenant: Tenant, partner: Tenant, sending: Connection, receiving: Connection, live_server: Any
    ) -> None:
        with scope(tenant.pk):
            values = {**sending.values, "mdn": "async", "mdn_url": f"{live_server.url}/as2"}
            connections.change(sending, name=sending.name, values=values, user=None)
        delivery = send(tenant, sending)

        states = work_everything()

        with scope(tenant.pk):
            verdict = Delivery.objects.get(pk=delivery.pk).verdict
            kinds = sorted(DeliveryReceipt.objects.values_list("kind", flat=True))
        assert (states, verdict, kinds[-1]) == ([State.DELIVERED] * 2, Delivery.Verdict.ACCEPTED, "mdn")

    def test_repeated_message_is_taken_once(
        self, tenant: Tenant, partner: Tenant, sending: Connection, receiving: Connection
    ) -> None:
        delivery = send(tenant, sending)
        work_everything()
        with scope(tenant.pk):  # as if the answer had been lost, with what was remembered of it
            ConnectionMemory.objects.all().delete()
            Outbound.objects.update(state=State.WAITING, settled_at=None)
            Outbound.objects.update(next_attempt_at=Outbound.objects.get().created_at)

        assert work_everything() == [State.DELIVERED]
        assert taken(partner.pk) == [("customers.csv", "taken")]
        with scope(tenant.pk):
            last = delivery.receipts.order_by("-id")[0]
        assert last.text == "The partner had it already; its signed receipt says so."

    def test_without_an_inbox_nothing_is_taken_and_nothing_is_confirmed(
        self, tenant: Tenant, partner: Tenant, sending: Connection, receiving: Connection
    ) -> None:
        with scope(partner.pk):
            Inbox.objects.all().delete()
        send(tenant, sending)

        [state] = work_everything()

        assert state != State.DELIVERED
        with scope(partner.pk):
            assert Connection.objects.get().is_failing
        with scope(tenant.pk):
            assert DeliveryReceipt.objects.filter(is_refusal=False, kind="mdn").count() == 0

    def test_company_that_claims_the_same_ids_learns_nothing(
        self, tenant: Tenant, partner: Tenant, sending: Connection, receiving: Connection, live_server: Any
    ) -> None:
        thief = create_tenant("thief", name="Thief", currency="DKK")
        stolen = made("thief")
        values = {
            "own_id": "THEIRS", "partner_id": "OURS", "url": f"{live_server.url}/as2", "partner_certificate":
            certificate_pem(stolen), "own_certificate": certificate_pem(stolen), "private_key": key_pem(stolen),
        }  # fmt: skip
        with scope(thief.pk):
            other = connections.create("as2", name="Theirs too", values=values)
            source = Source.objects.get(kind=Source.Kind.UPLOAD)
            Inbox.objects.create(name="All", connection=other, source=source, record_type="account")
        send(tenant, sending)

        assert work_everything() == [State.DELIVERED]
        assert (taken(partner.pk), taken(thief.pk)) == ([("customers.csv", "taken")], [])

    @pytest.mark.parametrize("protection", [{"sign": "none", "encrypt": "none"}, {"encrypt": "none"}])
    def test_company_that_claimed_the_same_ids_before_takes_nothing_that_others_could_read(
        self, tenant: Tenant, partner: Tenant, thief: Connection, sending: Connection, receiving: Connection,
        protection: dict[str, str],
    ) -> None:  # fmt: skip
        for owner, one, given in (
            (tenant.pk, sending, protection), (partner.pk, receiving, OPEN), (thief.tenant_id, thief, OPEN)
        ):  # fmt: skip
            with scope(owner):
                connections.change(one, name=one.name, values={**one.values, **given}, user=None)
        send(tenant, sending)

        assert work_everything() == [State.WAITING]
        assert (taken(partner.pk), taken(thief.tenant_id)) == ([], [])
        with scope(partner.pk):
            assert Connection.objects.get().last_error.startswith("Another company of this hub names the same ids.")

    def test_company_that_claimed_the_same_ids_before_calls_nobody_back(
        self, tenant: Tenant, partner: Tenant, thief: Connection, sending: Connection, receiving: Connection,
        live_server: Any,
    ) -> None:  # fmt: skip
        with scope(tenant.pk):
            values = {**sending.values, "mdn": "async", "mdn_url": f"{live_server.url}/as2"}
            connections.change(sending, name=sending.name, values=values, user=None)
        send(tenant, sending)

        assert work_everything() == [State.DELIVERED] * 2
        assert taken(partner.pk) == [("customers.csv", "taken")]
        with scope(thief.tenant_id):
            assert (Outbound.objects.count(), thief.log.count()) == (0, 1)


def test_receipt_that_is_not_believed_is_kept_and_settles_nothing(
    tenant: Tenant, partner: Tenant, sending: Connection, receiving: Connection, live_server: Any
) -> None:
    """The partner was asked for one without a signature, and one with it is wanted by the time it comes."""
    values = {**sending.values, "mdn": "async", "mdn_url": f"{live_server.url}/as2", "mdn_signed": False}
    with scope(tenant.pk):
        connections.change(sending, name=sending.name, values=values, user=None)
    delivery = send(tenant, sending)
    outbound.deliver(*outbound.claim())  # type: ignore[misc]
    with scope(tenant.pk):
        connections.change(sending, name=sending.name, values={**values, "mdn_signed": True}, user=None)

    work_everything()

    with scope(tenant.pk):
        verdict = Delivery.objects.get(pk=delivery.pk).verdict
        doubted = delivery.receipts.exclude(kind="answer").get()
    assert (verdict, doubted.is_refusal) == (Delivery.Verdict.AWAITED, False)
    assert b"disposition-notification" in bytes(doubted.content)


def test_certificate_that_ends_soon_is_an_incident_until_there_is_a_new_one(
    tenant: Tenant, sending: Connection
) -> None:
    until = OURS.certificate.not_valid_after_utc

    soon = [expiries.look(until - timedelta(days=days)) for days in (40, 20, 19)]

    with scope(tenant.pk):
        told = {one.text: one.times for one in Incident.objects.filter(state="open")}
    assert soon == [0, 2, 2]
    assert told == {
        f"{whose} expires on {until:%Y-%m-%d}: agree on a new one.": 2
        for whose in ("Your certificate", "The partner's certificate")
    }
    assert expiries.look(until - timedelta(days=40)) == 0
    with scope(tenant.pk):
        assert Incident.objects.filter(state="open").count() == 0


class TestDoors:
    @pytest.mark.parametrize("path", ["/in/nonsense", "/as2"])
    def test_nobody_is_there(self, client: Client, path: str, transactional_db: None) -> None:
        answer = client.post(path, b"file", content_type="text/csv")

        assert (answer.status_code, answer.content) == (404, b"There is nobody here by that address.\n")

    def test_a_look_is_told_what_to_do(self, client: Client, transactional_db: None) -> None:
        answer = client.get("/in/nonsense")

        assert (answer.status_code, answer.content) == (405, b"Send a file here by POST.\n")

    def test_what_is_too_large_is_refused(
        self, receiving: Connection, client: Client, settings: Any, partner: Tenant
    ) -> None:
        settings.MOST_PARTNER_BYTES = 1 << 20
        headers = {"AS2-From": "OURS", "AS2-To": "THEIRS"}

        answer = client.post("/as2", b"x" * (2 << 20), content_type="text/csv", headers=headers)

        assert (answer.status_code, answer.content) == (413, b"The request is larger than 1 MB.\n")
        assert taken(partner.pk) == []
