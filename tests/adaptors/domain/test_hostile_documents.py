"""What one document says, or one customer's settings, holds that document: a run goes on with the others."""

from __future__ import annotations

from decimal import Decimal

import pytest

from adaptors.domain.customers import rules
from adaptors.domain.documents.parties import fik_of
from adaptors.domain.running import at_work
from adaptors.domain.transactions import exporting
from adaptors.models import Activation, Transaction
from arhub.models import Account, DocumentLine
from arhub.network.errors import ConfigError
from connectors.models import Connection
from tests.adaptors.conftest import document_of, line_of, rules_of
from tests.adaptors.domain.test_exporting import account, exported, held_for, inside

__all__ = ["account", "inside"]

State = Transaction.State


@pytest.mark.parametrize(
    ("facts", "field", "text"),
    [
        ({"vat_breakdown": '[{"category": 5}]'}, "category", "Expected a text as category, found “5”."),
        ({"vat_breakdown": '[{"category": ["S"]}]'}, "category", "Expected a text as category, found “['S']”."),
        (
            {"allowances_charges": '[{"amount": 1e300, "vat_category": "S", "vat_rate": 25}]'},
            "amount",
            "Expected a number as amount, found “1E+300”.",
        ),
        (
            {"allowances_charges": '[{"amount": "1e999999999", "vat_category": "S", "vat_rate": 25}]'},
            "amount",
            "Expected a number as amount, found “1e999999999”.",
        ),
        ({"number": None}, "number", "It has no number."),
    ],
)
def test_document_that_says_nonsense_is_held(
    activation: Activation, account: Account, facts: dict[str, object], field: str, text: str
) -> None:
    documents = [document_of(account, "1"), document_of(account, **{"number": "2", **facts})]  # type: ignore[arg-type]

    good, bad = exported(activation, *documents)

    assert (good.state, bad.state, held_for(bad)) == (State.SENDING, State.HELD, [(field, text)])


@pytest.mark.parametrize("figure", [10**11, 10**16])
def test_amounts_that_cannot_be_added_up_hold_the_document(
    activation: Activation, account: Account, figure: int
) -> None:
    document = document_of(account)
    DocumentLine.objects.filter(document=document).delete()
    line_of(document, "1", quantity=figure, unit_price=figure, net_amount=None, total_amount=None).save()

    [row] = exported(activation, document)

    assert (row.state, len(held_for(row))) == (State.HELD, 1)


def test_names_longer_than_a_transaction_keeps_are_cut(activation: Activation, account: Account) -> None:
    rules.set_own(rules_of(activation).get(), {"supplier_name": "S" * 2000, "customer_name": "C" * 2000})

    [row] = exported(activation, document_of(account))

    assert (row.sender, row.receiver) == ("S" * 255, "C" * 255)


def test_what_the_gateway_has_no_name_for_is_held_alone(
    activation: Activation, account: Account, gateway: Connection
) -> None:
    Connection.objects.filter(pk=gateway.pk).update(values={**gateway.values, "file_name": "{order_number}.xml"})
    documents = [document_of(account, "1"), document_of(account, "2", customer_order_number=None)]
    rules_of(activation).update(format="json")

    good, bad = exported(activation, *documents)

    text = "The file name asks for {order_number}, which is not known of this file."
    assert (good.state, bad.state, held_for(bad)) == (State.SENDING, State.HELD, [("destination", text)])
    Connection.objects.filter(pk=gateway.pk).update(values=gateway.values)
    assert (exporting.retry(bad).state, bad.number) == (State.SENDING, "2")


def test_document_without_a_gateway_is_held(activation: Activation, account: Account) -> None:
    rules_of(activation).update(destination=None)
    Activation.objects.filter(pk=activation.pk).update(destination=None)
    activation.refresh_from_db()

    [row] = exported(activation, document_of(account))

    assert (row.state, held_for(row)) == (State.HELD, [("destination", "No destination gateway is chosen.")])


def test_nothing_goes_out_after_it_was_switched_off(activation: Activation, account: Account) -> None:
    document = document_of(account, total_amount=Decimal("1250.10"))
    [row] = exported(activation, document)
    type(document).objects.filter(pk=document.pk).update(total_amount=Decimal(1250))
    Activation.objects.filter(pk=activation.pk).update(is_on=False)

    with pytest.raises(ConfigError, match=r"^Export is switched off\.$"):
        at_work(activation.pk)
    assert exporting.retry(row).state == State.HELD


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("+71<000000000104828+12345678<", ("71", "000000000104828", "12345678")),
        ("71   000000000104828   12345678", ("71", "000000000104828", "12345678")),
        ("73 12345678", ("73", "", "12345678")),
        ("01" + " " * 100_000 + "x", None),
        ("01" + "+ " * 100_000 + "x", None),
    ],
)
def test_slip_of_any_length_is_read_at_once(text: str, found: tuple[str, str, str] | None) -> None:
    assert fik_of(text) == found
