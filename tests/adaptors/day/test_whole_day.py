"""A day of a company, hour by hour: its books are pulled, its documents go to seven customers by seven ways, what these
say comes back in any order, and what goes wrong is told once. In the end everybody counts the same."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from django.test import Client

from adaptors.domain.transactions import steering
from adaptors.models import Answer, Transaction
from arhub.models import Account, Document, Event, Run
from arhub.tenancy.scope import scope
from connectors.models import DeliveryReceipt
from connectors.simulators.server import RunningSimulator
from tests.adaptors.answers.samples import INVOICE_RESPONSE, OIOUBL, response, said_of
from tests.adaptors.day.company import AT_NIGHT, Company, Operations, came_to
from tests.adaptors.day.customers import (
    ACCEPTED,
    REJECTED,
    Architect,
    Council,
    Customer,
    Dentist,
    Factory,
    Harbour,
    Library,
    Shop,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

IN_THE_BOOKS = 25
"""Documents of customers for whom there is no rule, two drafts among them."""
SENT = 19
DUE_AT_SEVEN = 5
"""The export, and the first look of the day into four inboxes."""
TROUBLE = (
    "A document failed", "A gateway is paused", "An answer is overdue", "A document was rejected",
    "A document was rejected", "An answer is overdue",
)  # fmt: skip
"""What is over again in the end."""


One = TypeVar("One", bound=Customer)


class Story:
    """The company, its customers by what they are, and who else takes part."""

    def __init__(self, company: Company, client: Client, operations: Operations) -> None:
        self.company, self.client, self.operations = company, client, operations
        self.go_on_until = company.go_on_until

    def the(self, kind: type[One]) -> One:
        [found] = [one for one in self.company.customers if isinstance(one, kind)]
        return found

    def rows(self, kind: type[Customer]) -> list[Transaction]:
        return self.company.transactions(kind.kind)

    def states(self, kind: type[Customer]) -> list[str]:
        return [row.state for row in self.rows(kind)]

    def at(self, hour: int, minute: int = 0, days: int = 0) -> datetime:
        return self.company.clock.at(hour, minute, days=days)

    def told(self) -> list[str]:
        """What operations were told, the same by mail and webhook, each message once."""
        mails, calls = self.operations.mails(), self.operations.calls()
        assert [subject for _, subject in mails] == [subject for _, subject in calls]
        for ids in ([one for one, _ in mails], [one for one, _ in calls]):
            assert len(ids) == len(set(ids))
        return [subject.removeprefix("Invoices: ") for _, subject in mails]

    def do(self, row: Transaction, act: str, reason: str = "") -> None:
        """A clerk does something about a document."""
        with scope(self.company.tenant.pk):
            steering.act(row, act, None, reason)
        self.company.work()

    def check_counts(self) -> None:
        """The dashboard, the days' summaries and the customers agree."""
        shown, page = self.company.dashboard(self.client)
        turned_away = len(self.the(Library).others)
        assert shown == self.company.counted() == {**came_to(self.company.customers), "failed": turned_away}
        assert f"{SENT} delivered, {turned_away + shown['rejected']} failed or rejected" in page


@pytest.fixture
def story(company: Company, client: Client, operations: Operations) -> Story:
    return Story(company, client, operations)


def test_whole_day(story: Story, webhook: RunningSimulator) -> None:
    the_books_are_pulled(story)
    seven_customers_are_activated(story, f"{webhook.url}/hook")
    two_schedulers_fire_once(story)
    documents_have_arrived(story)
    receipts_come_late_and_twice(story)
    one_receipt_stays_away(story)
    a_clerk_sends_what_failed_again(story)
    the_shop_opens(story)
    answers_come_out_of_order(story)
    a_stranger_answers(story)
    what_stayed_away_comes_after_all(story)
    the_evening(story)
    the_next_morning(story)


def the_books_are_pulled(story: Story) -> None:
    company = story.company
    company.go_on_until(6, 40)

    with scope(company.tenant.pk):
        [pull] = Run.objects.filter(kind="pull")
        customers = set(Account.objects.values_list("name", flat=True))
        assert (pull.state, Document.objects.count()) == ("succeeded", IN_THE_BOOKS + SENT)
    assert customers >= {one.name for one in company.customers} | {"Nordic Pumps A/S"}


def seven_customers_are_activated(story: Story, webhook: str) -> None:
    story.company.activate()
    story.company.tell_operations(webhook)
    story.the(Library).has_already("invoice-28.xml")


