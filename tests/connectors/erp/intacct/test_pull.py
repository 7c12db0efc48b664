"""Everything that is read, against the simulator's books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from arhub.network.errors import RetryableError
from arhub.records import RECORD_TYPES
from connectors.base import Cursor, Page, Subject
from connectors.erp.intacct.connector import IntacctConnector
from connectors.erp.intacct.elements import created, in_function
from connectors.simulators.server import RunningSimulator
from tests.arhub.network.servers import in_turn, serve
from tests.connectors.erp.intacct import records, shapes
from tests.connectors.erp.intacct.conftest import Make
from tests.connectors.erp.intacct.shapes import xml

WAYS = pytest.mark.parametrize("way", ["query", "readByQuery"])


def books(pages: list[Page]) -> dict[str, dict[str, dict[str, Any]]]:
    """Records by type and erp_key: the last one that came counts."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for page in pages:
        for record_type, rows in page.records.items():
            found.setdefault(record_type, {}).update({row["erp_key"]: dict(row) for row in rows})
    return found


def push(connector: IntacctConnector, identity: str, subject: Any) -> str:
    keys = connector.push(connector.compose(identity, [subject])).keys[subject.key]
    return keys.get("recordno") or keys["RECORDNO"]


def pay_one(connector: IntacctConnector, invoice: Mapping[str, Any]) -> str:
    """Pay 1.00 of an invoice that was pulled."""
    account = {"account_id": invoice["account_id"], "erp_key": invoice["account_id"]}
    values = {**records.PAYMENT, "amount": Decimal(1), "account_id": invoice["account_id"]}
    document = ("invoice", invoice["erp_key"])
    application = {"document": document, "number": invoice["invoice_number"], "amount": Decimal(1)}
    keys = {document: {"recordno": invoice["erp_key"]}}
    return push(connector, "pay-one", Subject("payment", values, (), (application,), account, (), keys))


def ahead(simulator: RunningSimulator, seconds: int) -> None:
    simulator.simulator.configure({"clock_ahead_seconds": seconds})


@pytest.fixture
def numbers(connector: IntacctConnector) -> dict[str, str]:
    """A customer with an invoice, a credit memo, an advance and a payment of half the invoice."""
    push(connector, "customer", records.account((records.ANNA, records.BO)))
    made = {"invoice": push(connector, "invoice", records.invoice())}
    made["credit"] = push(connector, "credit", records.credit_memo())
    made["advance"] = push(connector, "advance", records.payment(erp_key="A-1", payment_id="A-1"))
    keys = records.recordnos(i10482=made["invoice"])
    made["payment"] = push(connector, "payment", records.payment(("10482", "700"), keys=keys))
    return made


@WAYS
def test_full_pull_brings_all_that_the_books_hold(way: str, numbers: dict[str, str], make_live: Make) -> None:
    found = books(list(make_live(read_with=way).pull(Cursor())))

    assert {name: len(rows) for name, rows in found.items()} == {
        "account": 1, "contact": 2, "invoice": 1, "invoice_line": 4, "adjustment": 1, "payment": 2,
        "payment_applied": 1,
    }  # fmt: skip
    invoice = found["invoice"][numbers["invoice"]]
    assert {name: invoice[name] for name in ("account_id", "invoice_number", "document_type", "total_amount")} == {
        "account_id": "C-1001", "invoice_number": "10482", "document_type": "invoice", "total_amount": Decimal("1250"),
    }  # fmt: skip
    assert (invoice["balance_due"], invoice["invoice_date"], invoice["due_date"], invoice["currency"]) == (
        Decimal("550.00"), date(2026, 3, 5), date(2026, 4, 4), "USD",
    )  # fmt: skip
    assert (invoice["status"], invoice["is_draft"], invoice["is_voided"]) == ("Partially Paid", False, False)
    lines = [line for line in found["invoice_line"].values() if line["invoice"] == numbers["invoice"]]
    assert [(line["line_number"], line["net_amount"], line["account_number"]) for line in lines] == [
        ("1", Decimal("600.00"), "4010"), ("2", Decimal("400.00"), "4000"), ("3", Decimal("250.00"), "4000"),
    ]  # fmt: skip
    (applied,) = found["payment_applied"].values()
    assert (applied["payment"], applied["invoice"], applied["amount"]) == (
        numbers["payment"], numbers["invoice"], Decimal("700.00"),
    )  # fmt: skip
    assert {key: row["unapplied_amount"] for key, row in found["payment"].items()} == {
        numbers["advance"]: Decimal("700.00"), numbers["payment"]: None,
    }  # fmt: skip


