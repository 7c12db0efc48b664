"""Records as sources write them: credit notes below zero, lines of nothing, numbers with blanks, countries by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from adaptors.domain.customers import rules
from adaptors.domain.documents.composing import Composed, compose
from adaptors.domain.transactions import exporting
from adaptors.formats.document import Vat
from adaptors.models import Activation, Transaction
from arhub.models import Account, Document, DocumentLine, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.conftest import account_of, document_of, line_of, rules_of

State = Transaction.State


@pytest.fixture(autouse=True)
def inside(tenant: Tenant, side_joins_default: None) -> Iterator[None]:
    with scope(tenant.pk):
        yield


@pytest.fixture
def account(activation: Activation, source: Source, gateway: Connection) -> Account:
    return active(activation, source, gateway)


def active(activation: Activation, source: Source, gateway: Connection, **facts: Any) -> Account:
    found = account_of(source, **facts)
    rules.follow(activation)
    rules.activate(activation, rules_of(activation), format="bis3", destination=gateway)
    pay = {"supplier_bank_branch": " 0040 ", "supplier_bank_account": "044 0116243"}
    rules.set_own(rules_of(activation).get(account=found), pay)
    return found


def composed(activation: Activation, document: Document) -> Composed:
    [made] = compose(activation, [document.pk])
    return made


def lines(account: Account, *facts: dict[str, Any], **document: Any) -> Document:
    found = document_of(account, f"L{Document.objects.count()}", 0, **document)
    DocumentLine.objects.bulk_create(line_of(found, str(place), **one) for place, one in enumerate(facts, 1))
    return found


BELOW = {"net_amount": Decimal(-1000), "tax_amount": Decimal(-250), "total_amount": Decimal(-1250)}


@pytest.mark.parametrize(
    "line",
    [
        {**BELOW, "quantity": Decimal(-2)},
        {**BELOW, "unit_price": Decimal(-500)},
        {**BELOW},
        {**BELOW, "quantity": None, "unit_price": None},
        {**BELOW, "quantity": Decimal(-2), "unit_price": None},
    ],
)  # fmt: skip
def test_a_credit_note_whose_lines_are_below_zero_says_the_same_as_one_above(
    activation: Activation, account: Account, line: dict[str, Any]
) -> None:
    document = lines(
        account, line, document_type="credit_memo", given_sign=-1,
        net_amount=Decimal(1000), tax_amount=Decimal(250), total_amount=Decimal(1250),
        vat_breakdown=json.dumps([{"category": "S", "rate": 25, "taxable_amount": -1000, "tax_amount": -250}]),
    )  # fmt: skip
    made = composed(activation, document)
    assert made.outgoing is not None and made.problems == ()
    [one] = made.outgoing.lines
    assert (one.net, one.quantity * one.price, made.outgoing.totals.gross) == (1000, 1000, 1250)


def test_a_credit_note_below_zero_turns_its_allowances_too(activation: Activation, account: Account) -> None:
    document = lines(
        account, {**BELOW, "quantity": Decimal(-2)}, document_type="credit_memo", given_sign=-1,
        net_amount=Decimal(900), tax_amount=Decimal(225), total_amount=Decimal(1125),
        allowances_charges=json.dumps(
            [{"is_charge": "false", "amount": -100, "reason": "Rabat", "vat_category": "S", "vat_rate": 25}]
        ),
    )  # fmt: skip
    made = composed(activation, document)
    assert made.outgoing is not None and made.problems == ()
    assert [(one.is_charge, one.amount) for one in made.outgoing.allowances_charges] == [(False, Decimal(100))]


def test_an_invoice_below_zero_is_not_turned(activation: Activation, account: Account) -> None:
    document = lines(
        account, {**BELOW, "quantity": Decimal(-2)},
        net_amount=Decimal(-1000), tax_amount=Decimal(-250), total_amount=Decimal(-1250),
    )  # fmt: skip
    made = composed(activation, document)
    assert made.outgoing is not None and made.outgoing.totals.gross == Decimal(-1250)


@pytest.mark.parametrize(
    ("said", "found"), [("false", False), ("0", False), ("TRUE", True), (True, True), (None, False)]
)
def test_whether_it_is_a_charge_is_read_from_words(
    activation: Activation, account: Account, said: Any, found: bool
) -> None:
    row = {"is_charge": said, "amount": "10.00", "vat_category": "S", "vat_rate": "25"}
    made = composed(
        activation, document_of(account, total_amount=None, tax_amount=None, net_amount=None,
                                allowances_charges=json.dumps([row])),
    )  # fmt: skip
    assert made.outgoing is not None and made.problems == ()
    assert [one.is_charge for one in made.outgoing.allowances_charges] == [found]


def test_a_breakdown_that_says_something_else_is_told(activation: Activation, account: Account) -> None:
    rows = [{"category": "S", "rate": "25.00", "taxable_amount": "900", "tax_amount": "250"},
            {"category": "Z", "rate": 0, "taxable_amount": "100", "tax_amount": "0"}]  # fmt: skip
    made = composed(activation, document_of(account, vat_breakdown=json.dumps(rows)))
    assert [one.text for one in made.problems] == [
        "The VAT breakdown has 900.00 as what is taxed at 25 % (S), the lines make 1,000.00: 100.00 differ.",
        "The VAT breakdown has 100.00 as what is taxed at 0 % (Z), the lines make 0.00: 100.00 differ.",
    ]


NOTHING = {"unit_price": Decimal(0), "net_amount": Decimal(0), "tax_amount": Decimal(0), "total_amount": Decimal(0)}


def test_a_line_of_nothing_is_taxed_as_the_others(activation: Activation, account: Account) -> None:
    free = {**NOTHING, "tax_rate": None, "tax_category": None}
    document = lines(account, {}, free, net_amount=Decimal(1000), tax_amount=Decimal(250), total_amount=Decimal(1250))
    made = composed(activation, document)
    assert made.outgoing is not None and made.problems == ()
    assert {one.vat for one in made.outgoing.lines} == {Vat("S", Decimal(25))}


def test_a_line_with_a_quantity_of_nothing_is_a_text(activation: Activation, account: Account) -> None:
    text = dict.fromkeys(("unit_price", "net_amount", "tax_amount", "total_amount", "tax_rate", "tax_category"))
    document = lines(
        account, {}, {**text, "quantity": Decimal(0), "description": "Tak"},
        net_amount=Decimal(1000), tax_amount=Decimal(250), total_amount=Decimal(1250),
    )  # fmt: skip
    made = composed(activation, document)
    assert made.outgoing is not None and made.problems == ()
    assert [one.note for one in made.outgoing.lines] == ["Tak"]


def test_freight_in_a_line_is_no_charge_beside_it(activation: Activation, account: Account) -> None:
    document = document_of(account, lines=2, net_amount=None, shipping_amount=Decimal(80))
    made = composed(activation, document)
    assert made.outgoing is not None and made.problems == ()
    assert made.outgoing.allowances_charges == ()


def test_numbers_with_blanks_and_countries_by_name_go_out(
    activation: Activation, source: Source, gateway: Connection, tenant: Tenant
) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(registration_number="12 34 56 74", vat_number="dk 12345674")
    account = active(
        activation, source, gateway, country="Denmark", registration_number="25 31 37 63", vat_number="dk25313763 "
    )
    [row] = exporting.export(activation, [document_of(account).pk])
    assert (row.state, [one["text"] for one in row.problems if one["holds"]]) == (State.SENDING, [])
    made = composed(activation, row.document)
    assert made.outgoing is not None
    buyer = made.outgoing.buyer
    assert (str(buyer.endpoint), buyer.vat_number, buyer.address.country) == ("0184:25313763", "DK25313763", "DK")


def test_a_country_nobody_knows_is_told(activation: Activation, source: Source, gateway: Connection) -> None:
    account = active(activation, source, gateway, country="Dänemark")
    [row] = exporting.export(activation, [document_of(account).pk])
    assert [one["text"] for one in row.problems if one["field"] == "customer_country"] == [
        "Expected the country of the customer's address in two letters, such as DK, found Dänemark."
    ]


def test_a_document_of_many_lines_adds_up(activation: Activation, account: Account) -> None:
    made = composed(activation, document_of(account, lines=5_000, description="Å" * 4_000))
    assert made.outgoing is not None and made.problems == ()
    assert made.outgoing.totals.gross == Decimal(6_250_000)