def two_schedulers_fire_once(story: Story) -> None:
    company = story.company

    assert company.fire_twice_at(7) == DUE_AT_SEVEN
    company.work()

    with scope(company.tenant.pk):
        [run] = Run.objects.filter(kind="adaptor")
        assert (run.state, run.counts) == ("succeeded", {"Handed over": SENT})
        assert {row.account.name for row in Transaction.objects.select_related("account")} == {
            one.name for one in company.customers
        }


def documents_have_arrived(story: Story) -> None:
    """One is turned away, the shop is closed and left alone after three, the council's partner says nothing yet."""
    expected: dict[type[Customer], list[str]] = {
        Harbour: ["delivered"] * 2, Library: ["delivered", "delivered", "failed"], Shop: ["sending"] * 5,
        Factory: ["delivered"] * 3, Council: ["uncertain"] * 2, Architect: ["delivered"] * 2,
        Dentist: ["delivered"] * 2,
    }  # fmt: skip
    assert {kind: story.states(kind) for kind in expected} == expected
    assert [outcome for outcome, _ in story.company.attempts("http")] == ["not_taken"] * 3

    story.go_on_until(7, 10)
    assert sorted(story.told()) == ["A document failed", "A gateway is paused"]


def receipts_come_late_and_twice(story: Story) -> None:
    story.go_on_until(8)
    rows = story.rows(Factory)
    story.the(Council).answers([row.number for row in story.rows(Council)])
    for row in story.rows(Harbour):
        story.the(Harbour).acknowledge(row.number, row.reference)

    for row in (rows[0], rows[1], rows[0]):
        give_receipt(story, row)

    assert story.states(Factory) == ["acknowledged", "acknowledged", "delivered"]
    assert receipts_of(rows[0], "mdn") == receipts_of(rows[1], "mdn") == 1
    story.go_on_until(8, 20)
    assert story.states(Harbour) == ["acknowledged"] * 2


def give_receipt(story: Story, row: Transaction) -> None:
    """The factory's partner calls back, and is answered that it was taken."""
    assert row.delivery is not None
    assert story.the(Factory).give_receipt(row.number, row.delivery.outbound.identity) == 200


def receipts_of(row: Transaction, kind: str) -> int:
    with scope(row.tenant_id):
        return DeliveryReceipt.objects.filter(delivery=row.delivery, kind=kind).count()


def one_receipt_stays_away(story: Story) -> None:
    story.go_on_until(9, 30)

    last = story.rows(Factory)[2]
    assert (f"{last.number} to Fabrikken A/S", "open", False) in story.company.incidents()
    assert story.told().count("An answer is overdue") == 1
    assert story.states(Council) == ["acknowledged"] * 2
    assert [receipts_of(row, "report") for row in story.rows(Council)] == [1, 1]


def a_clerk_sends_what_failed_again(story: Story) -> None:
    story.the(Library).tidies_up()
    story.do(story.rows(Library)[2], "resend")
    assert story.states(Library) == ["delivered"] * 3

    second = story.rows(Dentist)[1]
    story.the(Dentist).send_back(second.number, second.name)
    story.go_on_until(10, 30)
    assert story.states(Dentist) == ["delivered", "rejected"]
    assert story.told()[-2:] == ["over – A document failed", "A document was rejected"]


def the_shop_opens(story: Story) -> None:
    """One document is tried before the rest; all of them arrive, and it is told once."""
    shop, before = story.the(Shop), len(story.company.attempts("http"))
    shop.opens()
    story.go_on_until(12, 30)

    (outcomes, began) = zip(*story.company.attempts("http"), strict=True)
    assert outcomes == ("not_taken",) * before + ("delivered",) * 5
    assert began[before] < min(began[before + 1 :])
    assert len(shop.came()) == 5
    assert story.states(Shop) == ["delivered"] * 5
    assert story.told().count("over – A gateway is paused") == 1


def answers_come_out_of_order(story: Story) -> None:
    """What was said first comes last, and changes nothing."""
    library, (first, second, _) = story.the(Library), story.rows(Library)

    answer(library, first, ACCEPTED, story.at(10, 10))
    answer(library, second, REJECTED, story.at(10, 50))
    story.go_on_until(13, 20)
    assert story.states(Library) == ["acknowledged", "rejected", "delivered"]

    answer(library, first, REJECTED, story.at(9, 50))
    answer(library, second, ACCEPTED, story.at(9, 55))
    story.go_on_until(14, 20)
    assert story.states(Library) == ["acknowledged", "rejected", "delivered"]
    with scope(story.company.tenant.pk):
        assert Answer.objects.filter(transaction__in=[first, second]).count() == 4


