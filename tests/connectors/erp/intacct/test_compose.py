from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from arhub.network.errors import PermanentError
from connectors.base import Setup, Subject, Waits
from connectors.erp.intacct.connector import IntacctConnector
from connectors.erp.intacct.elements import ORDER, element
from tests.connectors.erp.intacct import records
from tests.connectors.erp.intacct.conftest import Make, Memory, Pace

GOLDEN = Path(__file__).parent / "golden"


def composed(connector: IntacctConnector, subject: Subject) -> etree._Element:
    return etree.fromstring(connector.compose("id-1", [subject]).content)


def refused(connector: IntacctConnector, subject: Subject) -> str:
    with pytest.raises(PermanentError) as raised:
        connector.compose("id-1", [subject])
    return str(raised.value)


def lines_of(content: etree._Element) -> list[tuple[str | None, str | None, str | None]]:
    return [
        (line.findtext("glaccountno"), line.findtext("amount"), line.findtext("memo"))
        for line in content.iter("lineitem")
    ]


@pytest.mark.parametrize(
    ("name", "subject", "values"),
    [
        ("invoice", records.invoice(), {"vat_account": "2200"}),
        ("invoice_without_lines", records.invoice(lines=(), due_date=None), {}),
        ("invoice_in_euro", records.invoice(lines=(), currency="EUR", on_hold=True), {"location": "100"}),
        ("invoice_numbered_there", records.invoice(lines=()), {"numbers_itself": True}),
        ("credit_memo", records.credit_memo(), {}),
        ("advance", records.payment(), {"advance_account": "2400"}),
        ("payment", records.payment(("10482", "400"), ("10483", "300"), keys=records.recordnos(i10482="7", i10483="9")),
         {}),
        ("payment_and_more", records.payment(("10482", "400"), keys=records.recordnos(i10482="7")),
         {"location": "100"}),
        ("customer", records.account((records.ANNA, records.BO)), {}),
    ],
)  # fmt: skip
def test_content_is_the_golden_one(name: str, subject: Subject, values: dict[str, Any], make: Make) -> None:
    content = make(**values).compose("id-1", [subject]).content

    golden = etree.parse(GOLDEN / f"{name}.xml", etree.XMLParser(remove_blank_text=True))
    assert content == etree.tostring(golden.getroot(), encoding="UTF-8")


def test_content_is_the_same_at_every_attempt(make: Make) -> None:
    first, second = (make().compose("id-1", [records.account((records.ANNA,))]) for _ in range(2))

    assert first.content == second.content


def test_vat_goes_to_its_account_so_that_lines_make_the_total(make: Make) -> None:
    content = composed(make(vat_account="2200"), records.invoice())

    assert lines_of(content) == [("4010", "600.00", "Pump"), ("4000", "400.00", "Hose"), ("2200", "250.00", "VAT")]


def test_lines_that_hold_vat_already_make_the_total_alone(make: Make) -> None:
    lines = ({"line_number": "1", "total_amount": Decimal("1250")},)

    assert lines_of(composed(make(), records.invoice(lines))) == [("4000", "1250.00", None)]


def test_freight_and_rounding_are_added_when_the_lines_lack_them(make: Make) -> None:
    amounts = {
        "total_amount": Decimal("1262.00"), "shipping_amount": Decimal("12.50"), "rounding_amount": Decimal("-0.50"),
    }  # fmt: skip

    content = composed(make(), records.invoice(**amounts))

    assert [amount for _, amount, _ in lines_of(content)] == ["600.00", "400.00", "250.00", "12.50", "-0.50"]


def test_lines_that_do_not_make_the_total_are_refused(make: Make) -> None:
    assert refused(make(), records.invoice(total_amount=Decimal("1300"))) == (
        "Invoice 10482: its lines come to 1000.00, VAT is 250.00, which does not make its total of 1300.00: "
        "correct it in its source, and send it again."
    )


def test_amounts_as_the_database_keeps_them_are_sent_with_two_decimals(make: Make) -> None:
    lines = ({"line_number": "1", "net_amount": Decimal("1000.000000")},)

    content = composed(make(), records.invoice(lines, total_amount=Decimal("1250.0000")))

    assert [amount for _, amount, _ in lines_of(content)] == ["1000.00", "250.00"]


