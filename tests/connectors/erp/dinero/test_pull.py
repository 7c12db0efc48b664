"""What a pull brings equals the simulator's books, whenever it is interrupted and whatever happens meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from arhub.network.errors import ConfigError, RetryableError
from arhub.records import RECORD_TYPES
from connectors.base import Cursor, Page
from connectors.erp.dinero.connector import DineroConnector
from connectors.simulators.dinero.books import written
from connectors.simulators.dinero.organization import Organization
from connectors.simulators.dinero.seeds import contact
from connectors.simulators.server import RunningSimulator
from tests.connectors.erp.dinero.conftest import Connect
from tests.connectors.erp.dinero.records import booked, brought, sums

LATER = Cursor(since={"contacts": "2100-01-01T00:00:00Z", "sales": "2100-01-01T00:00:00Z"})


def _line(price: float, account: int = 1000) -> dict[str, object]:
    return {"Description": "Ventil", "Quantity": 2, "Unit": "parts", "BaseAmountValue": price, "AccountNumber": account}


def test_full_pull_equals_the_books(connect: Connect, books: Organization) -> None:
    found = brought(connect().pull(Cursor()))

    invoices = booked(books)
    mine = [row for row in found["invoice"].values() if not row["is_draft"]]
    assert {row["erp_key"] for row in mine} == {row["erp_key"] for row in invoices}
    assert sums(mine, "total_amount") == sums(invoices, "total")
    assert sums(mine, "net_amount") == sums(invoices, "net")
    assert sums(mine, "balance_due") == sums(invoices, "remaining")
    assert sums(found["adjustment"].values(), "total_amount") == sums(booked(books, "CreditNote"), "total")
    paid = sum(row["amount"] for kind in ("payment_applied", "credit_memo_applied") for row in found[kind].values())
    assert paid == sum(row["voucher"].paid for row in invoices)
    assert set(found["account"]) == set(books.contacts)


def test_full_pull_names_only_fields_of_our_record_types(connect: Connect) -> None:
    connector = connect()

    found = brought(connector.pull(Cursor()))

    assert set(found) == {name for stream in connector.streams for name in stream.record_types}
    for name, rows in found.items():
        fields = [frozenset(row) for row in rows.values()]
        assert fields[0] <= set(RECORD_TYPES[name].by_name)
        assert set(fields) == {fields[0]}, name


def test_every_reference_leads_to_a_record_that_came(connect: Connect) -> None:
    found = brought(connect().pull(Cursor()))

    documents = {**found["invoice"], **found["adjustment"]}
    assert {row["account_id"] for row in (*documents.values(), *found["payment"].values())} <= set(found["account"])
    for name in ("invoice_line", "payment_applied", "credit_memo_applied"):
        assert {row["invoice"] for row in found[name].values()} <= set(documents)
    assert {row["payment"] for row in found["payment_applied"].values()} == set(found["payment"])
    assert {row["credit_memo"] for row in found["credit_memo_applied"].values()} <= set(found["adjustment"])


def test_next_pull_brings_what_changed_and_little_else(connect: Connect, books: Organization) -> None:
    connector = connect()
    *_, last = connector.pull(Cursor())
    assert last.cursor.at == {}
    unpaid = next(row["voucher"] for row in booked(books) if row["voucher"].status(date.today()) == "Overdue")
    books.pay(unpaid.guid, {"Timestamp": unpaid.timestamp, "Amount": 10})

    found = brought(connector.pull(last.cursor))

    changed = found["invoice"][unpaid.guid]
    assert changed["balance_due"] == unpaid.remaining
    assert {row["invoice"] for row in found["payment_applied"].values()} == {unpaid.guid}
    assert set(found["invoice"]) == {unpaid.guid}
    assert "account" not in found


def test_next_pull_looks_back_by_the_overlap_from_when_this_one_started(connect: Connect) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    *_, last = connect(overlap_minutes=30).pull(Cursor())
    after = datetime.now(UTC)

    marks = {datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) for text in last.cursor.since.values()}

    assert set(last.cursor.since) == {stream.name for stream in DineroConnector.streams}
    assert all(before <= mark + timedelta(minutes=30) <= after for mark in marks)


def test_mark_may_be_a_date_that_a_person_typed(connect: Connect) -> None:
    found = brought(connect().pull(Cursor(since={"contacts": "2100-01-01", "sales": "2020-01-01"})))

    assert "account" not in found
    assert len(found["invoice"]) == 22


def test_mark_that_is_no_time_is_told(connect: Connect) -> None:
    with pytest.raises(ConfigError, match="Expected the cursor of sales as 2026-01-31T00:00:00Z, found 'yesterday'"):
        connect().pull(Cursor(since={"sales": "yesterday"}))


def test_nothing_changed_brings_one_empty_page(connect: Connect) -> None:
    pages = list(connect().pull(LATER))

    assert [len(page) for page in pages] == [0]
    assert pages[0].cursor.at == {}


def test_pull_begun_again_after_any_page_brings_the_same(connect: Connect, books: Organization) -> None:
    books.seed(45)
    pages = list(connect(requests_per_minute=50).pull(Cursor()))
    whole = brought(pages)

    for place, page in enumerate(pages):
        if not page.cursor.at:
            break
        cursor = replace(page.cursor, at=json.loads(json.dumps(page.cursor.at)))
        rest = list(connect(requests_per_minute=50).pull(cursor))
        assert brought([*pages[: place + 1], *rest]) == whole
        assert len(rest) == len(pages) - place - 1
    assert len(pages) == 7  # contacts, five times ten booked ones, the end


def test_pages_have_more_when_more_requests_are_allowed(connect: Connect, books: Organization) -> None:
    books.seed(120)

    slow, fast = (
        [
            len(page.records["invoice"])
            for page in connect(requests_per_minute=limit).pull(Cursor())
            if "invoice" in page.records
        ]
        for limit in (100, 6000)
    )

    assert slow == [20] * 6
    assert fast == [100, 20]


def test_booking_while_it_reads_loses_nothing(connect: Connect, books: Organization) -> None:
    """A draft that is booked, a new invoice and one that is paid come between two pages."""
    books.seed(110)
    draft = books.draft("Invoice", {"ContactGuid": next(iter(books.contacts)), "ProductLines": [_line(100)]})
    pull = connect().pull(Cursor())
    pages = [next(pull) for _ in range(3)]

    books.book("Invoice", draft.guid, {"Timestamp": draft.timestamp})
    early = books.voucher(f"5eed0000-0000-4000-8000-{3:012x}", "Invoice")
    books.pay(early.guid, {"Timestamp": early.timestamp, "Amount": 5})
    pages += pull
    found = brought(pages)

    assert {row["erp_key"] for row in booked(books)} == set(found["invoice"])
    again = brought(connect().pull(pages[-1].cursor))
    assert {draft.guid, early.guid} <= set(again["invoice"])
    assert again["invoice"][early.guid]["balance_due"] == early.remaining - 5


def test_customer_made_while_it_reads_comes_too(connect: Connect, books: Organization) -> None:
    pull = connect().pull(Cursor())
    pages = [next(pull)]

    guid = books.save_contact({"Name": "Ny Kunde"})["ContactGuid"]
    draft = books.draft("Invoice", {"ContactGuid": guid, "ProductLines": [_line(100)]})
    books.book("Invoice", draft.guid, {"Timestamp": draft.timestamp})
    found = brought([*pages, *pull])

    assert found["account"][guid]["account_name"] == "Ny Kunde"
    assert found["invoice"][draft.guid]["account_id"] == guid


def test_contact_that_slipped_through_between_two_pages_comes_with_the_next_pull(
    connect: Connect, books: Organization
) -> None:
    """Contacts are in the order of their change: one that changes moves to the end, and all after it to the front."""
    for number in range(1500):
        guid = f"e0000000-0000-4000-8000-{number:012x}"
        books.contacts[guid] = contact(guid, f"Kunde {number}", written(books.started - timedelta(days=1)) or "")
    pull = connect().pull(Cursor())
    pages = [next(pull)]
    books.save_contact({"Name": "Flyttet"}, "e0000000-0000-4000-8000-000000000001")
    pages += pull

    missed = set(books.contacts) - set(brought(pages)["account"])
    again = brought(connect().pull(pages[-1].cursor))

    assert len(missed) == 1
    assert missed <= set(again["account"])
    assert list(pages[-1].cursor.since) == ["sales"]


def test_draft_has_neither_number_nor_lines_until_it_is_booked(connect: Connect, books: Organization) -> None:
    contact = next(iter(books.contacts))
    draft = books.draft("Invoice", {"ContactGuid": contact, "ProductLines": [_line(100)], "Date": "1999-01-01"})

    before = brought(connect().pull(Cursor()))
    books.book("Invoice", draft.guid, {"Timestamp": draft.timestamp})
    after = brought(connect().pull(Cursor()))

    row = before["invoice"][draft.guid]
    assert (row["is_draft"], row["status"], row["invoice_number"]) == (True, "Draft", None)
    assert draft.guid not in {line["invoice"] for line in before["invoice_line"].values()}
    assert "9223372036854775807" not in str(before)
    row = after["invoice"][draft.guid]
    assert (row["is_draft"], row["status"], row["invoice_number"]) == (False, "Overdue", str(draft.number))
    assert draft.guid in {line["invoice"] for line in after["invoice_line"].values()}


def test_draft_without_a_customer_is_left_out(connect: Connect, books: Organization) -> None:
    draft = books.draft("Invoice", {"ProductLines": [_line(100)]})

    assert draft.guid not in brought(connect().pull(Cursor()))["invoice"]


def test_deleted_draft_comes_as_voided(connect: Connect, books: Organization) -> None:
    connector = connect()
    *_, last = connector.pull(Cursor())
    draft = next(one for one in books.sales if one.number is None)
    books.remove("Invoice", draft.guid, {"Timestamp": draft.timestamp})

    changed = brought(connector.pull(last.cursor))["invoice"][draft.guid]
    whole = brought(connector.pull(Cursor()))["invoice"]

    assert (changed["is_voided"], changed["is_draft"]) == (True, True)
    assert draft.guid not in whole


def test_deleted_customer_still_comes_as_not_active(connect: Connect, books: Organization) -> None:
    guid = next(iter(books.contacts))
    books.remove_contact(guid)

    account = brought(connect().pull(Cursor()))["account"][guid]

    assert (account["is_active"], account["status"]) == (False, "Deleted")


@pytest.mark.parametrize(
    ("number", "status", "balance"),
    [(1, "Paid", "0.00"), (3, "Overdue", "666.66"), (5, "OverPaid", "-201.69"), (9, "Booked", "499.99")],
)
def test_status_and_open_amount(connect: Connect, number: int, status: str, balance: str) -> None:
    found = brought(connect().pull(Cursor()))["invoice"].values()

    row = next(one for one in found if one["invoice_number"] == str(number))

    assert (row["status"], row["balance_due"]) == (status, Decimal(balance))


def test_open_amount_has_the_reminders_fee_in_it(connect: Connect, books: Organization) -> None:
    reminded = next(row["voucher"] for row in booked(books) if row["voucher"].fees)

    row = brought(connect().pull(Cursor()))["invoice"][reminded.guid]

    assert row["balance_due"] == row["total_amount"] + 100


def test_without_payments_only_what_is_paid_has_an_open_amount(connect: Connect, dinero: RunningSimulator) -> None:
    found = brought(connect(payments=False).pull(Cursor()))

    assert "payment" not in found
    assert {row["status"]: row["balance_due"] for row in found["invoice"].values()} == {
        "Draft": None, "Booked": None, "Overdue": None, "OverPaid": None, "Paid": Decimal(0),
    }  # fmt: skip


def test_credit_note_reduces_its_invoice_and_names_its_number(connect: Connect, books: Organization) -> None:
    found = brought(connect().pull(Cursor()))

    applied = {row["credit_memo"]: row for row in found["credit_memo_applied"].values()}
    used, part, unused = sorted(found["adjustment"].values(), key=lambda row: int(row["credit_memo_number"]))
    assert (used["corrected_document"], used["status"], used["balance_due"]) == ("2", "Paid", 0)
    assert applied[used["erp_key"]]["amount"] == used["total_amount"]
    assert (part["corrected_document"], part["status"]) == ("6", "Paid")
    assert (unused["corrected_document"], unused["status"], unused["balance_due"]) == ("1", "Booked", None)
    assert unused["erp_key"] not in applied


def test_money_is_decimal_in_cents_and_times_know_their_zone(connect: Connect) -> None:
    found = brought(connect().pull(Cursor()))

    values = [value for rows in found.values() for row in rows.values() for value in row.values()]
    assert {type(value) for value in values} == {str, bool, Decimal, date, datetime, type(None)}
    assert all(value.tzinfo is not None for value in values if isinstance(value, datetime))
    amounts = [row["total_amount"] for row in found["invoice"].values()]
    assert {amount.as_tuple().exponent for amount in amounts} == {-2}


def test_foreign_payment_has_our_exchange_rate(connect: Connect) -> None:
    found = brought(connect().pull(Cursor()))["payment"].values()

    assert {row["currency"]: row["exchange_rate"] for row in found} == {
        "DKK": Decimal(1), "EUR": Decimal("0.13404826"),
    }  # fmt: skip


def test_customer_has_registration_gln_and_person(connect: Connect) -> None:
    found = brought(connect().pull(Cursor()))

    accounts = {row["account_name"]: row for row in found["account"].values()}
    contacts = {row["contact_name"]: row for row in found["contact"].values()}
    council = accounts["Aarhus Kommune"]
    assert (council["vat_number"], council["registration_number"], council["gln"]) == (
        "DK55133018", "55133018", "5790000435975",
    )  # fmt: skip
    assert (accounts["Börse GmbH"]["vat_number"], accounts["Börse GmbH"]["registration_number"]) == (
        "DE123456788",
        None,
    )
    assert contacts["Bo Lind"]["account_id"] == council["erp_key"]
    assert contacts["Børge Lund"]["account_id"] == accounts["Børge Lund"]["erp_key"]
    assert (accounts["Café Ø"]["payment_terms"], council["payment_terms"]) == ("NettoCash", "Netto 30")
    assert accounts["Café Ø"]["erp_key"] not in {row["account_id"] for row in found["contact"].values()}


def test_limit_of_the_other_side_ends_the_pull_where_it_can_go_on(connect: Connect, dinero: RunningSimulator) -> None:
    whole = brought(connect().pull(Cursor()))
    connector = connect(requests_per_minute=50)
    dinero.simulator.configure({"requests_per_minute": dinero.simulator.counts["requests"] + 30})
    pages: list[Page] = []

    with pytest.raises(RetryableError, match=r"no more requests for now \(429\). It asks to wait 20 seconds"):
        for page in connector.pull(Cursor()):
            pages.append(page)
    dinero.simulator.configure({"requests_per_minute": 0})
    rest = list(connect().pull(pages[-1].cursor))

    assert brought([*pages, *rest]) == whole
    assert dinero.simulator.counts["above the limit"] == 1


def test_every_request_takes_its_turn(connect: Connect, dinero: RunningSimulator) -> None:
    connector = connect()
    dinero.misbehave("status", on="/payments", status=503)
    dinero.misbehave("drop", on="/sales/creditnotes")

    for check in connector.checks():
        check.run()
    list(connector.pull(Cursor()))

    refused = dinero.simulator.counts["fault status"]
    assert connector.setup.pace.turns == dinero.simulator.counts["requests"] + refused  # type: ignore[attr-defined]
    assert (refused, dinero.simulator.counts["fault drop"]) == (1, 1)