def answer(customer: Library | Architect, row: Transaction, verdict: str, at: datetime) -> None:
    """A customer leaves an answer in its folder, said at that time."""
    customer.says(verdict, row.number, at)
    content = oioubl(verdict, row.number) if isinstance(customer, Library) else peppol(verdict, row.number)
    customer.answer(f"{row.number}-{at:%d%H%M}.xml", dated(content, at))


def oioubl(verdict: str, number: str) -> bytes:
    return response(OIOUBL, said_of({ACCEPTED: "BusinessAccept", REJECTED: "BusinessReject"}[verdict], number))


def peppol(verdict: str, number: str) -> bytes:
    return response(INVOICE_RESPONSE, said_of({ACCEPTED: "AP", REJECTED: "RE"}[verdict], number))


def dated(content: bytes, at: datetime) -> bytes:
    content = content.replace(b"2026-03-20", f"{at:%Y-%m-%d}".encode())
    return content.replace(b"12:30:00+01:00", f"{at:%H:%M:%S}+00:00".encode())


def a_stranger_answers(story: Story) -> None:
    """Of a document that nobody sent: listed, and told once, however often it comes."""
    company, shop, first = story.company, story.the(Shop), story.rows(Shop)[0]

    shop.says(ACCEPTED, first.number)
    statuses = [company.post_answer(dated(peppol(ACCEPTED, first.number), company.clock.now))]
    statuses += [company.post_answer(peppol(REJECTED, "999999")) for _ in range(2)]
    story.go_on_until(15, 30)

    assert statuses == [202] * 3
    assert story.states(Shop) == ["acknowledged", *["delivered"] * 4]
    with scope(company.tenant.pk):
        assert Answer.objects.filter(transaction=None).count() == 1
        assert Event.objects.filter(kind="answer.unmatched").count() == 1
    assert story.told()[-1] == "An answer speaks of nothing that was sent"


def what_stayed_away_comes_after_all(story: Story) -> None:
    last, bounced, late = story.rows(Factory)[2], story.rows(Dentist)[1], story.rows(Architect)[0]

    give_receipt(story, last)
    story.do(bounced, "elsewhere", "By post, to the right address.")
    answer(story.the(Architect), late, ACCEPTED, story.at(15, 30))
    story.go_on_until(16, 30)

    assert story.states(Factory) == ["acknowledged"] * 3
    assert (f"{last.number} to Fabrikken A/S", "closed", True) in story.company.incidents()
    assert story.states(Architect) == ["acknowledged", "delivered"]
    assert sorted(story.told()[-2:]) == ["over – A document was rejected", "over – An answer is overdue"]


def the_evening(story: Story) -> None:
    """Everybody has what is stored, to the last byte, and counts the same."""
    for customer in story.company.customers:
        assert sorted(customer.came()) == sorted(story.company.sent(customer))
    assert len(story.the(Factory).partner.receipts_kept) == Factory.invoices
    story.check_counts()


def the_next_morning(story: Story) -> None:
    """A second run sends nothing; what was to be said within a day is missed, and comes; a rejection is taken back."""
    company, attempts = story.company, {one.kind: story.company.attempts(one.kind) for one in story.company.customers}
    story.go_on_until(6, 40, days=1, step=AT_NIGHT)
    assert company.fire_twice_at(7, days=1) == DUE_AT_SEVEN
    company.work()
    with scope(company.tenant.pk):
        [_, run] = Run.objects.filter(kind="adaptor").order_by("pk")
        assert (run.state, run.counts, Transaction.objects.count()) == ("succeeded", {}, SENT)
    assert {one.kind: company.attempts(one.kind) for one in company.customers} == attempts

    story.go_on_until(7, 30, days=1)
    missed, refused = story.rows(Architect)[1], story.rows(Library)[1]
    assert story.told()[-1] == "An answer is overdue"
    answer(story.the(Architect), missed, ACCEPTED, company.clock.now - timedelta(minutes=1))
    answer(story.the(Library), refused, ACCEPTED, company.clock.now - timedelta(minutes=1))
    story.go_on_until(8, 40, days=1)

    assert {state for _, state, _ in company.incidents()} == {"closed"}
    assert Counter(story.told()) == Counter(
        [*TROUBLE, *(f"over – {one}" for one in TROUBLE), "An answer speaks of nothing that was sent"]
    )
    the_evening(story)
