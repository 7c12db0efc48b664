"""What the other side is to say, and by when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptors import tasks
from adaptors.domain import activations
from adaptors.domain.answers import expecting
from adaptors.domain.customers import rules
from adaptors.domain.transactions import exporting, ladder
from adaptors.models import Activation, Expectation, Transaction
from arhub.domain import outbound_by_hand as by_hand
from arhub.models import Account, Event, Incident, Outbound, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import deliveries
from connectors.domain.deliveries import Meaning
from connectors.gateways.base import Receipt
from tests.adaptors.answers.conftest import Come, Send, arrive, stored
from tests.adaptors.answers.samples import INVOICE_RESPONSE, response, said_of
from tests.adaptors.conftest import document_of, rules_of

LATER = timedelta(days=15)


@pytest.fixture(autouse=True)
def inside(tenant: Tenant, account: Account) -> Iterator[None]:
    with scope(tenant.pk):
        yield


@pytest.fixture
def within_14_days(activation: Activation, account: Account) -> None:
    own = rules_of(activation).get().values
    rules.set_own(rules_of(activation).get(), {**own, "answer_days": "014"})


def look(after: timedelta = LATER) -> int:
    return expecting.look(timezone.now() + after)


def told() -> list[tuple[int, str]]:
    rows = Event.objects.filter(kind="answer.overdue").order_by("id")
    return list(rows.values_list("data__transaction", "data__kind"))


def incidents() -> list[tuple[str, str, bool]]:
    return list(Incident.objects.order_by("id").values_list("subject", "state", "by_arrival"))


def test_nothing_is_expected_unless_it_is_asked_for(send: Send) -> None:
    row = send()

    assert (Expectation.objects.count(), "answer_days" in row.facts) == (0, False)


def test_answer_is_expected_from_when_the_document_was_delivered(within_14_days: None, send: Send) -> None:
    row = send()

    one = Expectation.objects.get()
    assert (one.transaction_id, one.kind, one.came_at, row.facts["answer_days"]) == (row.pk, "answer", None, "14")
    assert timedelta(days=13) < one.due_at - timezone.now() <= timedelta(days=14)


def test_one_that_stays_away_is_told_once_and_settled_when_it_comes(
    within_14_days: None, send: Send, come: Come
) -> None:
    row = send()

    assert [look(timedelta(days=13)), look(), look()] == [0, 1, 0]
    assert told() == [(row.pk, "answer")]
    assert incidents() == [("10482 to Customer 10042", "open", False)]

    come(response(INVOICE_RESPONSE, said_of("AP")))

    assert incidents() == [("10482 to Customer 10042", "closed", True)]
    assert Expectation.objects.get().came_at is not None
    assert look() == 0


def test_answer_in_time_is_told_to_nobody(within_14_days: None, send: Send, come: Come) -> None:
    send()

    come(response(INVOICE_RESPONSE, said_of("IP")))

    assert (look(), told(), incidents()) == (0, [], [])


def test_answer_that_is_there_before_the_document_arrived_is_not_expected(
    within_14_days: None, activation: Activation, account: Account, come: Come
) -> None:
    [row] = exporting.export(activation, [document_of(account).pk])

    come(response(INVOICE_RESPONSE, said_of("AP")))

    assert (stored(row).state, Expectation.objects.filter(came_at=None).count()) == ("acknowledged", 0)


def awaiting(activation: Activation, account: Account) -> Transaction:
    """A document whose receipt comes later."""
    [row] = exporting.export(activation, [document_of(account).pk])
    assert row.delivery is not None
    deliveries.keep_receipt(row.delivery, Receipt("Taken.", awaits=True), Meaning.TAKEN)
    arrive(row)
    return stored(row)


def test_receipt_that_comes_later_is_expected_within_the_hours_of_the_connection(
    activation: Activation, account: Account
) -> None:
    row = awaiting(activation, account)

    one = Expectation.objects.get()
    assert (one.kind, row.state) == ("report", "delivered")
    assert timedelta(hours=23) < one.due_at - timezone.now() <= timedelta(hours=24)
    assert (look(timedelta(hours=25)), told()) == (1, [(row.pk, "report")])


@pytest.mark.parametrize(("meaning", "state"), [(Meaning.TAKEN, "acknowledged"), (Meaning.REFUSED, "rejected")])
def test_receipt_that_came_is_expected_no_more(
    activation: Activation, account: Account, meaning: Meaning, state: str
) -> None:
    row = awaiting(activation, account)
    assert row.delivery is not None
    look()

    deliveries.receipt_came(
        row.delivery.connection, row.delivery.outbound.identity, Receipt("There.", "mdn", b"mdn"), meaning
    )

    assert (stored(row).state, Expectation.objects.get().came_at is None) == (state, False)
    assert incidents() == [("10482 to Customer 10042", "closed", True)]


def test_incident_of_two_things_that_stay_away_is_one_until_both_have_come(
    within_14_days: None, activation: Activation, account: Account, come: Come
) -> None:
    row = awaiting(activation, account)
    assert row.delivery is not None
    assert look() == 2

    deliveries.receipt_came(
        row.delivery.connection, row.delivery.outbound.identity, Receipt("There.", "mdn", b"mdn"), Meaning.TAKEN
    )
    before = incidents()
    come(response(INVOICE_RESPONSE, said_of("AP")))

    assert (before, incidents()) == (
        [("10482 to Customer 10042", "open", False)], [("10482 to Customer 10042", "closed", True)]
    )  # fmt: skip


def test_answer_shows_that_a_receipt_is_not_needed_any_more(
    activation: Activation, account: Account, come: Come
) -> None:
    awaiting(activation, account)

    come(response(INVOICE_RESPONSE, said_of("AP")))

    assert look() == 0


def test_resent_document_is_expected_to_be_answered_anew(within_14_days: None, send: Send) -> None:
    row = send()
    look()
    assert row.delivery is not None

    by_hand.replay("delivery", Outbound.objects.all(), [Outbound.State.DELIVERED])
    assert stored(row).state == "sending"
    assert look() == 0
    arrive(stored(row))

    one = Expectation.objects.get()
    assert (one.alarmed_at, one.came_at) == (None, None)
    assert [look(), len(told())] == [1, 2]
    assert Incident.objects.count() == 1


def test_nothing_is_expected_of_what_went_by_other_means(within_14_days: None, send: Send) -> None:
    row = send()
    ladder.move_all([(row, ladder.Place(Transaction.State.ELSEWHERE, "By post."))])

    assert (look(), Expectation.objects.count()) == (0, 0)


def test_sweeper_looks_at_all_companies(within_14_days: None, send: Send) -> None:
    send()
    Expectation.objects.update(due_at=timezone.now() - timedelta(minutes=1))

    assert tasks.look_for_answers() == "1 answers overdue"
    assert tasks.look_for_answers() == "0 answers overdue"


@pytest.mark.parametrize(("days", "fact"), [("", {}), ("0", {}), ("000", {}), ("7", {"answer_days": "7"})])
def test_zero_days_ask_for_nothing(days: str, fact: dict[str, str]) -> None:
    assert expecting.asked_for({"answer_days": days}) == fact


def test_common_settings_ask_for_all(activation: Activation, send: Send) -> None:
    activations.change(activation, {"general": {"answer_days": "3"}})

    assert send().facts["answer_days"] == "3"


def test_expecting_asks_the_database_as_often_for_three_as_for_one(within_14_days: None, send: Send) -> None:
    rows, counts = [stored(send(number)) for number in ("1", "2", "3")], []
    for some in (rows[:1], rows):
        with CaptureQueriesContext(database) as queries:
            expecting.arrived(some)
        counts.append(len(queries))

    assert counts[0] == counts[1] > 0
    for row in rows:
        row.facts = {}
    with CaptureQueriesContext(database) as queries:
        expecting.arrived(rows)
    assert len(queries) == 0
