"""One message for one cause, a recovery after it, and nothing while the hub still tries by itself."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adaptors.domain.running import RunAdaptor
from adaptors.domain.transactions import ladder
from adaptors.domain.transactions.ladder import Place
from adaptors.models import Activation, Notice, NoticeEntry, Transaction
from arhub import tasks
from arhub.domain import runs
from arhub.domain.events import emit
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Event, Pause, Run, Tenant, User
from arhub.tenancy.scope import scope
from connectors.domain import pausing
from connectors.models import Connection
from tests.adaptors.notifications.conftest import DOWN, Company, look, texts
from tests.servers.smtp import MailServer

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


def test_cause_is_told_once_with_its_count(company: Company, mail: MailServer, person: User) -> None:
    company.tell(users=[person.pk])

    company.fail(count=37)
    look()
    company.fail(count=3)
    look(4)

    [(subject, text)] = texts(mail.taken)
    assert subject == "Export: 37 documents failed"
    assert text.splitlines() == [
        "37 documents failed.", "", DOWN,
        "Documents: INV-1, INV-2, INV-3, INV-4, INV-5, INV-6, INV-7, INV-8, INV-9, INV-10 and 27 more",
        "Gateway: Share", "", f"/adaptors/transaction/?activation__id__exact={company.activation.pk}",
    ]  # fmt: skip
    assert mail.taken[0].recipients == ("ada@example.com",)


def test_message_waits_for_the_grace(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"])

    company.fail()
    look(0)

    assert company.messages() == []


def test_recovery_is_told_once_and_the_next_failure_anew(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"])
    company.fail(count=2)
    look()
    company.fail()

    company.arrive()
    look(4)
    company.arrive()
    look(6)
    company.fail()
    look(8)

    assert company.messages() == [
        ("trouble", "Export: 2 documents failed"),
        ("over", "Export: over – 3 documents failed"),
        ("trouble", "Export: A document failed"),
    ]
    _, text = texts(mail.taken)[1]
    assert "Documents arrive over its gateway again. 3 of them still wait for a person.\nThere were 3 in all." in text


def test_two_causes_are_two_messages(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"])

    company.fail()
    company.fail("The certificate has expired.")
    look()

    assert len(mail.taken) == 2


def test_document_that_arrives_after_all_is_a_recovery(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"])
    row = company.move(company.document(), "rejected", "No such order.")
    look()

    company.arrive()
    look(4)
    before = company.messages()
    company.move(row, "acknowledged")
    look(6)

    assert before == [("trouble", "Export: A document was rejected")]
    assert company.messages()[1:] == [("over", "Export: over – A document was rejected")]


def test_held_is_over_when_it_is_let_go(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"])
    rows = [company.move(company.document(), "held", "No tax number.") for _ in range(2)]
    look()

    company.move(rows[0], "sending")
    look(4)
    half = company.messages()
    company.move(rows[1], "sending")
    look(6)

    assert half == [("trouble", "Export: 2 documents are on hold")]
    assert company.messages()[1:] == [("over", "Export: over – 2 documents are on hold")]


def test_failed_one_that_is_sent_again_is_not_over_yet(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"])
    [row] = company.fail()
    look()

    company.move(row, "sending")
    look(4)

    assert company.messages() == [("trouble", "Export: A document failed")]


def test_what_was_over_within_the_grace_is_told_to_nobody(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"])
    row = company.move(company.document(), "held", "No tax number.")
    company.move(row, "sending")

    look()

    with scope(company.tenant_id):
        assert Notice.objects.get().is_done
    assert company.messages() == []


def test_nothing_is_told_while_it_is_tried_by_itself(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"])

    company.move(company.document(), "uncertain", "No answer came.", asks_person=False)
    look()

    assert company.messages() == []


def test_good_news_is_collected_for_a_minute(company: Company, mail: MailServer) -> None:
    company.tell(tone="positive", addresses=["ops@example.com"])

    for _ in range(3):
        company.arrive()
    look()
    company.arrive()
    look(4)

    assert company.messages() == [
        ("news", "Export: 3 documents were delivered"), ("news", "Export: A document was delivered"),
    ]  # fmt: skip


def test_cell_can_be_narrowed_to_some_kinds(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"], kinds=["transaction.rejected"])

    company.fail()
    company.move(company.document(), "rejected", "No such order.")
    look()

    assert company.messages() == [("trouble", "Export: A document was rejected")]


def test_customer_is_told_of_its_own_documents_alone(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"], to_customer=True)

    company.fail(count=2)
    look()

    assert sorted((one.recipients[0], text.count("/adaptors/")) for one, (_, text) in
                  zip(mail.taken, texts(mail.taken), strict=True)) == [
        ("ap@nordic.example", 0), ("ops@example.com", 1),
    ]  # fmt: skip


def test_gateway_is_told_to_the_activations_that_use_it(
    company: Company, mail: MailServer, gateway: Connection
) -> None:
    company.tell("adaptor", addresses=["ops@example.com"])
    with scope(company.tenant_id):
        Pause.objects.create(channel="delivery", destination=str(gateway.pk), paused_at=gateway.created_at)
        pausing.paused(gateway.pk, DOWN)
        pausing.paused(Connection.objects.create(kind="folder", name="Another").pk, DOWN)
    look()

    with scope(company.tenant_id):
        Pause.objects.all().delete()
        pausing.resumed(gateway.pk)
    look(4)

    assert company.messages() == [
        ("trouble", "Export: A gateway is paused"), ("over", "Export: over – A gateway is paused"),
    ]  # fmt: skip


def _run(company: Company, state: str, counts: dict[str, int] | None = None) -> None:
    with scope(company.tenant_id):
        run = runs.start("adaptor", company.activation.pk)
        Run.objects.filter(pk=run.pk).update(state=state, counts=counts or {}, reason="It broke.")
        RunAdaptor().ended(run, "It broke.") if state == "failed" else RunAdaptor().succeeded(run)


def test_run_that_fails_is_told_and_so_is_the_next_that_goes_well(company: Company, mail: MailServer) -> None:
    company.tell("adaptor", addresses=["ops@example.com"])
    company.tell("adaptor", "positive", addresses=["ops@example.com"])

    _run(company, "failed")
    look()
    _run(company, "succeeded", {"Handed over": 120, "Held": 3})
    look(4)
    _run(company, "succeeded")
    look(6)

    assert company.messages() == [
        ("trouble", "Export: A run failed"), ("over", "Export: over – A run failed"), ("news", "Export: A run is done"),
    ]  # fmt: skip
    assert "Counts: Held: 3, Handed over: 120" in texts(mail.taken)[2][1]


def test_run_tells_its_end_by_itself(company: Company, activation: Activation) -> None:
    with scope(company.tenant_id):
        runs.start("adaptor", activation.pk)
    while tasks.answer_run() != "nothing due":
        pass

    with scope(company.tenant_id):
        found = Event.objects.get(kind="adaptor.run_done")
    assert found.data["activation"] == activation.pk


def test_event_costs_one_query_when_nobody_listens(company: Company) -> None:
    row = company.document()

    with scope(company.tenant_id):
        row = Transaction.objects.select_related("tenant").get(pk=row.pk)
        with CaptureQueriesContext(connection) as made:
            ladder.move_all([(row, Place(Transaction.State.FAILED, DOWN, True))])
        assert not NoticeEntry.objects.exists()

    asked = [one["sql"] for one in made if "notif" in one["sql"] or "notice" in one["sql"]]
    assert len(asked) == 1


def test_others_are_told_nothing(company: Company, mail: MailServer, tenant: Tenant) -> None:
    other = create_tenant("other", name="Other")
    stranger = add_member("eve@example.com", other, "manager")
    with pytest.raises(Exception, match="people of your company"):
        company.tell(users=[stranger.pk])
    company.tell(addresses=["ops@example.com"])

    company.fail()
    look()

    with scope(other.pk):
        assert (Notice.objects.count(), NoticeEntry.objects.count()) == (0, 0)


def test_person_who_left_is_told_nothing(company: Company, mail: MailServer, person: User) -> None:
    company.tell(users=[person.pk], addresses=["ops@example.com"])
    person.memberships.all().delete()

    company.fail()
    look()

    assert [one.recipients for one in mail.taken] == [("ops@example.com",)]


def test_unmatched_answer_is_told_once_for_its_kind(company: Company, mail: MailServer) -> None:
    company.tell("adaptor", addresses=["ops@example.com"])

    with scope(company.tenant_id):
        for number in range(2):
            emit("answer.unmatched", {"answer": number, "kind": "bounce", "text": "No such mailbox."})
    look()

    assert company.messages() == [("trouble", "Export: 2 answers speak of nothing that was sent")]