def test_credit_memo_comes_back_positive_with_its_lines(numbers: dict[str, str], connector: IntacctConnector) -> None:
    found = books(list(connector.pull(Cursor())))

    memo = found["adjustment"][numbers["credit"]]
    (line,) = (line for line in found["invoice_line"].values() if line["invoice"] == numbers["credit"])
    assert (memo["document_type"], memo["credit_memo_number"], memo["corrected_document"]) == (
        "credit_memo", "90017", "10482",
    )  # fmt: skip
    assert (memo["total_amount"], memo["balance_due"], line["net_amount"]) == (
        Decimal("125.00"), Decimal("125.00"), Decimal("125.00"),
    )  # fmt: skip


def test_customer_comes_back_with_its_people(numbers: dict[str, str], connector: IntacctConnector) -> None:
    found = books(list(connector.pull(Cursor())))

    account = found["account"]["C-1001"]
    names = ("account_name", "vat_number", "email", "city", "country", "is_active")
    assert {name: account[name] for name in names} == {
        "account_name": "Nordic Pumps A/S", "vat_number": "DK12345674", "email": "ap@nordic.example", "city": "Aarhus",
        "country": "DK", "is_active": True,
    }  # fmt: skip
    assert account["primary_contact_id"] == "C-1001/Anna Holm (C-1001)"
    assert [
        (row["contact_name"], row["role"], row["is_primary"], row["account_id"]) for row in found["contact"].values()
    ] == [("Anna Holm", "PRIMARY,BILLTO", True, "C-1001"), ("Bo Berg", "SHIPTO", False, "C-1001")]


def test_records_have_the_fields_of_their_types(numbers: dict[str, str], connector: IntacctConnector) -> None:
    for record_type, rows in books(list(connector.pull(Cursor()))).items():
        known = RECORD_TYPES[record_type].by_name
        for row in rows.values():
            assert set(row) <= set(known), record_type
            assert not [name for name, field in known.items() if field.required and not row.get(name)]
            assert {type(value) for value in row.values()} <= {
                str, bool, int, date, datetime, Decimal, type(None)
            }  # fmt: skip
            assert all(value.tzinfo is UTC for value in row.values() if isinstance(value, datetime))


@WAYS
def test_next_pull_brings_only_what_changed(way: str, make_live: Make, simulator: RunningSimulator) -> None:
    simulator.simulator.configure({"seed_invoices": 50})
    connector = make_live(read_with=way, overlap_minutes=0)
    first = list(connector.pull(Cursor()))
    oldest, newest = (list(books(first)["invoice"].values())[place] for place in (0, -1))
    ahead(simulator, 7200)
    payment = pay_one(connector, oldest)

    cursor = first[-1].cursor
    found = books(list(connector.pull(cursor)))

    assert cursor.at == {}
    assert {key: row["balance_due"] for key, row in found["invoice"].items()} == {
        newest["erp_key"]: newest["balance_due"],  # changed in the very second up to which all was seen
        oldest["erp_key"]: oldest["balance_due"] - 1,
    }
    assert set(found["payment"]) == {payment}
    assert [row["invoice"] for row in found["payment_applied"].values()] == [oldest["erp_key"]]


def test_next_pull_reaches_back_by_the_overlap(make_live: Make, simulator: RunningSimulator) -> None:
    simulator.simulator.configure({"seed_invoices": 150})  # one each second
    cursor = list(make_live().pull(Cursor()))[-1].cursor

    found = books(list(make_live(overlap_minutes=1).pull(cursor)))

    assert len(found["invoice"]) == 61


@WAYS
def test_pull_goes_page_by_page_and_on_after_any_of_them(
    way: str, make_live: Make, simulator: RunningSimulator
) -> None:
    simulator.simulator.configure({"seed_invoices": 1100})
    connector = make_live(read_with=way)

    pages = list(connector.pull(Cursor()))

    sizes = [len(page.records["invoice"]) for page in pages if "invoice" in page.records]
    assert sizes == [500, 500, 100]
    assert {page.total for page in pages if "invoice" in page.records} == {1100}
    whole = books(pages)
    assert len(whole["invoice"]) == 1100
    assert len(whole["invoice_line"]) == simulator.simulator.state()["ARINVOICEITEM"]
    for place in range(len(pages)):
        rest = list(make_live(read_with=way).pull(pages[place].cursor)) if pages[place].cursor.at else []
        assert books([*pages[: place + 1], *rest]) == whole