def test_amount_with_three_decimals_is_refused(make: Make) -> None:
    lines = ({"line_number": "1", "net_amount": Decimal("10.005")},)

    assert refused(make(), records.invoice(lines, total_amount=None, tax_amount=None)) == (
        "Invoice 10482, line 1 is 10.005: expected at most two decimals, more would be rounded."
    )


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (records.invoice(is_voided=True), "Invoice 10482 is cancelled, and is not sent to Intacct."),
        (records.invoice(is_draft=True), "Invoice 10482 is a draft, and is not sent to Intacct."),
        (records.invoice(invoice_date=None), "Invoice 10482 has no date, and Intacct needs one."),
        (records.invoice(lines=(), total_amount=None), "Invoice 10482 has neither lines nor a total."),
        (
            records.invoice(document_type="debit_memo"),
            "Invoice 10482 is a debit memo, which is not sent to Intacct: enter it there.",
        ),
        (records.credit_memo(is_voided=True), "Credit memo 90017 is cancelled, and is not sent to Intacct."),
        (records.payment(is_voided=True), "Payment P-2001 is cancelled, and is not sent to Intacct."),
        (
            records.payment(amount=Decimal("-5")),
            "Payment P-2001 is of -5.00: expected more than nothing. Refunds are not sent to Intacct.",
        ),
        (
            records.payment(("10482", "800"), keys=records.recordnos(i10482="7")),
            "Payment P-2001 is of 700.00, and 800.00 of it are applied, which is more.",
        ),
        (records.account(account_name=""), "Account C-1001 has no name, and Intacct needs one."),
    ],
)
def test_what_cannot_be_told_is_refused_with_a_reason(subject: Subject, text: str, make: Make) -> None:
    assert refused(make(), subject) == text


def test_payment_waits_for_the_key_of_its_document(make: Make) -> None:
    with pytest.raises(Waits) as raised:
        make().compose("id-1", [records.payment(("10482", "100"))])

    assert raised.value.key == ("invoice", "10482")
    assert str(raised.value) == "Waits for invoice 10482, which has no key there yet."


def test_customer_is_called_as_it_is_called_there(make: Make) -> None:
    keys = {("account", "C-1001"): {"customerid": "10001"}}

    assert composed(make(), records.invoice(keys=keys)).findtext(".//customerid") == "10001"


def test_invoice_without_due_date_and_term_is_due_at_once(make: Make) -> None:
    content = composed(make(term=""), records.invoice(due_date=None))

    assert [part.text for part in content.find(".//datedue")] == ["2026", "03", "05"]


def test_values_that_are_missing_are_left_out_of_a_customer(make: Make) -> None:
    bare = Subject("account", {"erp_key": "C-9", "account_name": "Bare"})

    assert composed(make(), bare).findall(".//CUSTOMER/*")[2].getchildren()[-1].tag == "COMPANYNAME"
    assert [child.tag for child in composed(make(), bare).find(".//CUSTOMER")] == [
        "CUSTOMERID", "NAME", "DISPLAYCONTACT",
    ]  # fmt: skip


@given(st.text(), st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_any_text_and_amount_survive_the_way(text: str, amount: Decimal) -> None:
    connector = IntacctConnector(Setup({"account": "4000", "bank": "B"}, Memory(), Pace()))
    lines = ({"line_number": "1", "net_amount": amount, "description": text},)

    content = composed(connector, records.invoice(lines, total_amount=None, tax_amount=None))

    line = content.find(".//lineitem")
    assert Decimal(line.findtext("amount")) == amount
    kept = "".join(sign for sign in text if sign in "\t\n\r" or (sign >= " " and sign not in "\ufffe\uffff")).strip()
    assert line.findtext("memo", "") == kept


@given(st.lists(st.sampled_from(ORDER["create_invoice"]), unique=True))
def test_children_stand_in_the_order_of_the_schema(given_order: list[str]) -> None:
    values = {tag: date(2026, 1, 2) if tag.startswith("date") else {} if tag in ORDER else "x" for tag in given_order}

    tags = [child.tag for child in element("create_invoice", values)]

    assert tags == sorted(given_order, key=ORDER["create_invoice"].index)


def test_child_that_the_schema_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="create_invoice has no colour"):
        element("create_invoice", {"colour": "red"})
