"""Answers that come in: kept once, matched with what they speak of, and what they do to a transaction."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adaptors.answers.base import Verdict
from adaptors.domain.answers import incoming
from adaptors.domain.answers.incoming import CannotMatch
from adaptors.domain.answers.matching import Unclear, named
from adaptors.domain.transactions import exporting, ladder
from adaptors.models import Activation, Answer, Transaction
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Event, Outbound, Source, Tenant, User
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries, intake
from connectors.domain.deliveries import Meaning
from connectors.gateways.base import Receipt
from connectors.models import Connection, Inbox, InboxFile
from tests.adaptors.answers.conftest import Come, Send, arrive, customer, stored
from tests.adaptors.answers.samples import INVOICE_RESPONSE, MLS, OIOUBL, bounce, contrl, reason, response, said_of
from tests.adaptors.conftest import account_of, document_of

State = Transaction.State


@pytest.fixture(autouse=True)
def inside(tenant: Tenant, account: Account) -> Iterator[None]:
    with scope(tenant.pk):
        yield


def answer_of(code: str, number: str = "10482", *, time: str = "12:30:00", ident: str = "AR-1") -> bytes:
    content = response(INVOICE_RESPONSE, said_of(code, number))
    return content.replace(b"12:30:00+01:00", time.encode()).replace(b"AR-1", ident.encode())


def unmatched() -> list[Any]:
    return list(Event.objects.filter(kind="answer.unmatched").values_list("data__text", flat=True))


def test_verdicts_of_answers_are_those_of_the_table() -> None:
    assert [str(one) for one in Verdict] == Answer.Verdict.values


def test_answer_is_kept_with_its_bytes_and_moves_what_it_speaks_of(send: Send, come: Come) -> None:
    row = send()

    file = come(response(INVOICE_RESPONSE, said_of("RE", inside=reason("REF", "Order unknown"))))

    answer = Answer.objects.get()
    assert (file.state, file.ingestion) == (InboxFile.State.ANSWER, None)
    assert file.text == f"Peppol invoice response: Rejected: Order unknown. Matched with {row}."
    assert (answer.kind, answer.verdict, answer.text) == ("invoice_response", "rejected", "Rejected: Order unknown.")
    assert answer.reasons == [{"code": "REF", "text": "Order unknown"}]
    assert answer.references == [{"kind": "document", "value": "10482", "document_type": ""}]
    assert (answer.transaction_id, answer.file_id, answer.sender) == (row.pk, file.pk, "Nordic Pumps A/S")
    with file.content.open() as kept:
        assert kept.read() == bytes(answer.content)
    now = stored(row)
    assert (now.state, now.said, now.asks_person) == (State.REJECTED, "Rejected: Order unknown.", True)
    assert Event.objects.filter(kind="transaction.rejected").count() == 1
    assert unmatched() == []


def test_same_answer_twice_speaks_once(send: Send, come: Come) -> None:
    row = send()

    texts = [come(answer_of("AP"), name).text for name in ("a.xml", "b.xml")]

    assert texts[1] == "Peppol invoice response: the same came before."
    assert (Answer.objects.count(), row.log.count()) == (1, 1)
    assert Event.objects.filter(kind="transaction.acknowledged").count() == 1


@pytest.mark.parametrize("order", [("12:00:00", "13:00:00"), ("13:00:00", "12:00:00")])
def test_of_two_that_contradict_each_other_the_later_one_counts_in_whatever_order_they_come(
    send: Send, come: Come, order: tuple[str, str]
) -> None:
    row, codes = send(), {"12:00:00": "AP", "13:00:00": "RE"}

    for time in order:
        come(answer_of(codes[time], time=time))

    assert stored(row).state == State.REJECTED


def test_clock_that_is_ahead_has_not_the_last_word_for_ever(send: Send, come: Come) -> None:
    row = send()

    come(answer_of("AP").replace(b"2026-03-20", b"2126-03-20"))
    come(answer_of("RE").replace(b"2026-03-20", b"2126-03-20"))

    assert stored(row).state == State.REJECTED
    assert all(one.said_at <= one.received_at for one in Answer.objects.all() if one.said_at)


def test_answer_of_nothing_that_was_sent_is_listed_and_told_once(send: Send, come: Come) -> None:
    row = send()

    file = come(answer_of("RE", "99999"))
    come(answer_of("RE", "99999"), "again.xml")

    assert file.text == "Peppol invoice response: Rejected. Of what, is not known."
    assert Answer.objects.get().transaction is None
    assert (unmatched(), stored(row).state) == (["Rejected."], State.DELIVERED)


def test_of_what_was_sent_as_new_the_last_is_meant(send: Send, come: Come) -> None:
    first = send()
    again = exporting.send_again(first, None, "lost")
    assert again is not None
    arrive(again)

    come(answer_of("AP"))

    assert [stored(one).state for one in (first, again)] == [State.DELIVERED, State.ACKNOWLEDGED]


def test_what_was_sent_as_new_and_has_not_left_yet_is_not_meant(send: Send, come: Come) -> None:
    first = send()
    again = exporting.send_again(first, None, "lost")

    come(answer_of("AP"))

    assert again is not None
    assert [stored(one).state for one in (first, again)] == [State.ACKNOWLEDGED, State.SENDING]


def test_number_of_two_documents_is_told_apart_by_who_answers(
    send: Send, come: Come, source: Source, activation: Activation, gateway: Connection
) -> None:
    ours = send()
    other = customer(source, activation, gateway, "10043", registration_number="12345674", vat_number="DK12345674")
    theirs = send("10483", other)
    Transaction.objects.filter(pk=ours.pk).update(facts={"receiver": "0184:25313763"})
    Transaction.objects.filter(pk=theirs.pk).update(number="10482")

    come(answer_of("AP"))
    come(answer_of("AP", ident="AR-2").replace(b"25313763", b"99999999"))

    assert [one.transaction_id for one in Answer.objects.order_by("id")] == [ours.pk, None]
    assert stored(theirs).state == State.DELIVERED


def test_type_of_the_document_tells_an_invoice_from_a_credit_note(send: Send, come: Come) -> None:
    row = send()

    for kind, ident in (("381", "AR-1"), ("380", "AR-2")):
        code = f"<cbc:DocumentTypeCode>{kind}</cbc:DocumentTypeCode>"
        come(response(INVOICE_RESPONSE, said_of("AP", reference=code)).replace(b"AR-1", ident.encode()))

    assert [one.transaction_id for one in Answer.objects.order_by("id")] == [None, row.pk]


def test_mail_that_comes_back_is_matched_by_its_message_id(send: Send, inbox: Inbox) -> None:
    row, _other = send(), send("10483")
    assert row.delivery is not None
    content = bounce(f"<{row.delivery.outbound.identity}@vestjysk.example>", name="else.xml")

    file = intake.keep_bounce(InboxFile(inbox=inbox, name="bounce-7.eml"), io.BytesIO(content))

    assert (file.state, stored(row).state) == (InboxFile.State.BOUNCE, State.REJECTED)
    assert file.text.startswith("Delivery status notification: The mail could not be delivered: ap@nordic.example")


def test_mail_that_is_delayed_moves_nothing(send: Send, inbox: Inbox) -> None:
    row = send()
    assert row.delivery is not None
    content = bounce(f"<{row.delivery.outbound.identity}@vestjysk.example>", action="delayed")

    intake.keep_bounce(InboxFile(inbox=inbox, name="bounce-7.eml"), io.BytesIO(content))

    assert (Answer.objects.get().transaction_id, stored(row).state) == (row.pk, State.DELIVERED)


def test_bounce_that_cannot_be_read_is_kept_with_the_reason(inbox: Inbox) -> None:
    content = bounce("<a@b>", action="pondered")

    file = intake.keep_bounce(InboxFile(inbox=inbox, name="bounce-7.eml"), io.BytesIO(content))

    assert (file.state, Answer.objects.count()) == (InboxFile.State.BOUNCE, 0)
    assert file.text.startswith("A mail that could not be delivered came back. Expected one of failed")


def test_envelope_of_an_access_point_is_found_by_its_instance(send: Send, come: Come) -> None:
    row = send()
    assert row.delivery is not None

    come(response(MLS, said_of("AP", str(UUID(row.delivery.outbound.identity)))))

    assert stored(row).state == State.ACKNOWLEDGED


def test_id_that_only_a_receipt_has_told_is_found(send: Send, come: Come) -> None:
    row = send()
    assert row.delivery is not None
    receipt = Receipt("Sent.", "report", b"{}", reference="as4-77@ap.example")
    deliveries.keep_receipt(row.delivery, receipt, Meaning.TAKEN)

    come(response(MLS, said_of("RE", "as4-77@ap.example")))

    assert stored(row).state == State.REJECTED


def test_id_that_only_a_receipt_has_told_is_believed_of_no_stranger(send: Send, stranger: Inbox) -> None:
    """Some servers count: 512 is anybody's guess."""
    row = send()
    assert row.delivery is not None
    deliveries.keep_receipt(row.delivery, Receipt("Stored.", content=b"512", reference="512"), Meaning.TAKEN)

    content = response(MLS, said_of("RE", "512")).replace(b"25313763", b"99999999")
    intake.take_sent(stranger, "answer", io.BytesIO(content), message_id="m")

    assert (Answer.objects.get().transaction, stored(row).state, len(unmatched())) == (None, State.DELIVERED, 1)