def test_change_during_a_pull_is_not_missed(make_live: Make, simulator: RunningSimulator) -> None:
    simulator.simulator.configure({"seed_invoices": 600})
    connector = make_live()
    pull: Iterator[Page] = connector.pull(Cursor())
    pages = [next(pull)]
    while "invoice" not in pages[-1].records:
        pages.append(next(pull))
    first = next(iter(pages[-1].records["invoice"]))
    ahead(simulator, 60)
    pay_one(connector, first)

    found = books([*pages, *pull])

    assert found["invoice"][first["erp_key"]]["balance_due"] == first["balance_due"] - 1
    assert len(found["invoice"]) == 600


def test_readbyquery_that_lost_its_session_begins_anew(make_live: Make, simulator: RunningSimulator) -> None:
    simulator.simulator.configure({"seed_invoices": 600})
    connector = make_live(read_with="readByQuery")
    pull = connector.pull(Cursor())
    pages = [next(pull)]
    while "invoice" not in pages[-1].records:
        pages.append(next(pull))
    simulator.simulator.configure({"expire_sessions": True})

    found = books([*pages, *connector.pull(pages[-1].cursor)])

    assert len(found["invoice"]) == 600


def test_contact_that_changed_brings_its_customer(connector: IntacctConnector, simulator: RunningSimulator) -> None:
    push(connector, "customer", records.account((records.ANNA,)))
    cursor = list(connector.pull(Cursor()))[-1].cursor
    ahead(simulator, 7200)
    update = created("CONTACT", {"CONTACTNAME": "Anna Holm (C-1001)", "EMAIL1": "new@nordic.example"})
    update.tag = "update"
    connector._gateway.write(in_function("by-hand", update))

    found = books(list(connector.pull(cursor)))

    assert found["contact"]["C-1001/Anna Holm (C-1001)"]["email"] == "new@nordic.example"


def test_pull_of_nothing_new_leaves_the_cursor_where_it_was(
    numbers: dict[str, str], connector: IntacctConnector
) -> None:
    first = list(connector.pull(Cursor()))[-1].cursor

    assert list(connector.pull(first))[-1].cursor == first
    assert set(first.since) == {stream.name for stream in connector.streams}


def test_pull_that_breaks_off_may_be_done_later(connector: IntacctConnector, simulator: RunningSimulator) -> None:
    simulator.misbehave("status", times=9, on="ARINVOICE", status=503)

    with pytest.raises(RetryableError):
        list(connector.pull(Cursor()))


def test_amounts_of_another_currency_come_with_those_of_the_base(
    connector: IntacctConnector, numbers: dict[str, str]
) -> None:
    euro = records.invoice(lines=(), erp_key="E-1", invoice_number="E-1", currency="EUR")
    number = push(connector, "euro", euro)

    row = books(list(connector.pull(Cursor())))["invoice"][number]

    assert (row["currency"], row["total_amount"], row["base_currency_total_amount"]) == (
        "EUR", Decimal("1250.00"), Decimal("1375.00"),
    )  # fmt: skip
    assert row["exchange_rate"] == Decimal("0.909090909091")


def test_field_that_the_company_lacks_is_left_out(make: Make) -> None:
    listed = "".join(f"<Field><ID>{name}</ID></Field>" for name in ("RECORDNO", "CUSTOMERID", "NAME", "WHENMODIFIED"))
    lookup = shapes.result(f"<data><Type><Fields>{listed}</Fields></Type></data>")
    given = (shapes.session(), shapes.rows("CONTACT"), lookup, shapes.rows("CUSTOMER"))
    behave = in_turn(*(xml(content) for content in given))
    with serve(behave) as server:
        next(make(address=server.url()).pull(Cursor()))

    asked = [field.text for field in etree.fromstring(server.requests[-1][3]).iterfind(".//select/field")]
    assert [name for name in asked if "." not in name] == ["RECORDNO", "CUSTOMERID", "NAME", "WHENMODIFIED"]
