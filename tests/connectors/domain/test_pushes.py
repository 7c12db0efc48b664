"""Records that are sent elsewhere: once, in order, and looked up before anything is repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection as db
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arhub.domain import outbound, outbound_by_hand
from arhub.domain.outbound_states import MOST_LOOKS
from arhub.models import Account, Application, Contact, Document, Ledger, Outbound, Payment, Run, Tenant, User
from arhub.tenancy.scope import scope
from connectors.base import Message, Subject
from connectors.domain import connections, pulls, pushes, write_backs
from connectors.domain.push_channel import PushChannel
from connectors.domain.subjects import subjects_of
from connectors.models import Connection, Push
from connectors.simulators.server import RunningSimulator
from tests.connectors.domain.conftest import rows_of
from tests.connectors.sample.connector import SampleConnector

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

Deliver = Callable[[], list[str]]
State = Outbound.State


def push(connection: Connection, record_type: str, *records: Account | Payment) -> str:
    with scope(connection.tenant_id):
        return str(pushes.push(connection, record_type, [record.pk for record in records]))


def keys(record: Account | Payment) -> list[tuple[str, str, str]]:
    with scope(record.tenant_id):
        return [(row.system, row.name, row.value) for row in write_backs.of_record(record)]


def sent(tenant: Tenant) -> list[tuple[str, str, int]]:
    """Subject, state and attempts of everything, the oldest first."""
    with scope(tenant.pk):
        return list(Outbound.objects.order_by("id").values_list("subject", "state", "attempts"))


@pytest.fixture
def payment(accounts: list[Account]) -> Payment:
    with scope(accounts[0].tenant_id):
        return Payment.objects.create(
            ledger=accounts[0].ledger, erp_key="P-1", number="P-1", account=accounts[0], amount=Decimal("10.00"),
            currency="DKK",
        )  # fmt: skip


def test_push_arrives_once_and_its_key_is_written_back(
    connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver
) -> None:
    said = push(connection, "account", *accounts)
    states = deliver()
    again = push(connection, "account", *accounts)

    assert (said, again) == ("2 on their way.", "0 on their way, 2 sent before.")
    assert states == ["delivered", "delivered"]
    assert [row["name"] for row in rows_of(running)] == ["Customer 1", "Customer 2"]
    assert keys(accounts[1]) == [("sample", "id", "2")]
    assert deliver() == []


def test_changed_account_is_sent_again(
    connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver
) -> None:
    push(connection, "account", accounts[0])
    deliver()
    with scope(connection.tenant_id):
        Account.objects.filter(pk=accounts[0].pk).update(name="Customer One", updated_at=timezone.now())

    said = push(connection, "account", accounts[0])
    deliver()

    assert said == "1 on their way."
    assert [row["name"] for row in rows_of(running)] == ["Customer 1", "Customer One"]


def test_record_that_came_from_there_does_not_go_back(
    connection: Connection, running: RunningSimulator, work: Callable[[Run], Run]
) -> None:
    rows_of(running).append({"id": 1, "name": "Theirs", "reference": ""})
    with scope(connection.tenant_id):
        run = pulls.start(connection)
    work(run)
    with scope(connection.tenant_id):
        theirs = Account.objects.get(name="Theirs")
        ours = Account.objects.create(ledger=theirs.ledger, erp_key="C-9", number="C-9", name="Ours")

    assert push(connection, "account", theirs, ours) == "1 on their way, 1 came from there."


def test_customer_with_a_new_contact_is_sent_again(
    connection: Connection, accounts: list[Account], deliver: Deliver
) -> None:
    push(connection, "account", *accounts)
    deliver()
    with scope(connection.tenant_id):
        Contact.objects.create(ledger=accounts[1].ledger, erp_key="K-1", account=accounts[1], name="Anna Holm")

    assert push(connection, "account", *accounts) == "1 on their way, 1 sent before."


def test_type_that_is_not_taken_is_refused_with_a_sentence(connection: Connection, tenant: Tenant) -> None:
    with scope(tenant.pk), pytest.raises(pushes.CannotPush) as caught:
        pushes.push(connection, "invoice", [1])

    assert str(caught.value) == "Sample takes Note, Receipt; invoices are none of them."


def test_payment_waits_for_its_account_and_goes_when_it_has_arrived(
    connection: Connection, accounts: list[Account], payment: Payment, running: RunningSimulator, deliver: Deliver
) -> None:
    running.misbehave("status", status=503, times=1)
    push(connection, "account", accounts[0])
    push(connection, "payment", payment)

    first = [outbound.deliver(*claimed) for claimed in iter(outbound.claim, None)]
    with scope(connection.tenant_id):
        held = Outbound.objects.get(state=State.HELD)
        account = Outbound.objects.exclude(pk=held.pk).get()
    states = deliver() + deliver()

    assert first == [State.UNCERTAIN, State.HELD]
    assert held.answer == "Waits for Customer 1, which is uncertain."
    assert held.waits_for == account.identity
    assert not bytes(held.content)
    assert states == ["waiting", "held", "delivered", "delivered"]
    assert [row["name"] for row in rows_of(running)] == ["Customer 1", "P-1"]
    assert rows_of(running)[1]["of"] == "1"


def test_payment_of_an_account_that_never_went_waits_visibly(
    connection: Connection, payment: Payment, running: RunningSimulator, deliver: Deliver, tenant: Tenant
) -> None:
    push(connection, "payment", payment)

    states = deliver()

    assert states == ["held"]
    with scope(tenant.pk):
        assert Outbound.objects.get().answer == "Waits for the account, which has no key there yet."
    assert rows_of(running) == []
    assert sent(tenant) == [("Payment P-1", "held", 0)]


def test_refused_record_says_why_and_goes_again_after_a_replay(
    connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver, tenant: Tenant
) -> None:
    with scope(tenant.pk):
        Account.objects.filter(pk=accounts[0].pk).update(name="")
    push(connection, "account", accounts[0])
    deliver()
    with scope(tenant.pk):
        refused = Push.objects.get().refusal
        Account.objects.filter(pk=accounts[0].pk).update(name="Mended")
        replayed = outbound_by_hand.replay("push", Outbound.objects.all())

    states = deliver()

    assert refused == "The notebook refused it: A record needs a name."
    assert (replayed, states) == (1, ["delivered"])
    assert [row["name"] for row in rows_of(running)] == ["Mended"]


@pytest.mark.parametrize("fault", ["drop", "stored_status", "garbage"])
def test_lost_answer_is_looked_up_and_nothing_sent_twice(
    fault: str, connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver
) -> None:
    running.misbehave(fault)
    push(connection, "account", accounts[0])

    states = deliver() + deliver()

    assert states == ["uncertain", "delivered"]
    assert len(rows_of(running)) == 1
    assert keys(accounts[0]) == [("sample", "id", "1")]


def test_what_is_not_there_is_sent_again_with_the_same_bytes(
    connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver, tenant: Tenant
) -> None:
    running.misbehave("status", status=500)
    push(connection, "account", accounts[0])
    states = deliver()
    with scope(tenant.pk):
        before = bytes(Outbound.objects.get().content)

    states += deliver() + deliver()

    assert states == ["uncertain", "waiting", "delivered"]
    assert len(rows_of(running)) == 1
    with scope(tenant.pk):
        assert bytes(Outbound.objects.get().content) == before


def test_nobody_to_ask_leaves_it_to_a_person(
    connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver, tenant: Tenant
) -> None:
    running.misbehave("status", status=500, times=1_000)
    push(connection, "account", accounts[0])

    states = [state for _ in range(MOST_LOOKS + 3) for state in deliver()]

    assert states == ["uncertain"] * (MOST_LOOKS + 1)
    with scope(tenant.pk):
        assert Outbound.objects.get().next_attempt_at is None


def test_person_says_that_it_arrived(
    connection: Connection, accounts: list[Account], payment: Payment, running: RunningSimulator, deliver: Deliver
) -> None:
    running.misbehave("drop")
    push(connection, "account", accounts[0])
    push(connection, "payment", payment)
    [outbound.deliver(*claimed) for claimed in iter(outbound.claim, None)]
    with scope(connection.tenant_id):
        ana = User.objects.create(email="ana@acme.example")
        told = outbound_by_hand.arrived(Outbound.objects.get(state=State.UNCERTAIN), ana, {"id": "1"})
        again = outbound_by_hand.arrived(Outbound.objects.order_by("id")[0], ana)

    states = deliver()

    assert (told, again) == (True, False)
    assert states == ["delivered"]
    assert keys(accounts[0]) == [("sample", "id", "1")]
    assert rows_of(running)[1]["of"] == "1"


def test_person_says_that_it_did_not_arrive(
    connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver, tenant: Tenant
) -> None:
    running.misbehave("status", status=500)
    push(connection, "account", accounts[0])
    deliver()
    with scope(tenant.pk):
        ana = User.objects.create(email="ana@acme.example")
        outbound_by_hand.did_not_arrive(Outbound.objects.get(), ana)

    assert deliver() == ["delivered"]
    assert len(rows_of(running)) == 1


def test_worker_that_was_killed_leaves_it_uncertain_and_it_is_looked_up(
    connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver, tenant: Tenant
) -> None:
    push(connection, "account", accounts[0])
    claimed = outbound.claim()
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        due = outbound.sweep()
        states = deliver() + deliver()

    assert claimed is not None
    assert due == 0
    assert states == ["waiting", "delivered"]
    assert len(rows_of(running)) == 1


def test_switched_off_connection_holds_what_waits(
    connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver, tenant: Tenant
) -> None:
    push(connection, "account", accounts[0])
    with scope(tenant.pk):
        ana = User.objects.create(email="ana@acme.example")
        connections.switch(connection, on=False, user=ana)
    held = deliver()
    with scope(tenant.pk):
        connections.switch(connection, on=True, user=ana)

    assert (held, deliver()) == (["held"], ["delivered"])
    assert len(rows_of(running)) == 1


def test_payment_names_what_it_was_applied_to(
    connection: Connection, accounts: list[Account], payment: Payment, tenant: Tenant
) -> None:
    with scope(tenant.pk):
        ledger = Ledger.objects.get(is_default=True)
        invoice = Document.objects.create(
            ledger=ledger, erp_key="I-1", number="10482", account=accounts[0], document_type="invoice",
            total_amount=Decimal("10.00"), currency="DKK",
        )  # fmt: skip
        Application.objects.create(
            ledger=ledger, erp_key="A-1", application_type="payment", payment=payment, document=invoice,
            amount=Decimal("4.00"), entry_number=1,
        )  # fmt: skip
        [subject] = subjects_of(connection, "payment", [payment.pk])

    assert subject.key == ("payment", "P-1")
    assert subject.values["amount"] == Decimal("10.00")
    assert subject.account["account_name"] == "Customer 1"
    assert [(one["document"], one["number"], one["amount"]) for one in subject.applications] == [
        (("invoice", "I-1"), "10482", Decimal("4.00"))
    ]


def test_look_up_that_is_refused_says_nothing_about_the_record(
    connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver, tenant: Tenant
) -> None:
    """What answers for the other side, such as a proxy with a page of its own, knows nothing of it."""
    running.misbehave("drop")
    push(connection, "account", accounts[0])
    first = deliver()
    running.misbehave("garbage")

    states = deliver() + deliver()

    assert (first, states) == (["uncertain"], ["uncertain", "delivered"])
    assert len(rows_of(running)) == 1


def test_newer_state_of_a_record_goes_after_the_older_one(
    connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver
) -> None:
    running.misbehave("status", status=429)
    push(connection, "account", accounts[0])
    outbound.deliver(*outbound.claim())  # type: ignore[misc]
    with scope(connection.tenant_id):
        Account.objects.filter(pk=accounts[0].pk).update(name="Customer One", updated_at=timezone.now())
    push(connection, "account", accounts[0])

    now = [outbound.deliver(*claimed) for claimed in iter(outbound.claim, None)]
    deliver()

    assert now == [State.HELD]
    assert [row["name"] for row in rows_of(running)] == ["Customer 1", "Customer One"]


def test_worker_that_composes_for_too_long_sends_nothing(
    connection: Connection, accounts: list[Account], running: RunningSimulator, tenant: Tenant, deliver: Deliver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    compose, states = SampleConnector.compose, []

    def compose_late(self: SampleConnector, identity: str, subjects: Sequence[Subject]) -> Message:
        monkeypatch.setattr(SampleConnector, "compose", compose)
        monkeypatch.setattr(PushChannel, "lease_seconds", 0)
        outbound.sweep()
        states.extend([*deliver(), *deliver()])
        return compose(self, identity, subjects)

    monkeypatch.setattr(SampleConnector, "compose", compose_late)
    push(connection, "account", accounts[0])
    outbound.deliver(*outbound.claim())  # type: ignore[misc]

    assert states == ["waiting", "delivered"]
    assert len(rows_of(running)) == 1


def test_batch_goes_without_a_record_that_was_removed(
    connection: Connection, accounts: list[Account], running: RunningSimulator, deliver: Deliver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(SampleConnector, "batch", 2)
    push(connection, "account", *accounts)
    with scope(connection.tenant_id):
        Account.objects.filter(pk=accounts[0].pk).delete()

    assert deliver() == ["delivered"]
    assert [row["name"] for row in rows_of(running)] == ["Customer 2"]


def test_payment_does_not_wait_for_a_change_of_its_account_that_was_refused(
    connection: Connection, accounts: list[Account], payment: Payment, running: RunningSimulator, deliver: Deliver
) -> None:
    push(connection, "account", accounts[0])
    deliver()
    with scope(connection.tenant_id):
        Account.objects.filter(pk=accounts[0].pk).update(name="", updated_at=timezone.now())
    push(connection, "account", accounts[0])
    push(connection, "payment", payment)

    states = deliver()

    assert states == ["failed", "delivered"]
    assert [(row["type"], row["name"]) for row in rows_of(running)] == [("account", "Customer 1"), ("payment", "P-1")]


@pytest.mark.parametrize("record_type", ["account", "payment", "invoice", "adjustment"])
def test_subjects_of_many_records_take_as_many_queries_as_of_one(
    connection: Connection, accounts: list[Account], tenant: Tenant, record_type: str
) -> None:
    with scope(tenant.pk):
        ids = [one.pk for account in accounts for one in records_of(account, record_type)]
        with CaptureQueriesContext(db) as one:
            subjects_of(connection, record_type, ids[:1])
        with CaptureQueriesContext(db) as many:
            found = subjects_of(connection, record_type, ids)

    assert len(found) == len(ids) > 1
    assert len(many) == len(one)


def records_of(account: Account, record_type: str) -> list[Account | Payment | Document]:
    """Of an account: itself, or a payment, invoice or credit memo of it."""
    common = {"ledger": account.ledger, "account": account, "currency": "DKK"}
    match record_type:
        case "account":
            return [account]
        case "payment":
            return [Payment.objects.create(erp_key=f"P-{account.pk}", amount=Decimal(10), **common)]
    document_type = "credit_memo" if record_type == "adjustment" else "invoice"
    return [
        Document.objects.create(
            erp_key=f"D-{account.pk}", document_type=document_type, total_amount=Decimal(10), **common
        )
    ]