def test_interchange_is_found_by_its_reference(send: Send, come: Come) -> None:
    row = send()
    Transaction.objects.filter(pk=row.pk).update(reference="010482AB12CD34")

    file = come(contrl("010482AB12CD34"), "contrl.edi")

    assert (file.state, stored(row).state) == (InboxFile.State.ANSWER, State.ACKNOWLEDGED)


def test_returned_file_is_found_by_its_name(send: Send, inbox: Inbox) -> None:
    row = send()

    intake.keep_bounce(InboxFile(inbox=inbox, name="b.eml"), io.BytesIO(bounce("<strange@id>", name=row.name)))

    assert stored(row).state == State.REJECTED


def test_answer_shows_that_what_may_not_have_arrived_has(activation: Activation, account: Account, come: Come) -> None:
    [row] = exporting.export(activation, [document_of(account).pk])
    assert row.delivery is not None
    Outbound.objects.filter(pk=row.delivery.outbound_id).update(state=Outbound.State.UNCERTAIN)
    ladder.followed([row.delivery.pk])
    assert stored(row).state == State.UNCERTAIN

    come(answer_of("AB"))

    now = stored(row)
    assert now.delivery is not None
    assert (now.state, now.delivery.outbound.state) == (State.ACKNOWLEDGED, Outbound.State.DELIVERED)


