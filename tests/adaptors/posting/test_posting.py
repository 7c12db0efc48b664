"""From an activation to the books: what is new goes, by its field mapping, and the keys come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptors.domain import record_runs
from adaptors.domain.mapping.field_mapping import Rules
from adaptors.domain.mapping.mapping_edits import BadMapping, Given
from adaptors.models import Activation
from arhub.domain import runs
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Document, DocumentLine, Ledger, Outbound, Payment, Run, Source
from arhub.tenancy.scope import scope
from connectors.domain import connections, pulls
from connectors.domain.setup import connector_of
from connectors.domain.subjects import subjects_of
from connectors.models import Connection
from connectors.simulators.server import RunningSimulator
from tests.adaptors.posting.conftest import Map, activate, run, table
from tests.connectors.faults.world import World, document, keys, receipt, there

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

Deliver = Callable[[], list[str]]
EVERYTHING = {
    "Accounts on their way": 1, "Invoices on their way": 2, "Credit memos on their way": 1, "Payments on their way": 2,
}  # fmt: skip


def rows(connection: Connection, name: str, *fields: str) -> list[tuple[str, ...]]:
    """What the books hold of an object."""
    with scope(connection.tenant_id):
        connector: Any = connector_of(connection)
    return [tuple(row[field] for field in fields) for row in connector.read_object(name, ("RECORDNO", *fields))]


def held(activation: Activation) -> list[str]:
    with scope(activation.tenant_id):
        return list(Outbound.objects.filter(state="held").order_by("id").values_list("answer", flat=True))


def settled(deliver: Deliver, rounds: int = 3) -> list[str]:
    """What is held looks again, as the sweeper has it."""
    return [state for _ in range(rounds) for state in deliver()]


def test_run_posts_everything_once_and_keys_come_back(
    activation: Activation, world: World, books: Connection, simulator: RunningSimulator, deliver: Deliver
) -> None:
    first = run(activation)
    settled(deliver)
    again = run(activation)

    assert (first.state, first.counts) == ("succeeded", EVERYTHING)
    assert (again.state, again.counts) == ("succeeded", {"Sent before": 6})
    assert {name: there(simulator, name) for name in ("customer", "invoice", "credit note", "advance", "payment")} == {
        "customer": 1, "invoice": 2, "credit note": 1, "advance": 1, "payment": 1,
    }  # fmt: skip
    assert keys(world, books, "invoice")["invoiceno"] == "10481"
    assert list(keys(world, books, "payment")) == ["RECORDNO"]
    assert first.links == [{"label": "Pushes to Books", "url": f"/connectors/connection/{books.pk}/change/?tab=pushes"}]


def test_mapping_says_what_goes_out(
    activation: Activation, world: World, books: Connection, map_fields: Map, deliver: Deliver
) -> None:
    products = table(world.tenant, "Products", **{"P-1": "4010", "P-2": "4100"})
    tenders = table(world.tenant, "Tenders", default="EFT", Cash="Cash", Dankort="Credit Card")
    with scope(world.tenant.pk):
        for number in ("1", "2"):
            DocumentLine.objects.filter(line_number=number).update(product_code=f"P-{number}")
        Payment.objects.filter(number="P-1").update(tender_type="Dankort", bank_account="BOFA1435")
    map_fields(
        "invoice", AccountNo=Given("lookup", "line.product_code", products.pk), LocationId=Given("constant", "200"),
        Description=Given("field", "account.account_name"), WhenPosted=Given("field", "due_date"),
        TermName=Given("constant", "N60"),
    )  # fmt: skip
    map_fields("adjustment", AccountNo=Given("lookup", "line.product_code", products.pk))
    map_fields(
        "payment", PaymentMethod=Given("lookup", "payment_method", tenders.pk),
        FinancialEntity=Given("field", "bank_account"),
    )  # fmt: skip
    map_fields("advance", AccountNo=Given("constant", "1210"), PaymentMethod=Given("constant", "printed check"))
    map_fields("account", Comments=Given("constant", "From the hub"))

    run(activation)
    settled(deliver)

    assert rows(books, "ARINVOICE", "RECORDID", "DESCRIPTION", "WHENPOSTED", "TERMNAME") == [
        ("10481", "Nordic Pumps", "03/31/2026", "N60"), ("10482", "Nordic Pumps", "03/31/2026", "N60")
    ]  # fmt: skip
    assert rows(books, "ARINVOICEITEM", "ACCOUNTNO", "TRX_AMOUNT", "LOCATIONID") == [
        ("4010", "60.00", "200"), ("4100", "40.00", "200")
    ] * 2  # fmt: skip
    assert rows(books, "ARADJUSTMENTITEM", "ACCOUNTNO", "TRX_AMOUNT") == [("4010", "-25.00")]
    assert rows(books, "ARADVANCEITEM", "ACCOUNTNO", "TRX_AMOUNT") == [("1210", "30.00")]
    assert rows(books, "ARADVANCE", "PAYMENTMETHOD") == [("Printed Check",)]
    assert rows(books, "ARPYMT", "PAYMENTMETHOD", "FINANCIALENTITY") == [("Credit Card", "BOFA1435")]
    assert rows(books, "CUSTOMER", "COMMENTS") == [("From the hub",)]


def test_push_is_held_until_the_mapping_is_whole(
    activation: Activation, world: World, books: Connection, map_fields: Map, deliver: Deliver
) -> None:
    products = table(world.tenant, "Products", **{"P-1": "4010"})
    map_fields("invoice", AccountNo=Given("lookup", "line.product_code", products.pk))
    with scope(world.tenant.pk):
        DocumentLine.objects.filter(line_number="1").update(product_code="P-1")
        DocumentLine.objects.filter(line_number="2").update(product_code="P-2")

    run(activation)
    settled(deliver)
    said = held(activation)
    map_fields("invoice", AccountNo=Given("lookup", "line.product_code", products.pk), Description=Given())
    with scope(world.tenant.pk):
        due = Outbound.objects.filter(state="held", next_attempt_at__lte=timezone.now()).count()
        DocumentLine.objects.filter(line_number="2").update(product_code="P-1")
    settled(deliver)

    assert said[:2] == [
        f"AccountNo of invoice {number}, line 2: product_code of the line is “P-2”, which the lookup table Products "
        "does not have." for number in ("10481", "10482")
    ]  # fmt: skip
    assert due == 2
    assert held(activation) == []
    assert rows(books, "ARINVOICEITEM", "ACCOUNTNO") == [("4010",)] * 4
    assert keys(world, books, "invoice")["invoiceno"] == "10481"


def test_required_field_that_nothing_fills_holds_the_push(
    activation: Activation, books: Connection, map_fields: Map, deliver: Deliver
) -> None:
    with scope(books.tenant_id):
        connections.change(books, name="Books", values={**books.values, "bank": ""}, user=None)

    run(activation)
    settled(deliver)
    said = held(activation)
    for name in ("advance", "payment"):
        map_fields(name, FinancialEntity=Given("constant", "BOFA1435"))
    settled(deliver)

    assert said == [
        f"FinancialEntity of payment {number}: nothing fills it, for the connection does not say it, and no field "
        "mapping does." for number in ("A-1", "P-1")
    ]  # fmt: skip
    assert held(activation) == []
    assert rows(books, "ARPYMT", "FINANCIALENTITY") == [("BOFA1435",)]


def test_contacts_of_a_customer_go_out_as_mapped(
    activation: Activation, world: World, books: Connection, map_fields: Map, deliver: Deliver
) -> None:
    map_fields(
        "account",
        **{
            "DisplayContact.Email1": Given("constant", "display@nordic.example"),
            "ContactInfo.PrintAs": Given("field", "contact.contact_name"),
            "BillTo.Email1": Given("constant", "invoices@nordic.example"),
            "ShipTo.PrintAs": Given("field", "account_name"),
            "ShipTo.MailAddress.City": Given("field", "city"),
            "ShipTo.MailAddress.Country": Given("constant", "SE"),
        },
    )

    run(activation)
    settled(deliver)

    fields = ("PRINTAS", "EMAIL1", "MAILADDRESS.CITY", "MAILADDRESS.COUNTRYCODE")
    places = ("DISPLAYCONTACT", "CONTACTINFO", "BILLTO", "SHIPTO")
    (found,) = rows(books, "CUSTOMER", *(f"{place}.{field}" for place in places for field in fields))
    assert [found[start : start + 4] for start in range(0, 16, 4)] == [
        ("Nordic Pumps", "display@nordic.example", "Aarhus", "DK"),
        ("Anna Holm", "anna@nordic.example", "", ""),
        ("Anna Holm", "invoices@nordic.example", "", ""),
        ("Nordic Pumps", "", "Aarhus", "SE"),
    ]
    assert rows(books, "CUSTOMER", "CONTACTINFO.CONTACTNAME", "BILLTO.CONTACTNAME") == [
        ("Anna Holm (C-1001)", "Anna Holm (C-1001, BillTo)")
    ]


def test_rate_of_the_hub_goes_out_the_way_intacct_takes_it(
    activation: Activation, world: World, books: Connection, map_fields: Map, deliver: Deliver
) -> None:
    with scope(world.tenant.pk):
        Document.objects.filter(number="10481").update(currency="EUR", exchange_rate=Decimal("0.8"))
    map_fields("invoice", ExchangeRate=Given("field", "exchange_rate"))

    run(activation)
    settled(deliver)

    assert rows(books, "ARINVOICE", "RECORDID", "CURRENCY", "EXCHANGE_RATE") == [
        ("10481", "EUR", "1.25"), ("10482", "USD", "1")
    ]  # fmt: skip


def test_run_leaves_out_what_is_not_to_be_posted(activation: Activation, world: World) -> None:
    with scope(world.tenant.pk):
        ledger, account = world.records["invoice"].ledger, world.records["customer"]
        for number, field in (("1", "is_voided"), ("2", "is_draft")):
            made = document(ledger, account, number, "invoice", ("1.00",))
            Document.objects.filter(pk=made.pk).update(**{field: True})
        document(ledger, account, "3", "debit_memo", ("1.00",))
        Document.objects.filter(pk=document(ledger, account, "4", "invoice", ()).pk).update(direction="payable")
        Document.objects.filter(pk=document(ledger, account, "5", "invoice", ()).pk).update(
            invoice_date=date(2025, 12, 31)
        )
        Payment.objects.filter(pk=receipt(ledger, account, "V-1", "1.00").pk).update(is_voided=True)
        Account.objects.create(ledger=ledger, erp_key="C-2", number="C-2", name="Without anything")
        other = Ledger.objects.create(name="Another")
        theirs = Account.objects.create(ledger=other, erp_key="C-1001", number="C-1001", name="Of another ledger")
        document(other, theirs, "6", "invoice", ("1.00",))

    assert run(activation).counts == EVERYTHING


def test_chosen_record_types_alone_are_posted(books: Connection) -> None:
    activation = activate(books, record_types=["payment"])

    assert run(activation).counts == {"Payments on their way": 2}


def test_changed_customer_goes_again(activation: Activation, world: World, books: Connection, deliver: Deliver) -> None:
    run(activation)
    settled(deliver)
    with scope(world.tenant.pk):
        Account.objects.filter(pk=world.record("customer").pk).update(name="Nordic", updated_at=timezone.now())

    again = run(activation)
    settled(deliver)

    assert again.counts == {"Accounts on their way": 1, "Sent before": 5}
    assert rows(books, "CUSTOMER", "NAME") == [("Nordic",)]


def test_what_came_from_there_does_not_go_back(
    books: Connection, simulator: RunningSimulator, work: Callable[[Run], Run]
) -> None:
    simulator.simulator.configure({"seed_invoices": 3})
    activation = activate(books)
    with scope(books.tenant_id):
        Activation.objects.filter(pk=activation.pk).update(source=Source.objects.get(connections=books))
        pulled = pulls.start(books)
    work(pulled)

    done = run(activation)

    assert (done.state, done.counts) == ("succeeded", {"Came from there": 4})


def test_killed_worker_leaves_nothing_twice(
    activation: Activation, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_runs, "SLICE", 1)
    tell = record_runs._tell

    def dies(*given: Any) -> None:
        monkeypatch.setattr(record_runs, "_tell", tell)
        raise SystemExit

    monkeypatch.setattr(record_runs, "_tell", dies)
    with scope(world.tenant.pk):
        made = runs.start("adaptor", activation.pk)
    claimed = runs.claim()
    assert claimed is not None
    with pytest.raises(SystemExit):
        runs.work(*claimed)
    with scope(world.tenant.pk):
        Run.objects.filter(pk=made.pk).update(claimed_at=None, state="queued")
    while claimed := runs.claim():
        runs.work(*claimed)

    with scope(world.tenant.pk):
        assert Outbound.objects.filter(channel="push").count() == 6
        assert Run.objects.get(pk=made.pk).counts == {
            "Sent before": 1, "Invoices on their way": 2, "Credit memos on their way": 1, "Payments on their way": 2,
        }  # fmt: skip


def test_run_without_a_destination_says_so(activation: Activation) -> None:
    with scope(activation.tenant_id):
        Activation.objects.filter(pk=activation.pk).update(destination=None)

    done = run(activation)

    assert (done.state, done.reason) == ("failed", "Adaptor to Books has no destination: choose one on its page.")


def test_activation_that_is_off_maps_nothing(
    activation: Activation, books: Connection, map_fields: Map, deliver: Deliver
) -> None:
    map_fields("account", Comments=Given("constant", "From the hub"))
    run(activation)
    with scope(activation.tenant_id):
        Activation.objects.filter(pk=activation.pk).update(is_on=False)

    settled(deliver)

    assert rows(books, "CUSTOMER", "COMMENTS") == [("",)]


def test_mapping_of_another_company_is_none_of_ours(
    activation: Activation, books: Connection, map_fields: Map, deliver: Deliver
) -> None:
    other = create_tenant("other", name="Other", currency="USD")
    theirs = table(other, "Theirs", Cash="Cash")
    with pytest.raises(BadMapping) as raised:
        map_fields("advance", PaymentMethod=Given("lookup", "payment_method", theirs.pk))

    assert raised.value.problems == {"PaymentMethod": "PaymentMethod: choose a lookup table."}


def test_mapping_and_tables_are_read_once_for_many_records(
    activation: Activation, world: World, map_fields: Map
) -> None:
    products = table(world.tenant, "Products", default="4000", P1="4010")
    map_fields("invoice", AccountNo=Given("lookup", "line.product_code", products.pk))
    with scope(world.tenant.pk):
        account = world.records["customer"]
        made = [document(account.ledger, account, str(number), "invoice", ("1.00", "2.00")) for number in range(30)]
        subjects = subjects_of(activation.destination, "invoice", [one.pk for one in made])  # type: ignore[arg-type]
        with CaptureQueriesContext(database) as queries:
            applied = Rules(activation).apply(subjects)

    assert len(queries) == 2
    assert [one.subject.mapped["line"] for one in applied] == [[{"AccountNo": "4000"}] * 2] * 30
