"""The tab Field mapping: what fills each target, saved in one go, and what that makes of a real record."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from adaptors.models import Activation, FieldMapping, LookupTable
from arhub.models import Document, DocumentLine, Payment, Source
from arhub.tenancy.scope import scope
from connectors.domain import connections
from tests.adaptors.posting.conftest import table
from tests.adaptors.screens.test_lookup_tables import words
from tests.arhub.admin.conftest import Records, SignIn, World
from tests.connectors.faults.world import ACCESS

pytestmark = pytest.mark.django_db


def post_activation(records: Records, **settings: Any) -> Activation:
    """One that is on, to books that nobody reaches."""
    with scope(records.tenant.pk):
        books = connections.create(
            "intacct", name="Books", values={**ACCESS, "address": "https://books.example/xml", **settings}
        )
        source = Source.objects.create(name="Everything", kind="upload", ledger=records.ledger)
        return Activation.objects.create(
            adaptor="post_receivables", name="To Intacct", destination=books, source=source, is_on=True
        )


def page(activation: Activation, made: str = "invoice", number: str = "") -> str:
    return f"/adaptors/activation/{activation.pk}/change/?tab=field_mapping&object={made}&number={number}"


def save(client: Client, activation: Activation, made: str = "invoice", **given: str) -> Any:
    """given: AccountNo="constant 4010", or "lookup line.product_code 7"; empty for what the connection fills."""
    posted = {}
    for target, text in given.items():
        kind, value, chosen = [*text.split(" "), "", ""][:3]
        posted |= {f"kind:{target}": kind, f"value:{target}": value, f"table:{target}": chosen}
    return client.post(f"/adaptors/activation/{activation.pk}/field-mapping/?object={made}", posted)


def stored(activation: Activation) -> list[tuple[Any, ...]]:
    with scope(activation.tenant_id):
        rows = FieldMapping.objects.filter(activation=activation).order_by("record_type", "target")
        return list(rows.values_list("record_type", "target", "kind", "value", "table__name"))


def row_of(answer: Any, target: str) -> str:
    found = re.search(rf'<tr id="row-{re.escape(target)}">(.*?)</tr>', answer.content.decode(), re.DOTALL)
    assert found is not None, target
    controls = re.sub(r"<select.*?</select>|<input[^>]*>", " ", found[1], flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", controls).split())


@pytest.fixture
def activation(world: World) -> Activation:
    return post_activation(world.acting)


@pytest.fixture
def products(world: World) -> LookupTable:
    return table(world.acting.tenant, "Products", P1="4010")


def test_targets_stand_in_the_order_of_the_documentation(client: Client, activation: Activation) -> None:
    names = {made: re.findall(r'<tr id="row-([^"]*)"', client.get(page(activation, made)).content.decode())
             for made in ("invoice", "adjustment", "advance", "payment", "account")}  # fmt: skip

    assert names["invoice"][:4] == ["Customer", "RecordId", "WhenCreated", "WhenPosted"]
    assert names["advance"][:7] == [
        "FinancialEntity", "PaymentMethod", "Customer", "ReceiptDate", "PaymentDate", "AccountNo", "Trx_Amount"
    ]  # fmt: skip
    assert names["payment"][:4] == ["FinancialEntity", "PaymentMethod", "Customer", "PaymentDate"]
    assert names["payment"][-2:] == ["RecordKey", "Trx_PaymentAmount"]
    places = list(dict.fromkeys(name.split(".")[0] for name in names["account"] if "." in name))
    assert places == ["DisplayContact", "ContactInfo", "BillTo", "ShipTo"]
    assert names["account"][:3] == ["CustomerId", "Name", "DisplayContact.PrintAs"]


def test_default_and_the_value_of_the_newest_record_are_shown(
    client: Client, world: World, activation: Activation
) -> None:
    answer = client.get(page(activation))

    number = world.acting.first("invoice").number
    assert row_of(answer, "RecordId") == (f"RecordId required Document number invoice_number, else erp_key {number}")
    assert "account_number of the line, else AccountNo of the connection" in row_of(answer, "AccountNo")


def test_mapping_is_saved_and_shown_for_a_record_by_number(
    client: Client, world: World, activation: Activation, products: LookupTable
) -> None:
    with scope(world.acting.tenant.pk):
        account = world.acting.first("account")
        made = Document.objects.create(
            ledger=account.ledger, erp_key="D-7", number="7", account=account, document_type="invoice",
            invoice_date=date(2026, 3, 1), total_amount=Decimal(30), currency="USD",
        )  # fmt: skip
        for number, product in (("1", "P1"), ("2", "P2")):
            DocumentLine.objects.create(
                ledger=account.ledger, erp_key=f"D-7|{number}", document=made, line_number=number,
                product_code=product, net_amount=Decimal(15),
            )  # fmt: skip

    done = save(client, activation, AccountNo=f"lookup line.product_code {products.pk}", LocationId="constant 100",
                WhenPosted="field due_date", Customer="")  # fmt: skip
    answer = client.get(page(activation, number="7"))

    assert done.status_code == 302
    assert stored(activation) == [
        ("invoice", "AccountNo", "lookup", "line.product_code", "Products"),
        ("invoice", "LocationId", "constant", "100", None),
        ("invoice", "WhenPosted", "field", "due_date", None),
    ]
    assert row_of(answer, "AccountNo").endswith(
        "4010 AccountNo of invoice 7, line 2: product_code of the line is “P2”, which the lookup table Products does "
        "not have."
    )
    assert row_of(answer, "LocationId").endswith("100 100")


def test_mapping_is_taken_back(client: Client, activation: Activation) -> None:
    save(client, activation, LocationId="constant 100")
    save(client, activation, LocationId="")

    assert stored(activation) == []


@pytest.mark.parametrize(
    ("target", "given", "said"),
    [
        ("WhenPosted", "constant soon", "WhenPosted: expected a date such as 2026-03-15, found “soon”."),
        ("Trx_Amount", "constant 1.234", "Trx_Amount: expected at most two decimals, found “1.234”."),
        ("LocationId", "constant", "LocationId: expected a constant, found nothing."),
        ("LocationId", "field", "LocationId: choose a field of ours."),
        ("LocationId", "field contact.email", "LocationId: choose a field of ours."),
        ("Description", "field line.description", "Description: choose a field of ours."),
        ("AccountNo", "lookup line.product_code", "AccountNo: choose a lookup table."),
        ("AccountNo", "magic", "AccountNo: expected Field, Constant or Lookup table."),
    ],
)
def test_what_cannot_be_saved_comes_back_with_the_reason(
    target: str, given: str, said: str, client: Client, activation: Activation
) -> None:
    answer = save(client, activation, **{target: given, "DocNumber": "constant kept"})

    assert (answer.status_code, said in words(answer)) == (400, True)
    assert 'value="kept"' in answer.content.decode()
    assert stored(activation) == []


def test_default_of_a_table_must_fit(client: Client, world: World, activation: Activation) -> None:
    tenders = table(world.acting.tenant, "Tenders", "Barter")

    answer = save(client, activation, "advance", PaymentMethod=f"lookup payment_method {tenders.pk}")

    assert (
        "PaymentMethod: the default of Tenders: expected one of Printed Check, Cash, EFT, Credit Card, found “Barter”."
    ) in words(answer)


def test_required_fields_that_have_nothing_stand_on_top(client: Client, world: World) -> None:
    activation = post_activation(world.acting, bank="", account="")

    found = words(client.get(page(activation, "advance")))

    assert "2 required fields have nothing yet: FinancialEntity , AccountNo ." in found


def test_record_that_the_connector_refuses_says_why(client: Client, world: World, activation: Activation) -> None:
    with scope(world.acting.tenant.pk):
        Document.objects.update(is_voided=True)

    assert "As it stands, this one does not go:" in words(client.get(page(activation)))


def test_what_the_connector_works_out_is_shown_as_it_would_go(
    client: Client, world: World, activation: Activation
) -> None:
    with scope(world.acting.tenant.pk):
        account = world.acting.first("account")
        Payment.objects.create(
            ledger=account.ledger, erp_key="A-7", number="A-7", account=account, amount=Decimal(30), currency="USD",
            payment_date=date(2026, 3, 1), tender_type="cheque",
        )  # fmt: skip
        Document.objects.create(
            ledger=account.ledger, erp_key="D-8", number="8", account=account, document_type="invoice",
            invoice_date=date(2026, 3, 1), total_amount=Decimal(30), currency="USD",
        )  # fmt: skip

    advance, invoice = client.get(page(activation, "advance", "A-7")), client.get(page(activation, number="8"))

    assert row_of(advance, "PaymentMethod").endswith("Printed Check")
    assert (row_of(invoice, "TermName")[-3:], row_of(invoice, "WhenDue")[-1]) == ("N30", "–")


def test_number_that_nobody_has_says_so(client: Client, activation: Activation) -> None:
    assert "There is no invoice with the number 999." in words(client.get(page(activation, number="999")))


def test_clerks_look_and_managers_change(world: World, sign_in: SignIn, activation: Activation) -> None:
    clerk = sign_in(world.acting.tenant, role="clerk")

    seen = clerk.get(page(activation))
    answer = save(clerk, activation, LocationId="constant 100")

    assert "Managers change these." in words(seen) and 'name="kind:' not in seen.content.decode()
    assert (answer.status_code, stored(activation)) == (403, [])


def test_activation_and_tables_of_another_company_are_not_there(
    client: Client, world: World, activation: Activation
) -> None:
    theirs = post_activation(world.hidden)
    hidden = table(world.hidden.tenant, "Hidden table")

    answer = save(client, theirs, LocationId="constant 100")
    tried = save(client, activation, AccountNo=f"lookup line.product_code {hidden.pk}")

    assert (answer.status_code, stored(theirs)) == (404, [])
    assert "AccountNo: choose a lookup table." in words(tried)
    assert "Hidden" not in words(client.get(page(activation)))


def test_adaptor_without_a_destination_asks_for_one(client: Client, activation: Activation) -> None:
    with scope(activation.tenant_id):
        Activation.objects.filter(pk=activation.pk).update(destination=None)

    assert "Choose a destination first" in words(client.get(page(activation)))


def test_adaptor_that_posts_nothing_has_no_such_tab(client: Client, activation: Activation) -> None:
    with scope(activation.tenant_id):
        Activation.objects.filter(pk=activation.pk).update(adaptor="sync_upload")

    assert "Field mapping" not in words(client.get(page(activation)))


@pytest.mark.parametrize(("value", "text"), [("1e30", "at most 20 digits"), ("9" * 60, "at most 20 digits")])
def test_amount_beyond_arithmetic_is_refused(client: Client, world: World, value: str, text: str) -> None:
    activation = post_activation(world.acting)

    answer = save(client, activation, Trx_Amount=f"constant {value}")

    assert (answer.status_code, text in words(answer), stored(activation)) == (400, True, [])


def test_constant_with_a_nul_is_refused(client: Client, world: World) -> None:
    activation = post_activation(world.acting)

    answer = save(client, activation, Customer="constant a\x00b")

    assert (answer.status_code, "found a NUL character" in words(answer), stored(activation)) == (400, True, [])


def test_there_is_no_mapping_of_what_posts_nowhere(client: Client, world: World) -> None:
    activation = post_activation(world.acting)
    with scope(world.acting.tenant.pk):
        Activation.objects.filter(pk=activation.pk).update(destination=None)
        other = Activation.objects.create(adaptor="file_invoices", name="Files", destination=activation.destination)

    assert [save(client, one, Customer="constant a").status_code for one in (activation, other)] == [404, 404]