OF_A_STRANGER = answer_of("RE").replace(b"25313763", b"99999999")


@pytest.fixture
def stranger(source: Source) -> Inbox:
    other = connections.create("folder", name="Open to all", values={})
    return Inbox.objects.create(name="All", connection=other, source=source, record_type="account")


@pytest.mark.parametrize("content", [OF_A_STRANGER, bounce("<strange@id>", name="invoice-10482.xml")])
def test_stranger_who_names_a_number_or_a_file_is_not_believed(send: Send, stranger: Inbox, content: bytes) -> None:
    row = send()

    intake.take_sent(stranger, "answer", io.BytesIO(content), message_id="m")

    assert (Answer.objects.get().transaction, stored(row).state, len(unmatched())) == (None, State.DELIVERED, 1)


def test_receiver_is_believed_over_any_connection(send: Send, stranger: Inbox) -> None:
    row = send()
    assert row.facts["receiver"] == "0184:25313763"

    intake.take_sent(stranger, "answer", io.BytesIO(answer_of("RE")), message_id="m")

    assert stored(row).state == State.REJECTED


@pytest.mark.parametrize(("content", "state"), [(OF_A_STRANGER, State.DELIVERED), (answer_of("RE"), State.REJECTED)])
def test_where_anybody_may_write_both_have_to_be_right(send: Send, source: Source, content: bytes, state: str) -> None:
    row = send()
    assert row.delivery is not None
    mail = Connection.objects.create(kind="email", name="Mail")
    type(row.delivery).objects.filter(pk=row.delivery.pk).update(connection=mail)
    inbox = Inbox.objects.create(name="All", connection=mail, source=source, record_type="account")

    intake.take_sent(inbox, "answer", io.BytesIO(content), message_id="m")

    assert stored(row).state == state


def test_copy_of_a_stranger_does_not_silence_the_partner(send: Send, stranger: Inbox, come: Come) -> None:
    row = send()
    intake.take_sent(stranger, "answer", io.BytesIO(OF_A_STRANGER), message_id="m")

    come(OF_A_STRANGER)

    assert (Answer.objects.count(), stored(row).state) == (1, State.REJECTED)


def test_held_document_is_meant_by_no_answer(activation: Activation, account: Account, come: Come) -> None:
    [row] = exporting.export(activation, [document_of(account, total_amount=Decimal(1)).pk])
    assert row.state == State.HELD

    come(answer_of("AP"))

    assert Answer.objects.get().transaction is None


def test_documents_of_another_company_are_not_meant(tenant: Tenant, come: Come, activation: Activation) -> None:
    other = create_tenant("other", name="Other", currency="DKK")
    with scope(other.pk):
        source = Source.objects.get(kind=Source.Kind.UPLOAD)
        theirs = Activation.objects.create(adaptor="file_invoices", name="Theirs", source=source, format="bis3")
        document = document_of(account_of(source))
        hidden = Transaction.objects.create(
            activation=theirs, account=document.account, document=document, number="10482", state=State.DELIVERED,
            version="1", format="bis3", reference="R1", name="x.xml",
        )  # fmt: skip

    come(answer_of("RE"))
    come(contrl("R1", "4"), "contrl.edi")

    assert [one.transaction for one in Answer.objects.all()] == [None, None]
    with pytest.raises(Unclear):
        named(str(hidden.pk), Transaction.objects.all())
    with scope(other.pk):
        assert (Answer.objects.count(), Transaction.objects.get().state) == (0, State.DELIVERED)


def test_file_that_looks_like_an_answer_and_is_none_is_set_aside(come: Come) -> None:
    broken = come(answer_of("AP")[:-30])
    large = come(answer_of("AP") + b" " * 2_000_000, "large.xml")

    assert [one.state for one in (broken, large)] == [InboxFile.State.ASIDE] * 2
    assert broken.text.startswith("Expected well-formed XML, found none: ")
    assert large.text == "Peppol invoice response: expected at most 1,048,576 bytes, found more."
    assert Answer.objects.count() == 0


def test_ordinary_files_become_loads(come: Come) -> None:
    file = come(b"Customer Number,Customer Name\nC-1,Kunde\n", "customers.csv")

    assert (file.state, Answer.objects.count()) == (InboxFile.State.TAKEN, 0)


def test_several_in_one_file_are_kept_with_the_bytes_once(send: Send, come: Come) -> None:
    rows = [send(), send("10483")]
    content = response(OIOUBL, *[said_of("BusinessAccept", number) for number in ("10482", "10483", "1")])

    file = come(content)

    assert file.text == "OIOUBL application response: 3 documents. 1 speak of nothing that is known."
    found = Answer.objects.order_by("place")
    assert [(one.transaction_id, len(one.content)) for one in found] == [
        (rows[0].pk, len(content)), (rows[1].pk, 0), (None, 0),
    ]  # fmt: skip


def test_person_matches_what_nothing_matched(send: Send, come: Come, admin: User) -> None:
    row = send()
    come(answer_of("RE", "INV 10482"))
    answer = Answer.objects.get()

    incoming.match(answer, named("10482", Transaction.objects.all()), admin)

    assert (answer.transaction_id, answer.matched_by, stored(row).state) == (row.pk, admin, State.REJECTED)
    assert [(one.text, one.user) for one in row.log.all()] == [
        (f"Answer {answer.pk} was matched by hand.", admin), ("Rejected: Rejected.", None),
    ]  # fmt: skip
    with pytest.raises(CannotMatch, match="meanwhile"):
        incoming.match(answer, row, admin)


@pytest.mark.parametrize("text", ["", "99999", "x" * 300, "0", "١"])
def test_what_a_person_names_has_to_be_there(send: Send, text: str) -> None:
    send()

    with pytest.raises(Unclear, match="Expected the number of a document"):
        named(text, Transaction.objects.all())


def test_transaction_can_be_named_by_its_id(send: Send) -> None:
    row = send()

    assert named(f" {row.pk} ", Transaction.objects.all()).pk == row.pk


@pytest.fixture
def admin(tenant: Tenant) -> User:
    return User.objects.create(email="ada@example.com", name="Ada")
