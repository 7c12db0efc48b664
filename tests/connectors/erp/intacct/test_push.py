"""Everything that is sent, against the simulator, which keeps books."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from time import sleep
from typing import Any

import pytest

from arhub.network.errors import ConfigError, NetworkError, PermanentError, RetryableError, Uncertain
from connectors.base import Message, Subject
from connectors.erp.intacct.connector import IntacctConnector
from connectors.erp.intacct.elements import created, in_function
from connectors.erp.intacct.filters import Is
from connectors.simulators.server import RunningSimulator
from tests.connectors.erp.intacct import records
from tests.connectors.erp.intacct.conftest import Make

Keys = Mapping[tuple[str, str], Mapping[str, str]]


def message(connector: IntacctConnector, subject: Subject, identity: str = "hub/1") -> Message:
    return connector.compose(identity, [subject])


def pushed(connector: IntacctConnector, subject: Subject, identity: str = "hub/1") -> Keys:
    return connector.push(message(connector, subject, identity)).keys


def there(connector: IntacctConnector, name: str, *fields: str, number: str = "") -> list[dict[str, str]]:
    return [
        {field: row[field] for field in fields}
        for row in connector.read_object(name, fields, Is("RECORDNO", number) if number else None)
    ]


def counts(simulator: RunningSimulator, *names: str) -> list[int]:
    state = simulator.simulator.state()
    return [state[name] for name in names]


@pytest.fixture
def with_customer(connector: IntacctConnector) -> IntacctConnector:
    pushed(connector, records.account(), "hub/customer")
    return connector


@pytest.fixture
def with_invoices(with_customer: IntacctConnector) -> tuple[IntacctConnector, Keys]:
    """Invoices 10482 of 1250 and 10483 of 300."""
    first = pushed(with_customer, records.invoice(), "hub/10482")
    second = records.invoice(
        lines=(), erp_key="10483", invoice_number="10483", total_amount=Decimal("300"), tax_amount=None
    )
    return with_customer, {**first, **pushed(with_customer, second, "hub/10483")}


def test_customer_is_created_with_its_contacts(connector: IntacctConnector) -> None:
    keys = pushed(connector, records.account((records.ANNA, records.BO)))

    assert keys == {("account", "C-1001"): {"customerid": "C-1001", "recordno": "1"}}
    fields = (
        "NAME", "STATUS", "CREDITLIMIT", "TAXID", "DISPLAYCONTACT.EMAIL1", "DISPLAYCONTACT.MAILADDRESS.CITY",
        "DISPLAYCONTACT.MAILADDRESS.COUNTRYCODE", "CONTACTINFO.PRINTAS", "BILLTO.EMAIL1", "SHIPTO.CONTACTNAME",
    )  # fmt: skip
    assert there(connector, "CUSTOMER", *fields) == [
        dict(
            zip(
                fields,
                ("Nordic Pumps A/S", "active", "50000.00", "DK12345674", "ap@nordic.example", "Aarhus", "DK",
                 "Anna Holm", "anna@nordic.example", "Bo Berg (C-1001)"),
                strict=True,
            )
        )
    ]  # fmt: skip


def test_customer_that_is_there_is_updated_and_keeps_what_is_not_sent(with_customer: IntacctConnector) -> None:
    bare = {"email": None, "credit_limit": None, "city": None, "account_name": "Nordic Pumps AB", "is_active": False}

    keys = pushed(with_customer, records.account((records.BO,), **bare), "hub/2")

    assert keys["account", "C-1001"] == {"customerid": "C-1001", "recordno": "1"}
    fields = ("NAME", "STATUS", "CREDITLIMIT", "DISPLAYCONTACT.EMAIL1", "SHIPTO.PRINTAS")
    assert there(with_customer, "CUSTOMER", *fields) == [
        dict(zip(fields, ("Nordic Pumps AB", "inactive", "50000.00", "ap@nordic.example", "Bo Berg"), strict=True))
    ]


def test_contact_that_is_left_over_is_told(connector: IntacctConnector) -> None:
    left = created("CONTACT", {"CONTACTNAME": "Nordic Pumps A/S(CC-1001)", "PRINTAS": "Nordic Pumps A/S"})
    connector._gateway.write(in_function("by-hand", left))

    with pytest.raises(PermanentError) as raised:
        pushed(connector, records.account())

    assert str(raised.value).endswith("It is left over from another customer: delete that contact in Intacct.")


def test_invoice_of_two_lines_is_created_and_its_keys_come_back(
    with_customer: IntacctConnector, simulator: RunningSimulator
) -> None:
    keys = pushed(with_customer, records.invoice())

    number = keys["invoice", "10482"]["recordno"]
    assert keys == {("invoice", "10482"): {"recordno": number, "invoiceno": "10482"}}
    fields = ("RECORDID", "DOCNUMBER", "DESCRIPTION", "WHENCREATED", "WHENDUE", "TRX_TOTALENTERED", "TRX_TOTALDUE")
    assert there(with_customer, "ARINVOICE", *fields) == [
        dict(
            zip(
                fields,
                ("10482", "PO-4711", "Pumps & <parts>", "03/05/2026", "04/04/2026", "1250.00", "1250.00"),
                strict=True,
            )
        )
    ]
    assert there(with_customer, "ARINVOICEITEM", "ACCOUNTNO", "TRX_AMOUNT", "RECORDKEY") == [
        {"ACCOUNTNO": "4010", "TRX_AMOUNT": "600.00", "RECORDKEY": number},
        {"ACCOUNTNO": "4000", "TRX_AMOUNT": "400.00", "RECORDKEY": number},
        {"ACCOUNTNO": "4000", "TRX_AMOUNT": "250.00", "RECORDKEY": number},
    ]


def test_number_is_read_back_where_the_company_numbers_documents(make_live: Make, simulator: RunningSimulator) -> None:
    connector = make_live(numbers_itself=True)
    pushed(connector, records.account(), "hub/customer")
    simulator.simulator.configure({"document_sequencing": True})

    keys = pushed(connector, records.invoice())

    (row,) = there(connector, "ARINVOICE", "RECORDNO", "RECORDID", "DESCRIPTION")
    assert keys == {("invoice", "10482"): {"recordno": row["RECORDNO"], "invoiceno": row["RECORDID"]}}
    assert (row["RECORDID"], row["DESCRIPTION"]) == ("INV-00001", "10482 Pumps & <parts>")
    assert connector.look_up(message(connector, records.invoice())).keys == keys


def test_credit_memo_becomes_an_adjustment_below_zero(with_customer: IntacctConnector) -> None:
    keys = pushed(with_customer, records.credit_memo())

    number = keys["adjustment", "90017"]["recordno"]
    assert keys == {("adjustment", "90017"): {"recordno": number, "invoiceno": "90017"}}
    assert there(with_customer, "ARADJUSTMENT", "RECORDID", "TRX_TOTALDUE") == [
        {"RECORDID": "90017", "TRX_TOTALDUE": "-125.00"}
    ]


def test_advance_is_one_line_and_gets_a_number(with_customer: IntacctConnector) -> None:
    keys = pushed(with_customer, records.payment())

    (row,) = there(with_customer, "ARADVANCE", "RECORDNO", "DOCNUMBER", "PAYMENTMETHOD", "TRX_TOTALDUE")
    assert keys == {("payment", "P-2001"): {"RECORDNO": row.pop("RECORDNO")}}
    assert row == {"DOCNUMBER": "P-2001", "PAYMENTMETHOD": "Printed Check", "TRX_TOTALDUE": "700.00"}


def test_payment_over_two_documents_reduces_both(with_invoices: tuple[IntacctConnector, Keys]) -> None:
    connector, keys = with_invoices

    got = pushed(connector, records.payment(("10482", "400"), ("10483", "300"), keys=keys))

    (row,) = there(connector, "ARPYMT", "RECORDNO", "TRX_TOTALENTERED", "TRX_TOTALDUE")
    assert got == {("payment", "P-2001"): {"RECORDNO": row["RECORDNO"]}}
    assert (row["TRX_TOTALENTERED"], row["TRX_TOTALDUE"]) == ("700.00", "0.00")
    assert there(connector, "ARINVOICE", "RECORDID", "TRX_TOTALDUE", "STATE") == [
        {"RECORDID": "10482", "TRX_TOTALDUE": "850.00", "STATE": "Partially Paid"},
        {"RECORDID": "10483", "TRX_TOTALDUE": "0.00", "STATE": "Paid"},
    ]


def test_payment_that_is_not_all_applied_leaves_an_overpayment(with_invoices: tuple[IntacctConnector, Keys]) -> None:
    connector, keys = with_invoices

    pushed(connector, records.payment(("10483", "300"), keys=keys))

    assert there(connector, "ARPYMT", "TRX_TOTALENTERED", "TRX_TOTALDUE") == [
        {"TRX_TOTALENTERED": "700.00", "TRX_TOTALDUE": "400.00"}
    ]


def test_everything_sent_again_is_made_once(
    with_invoices: tuple[IntacctConnector, Keys], simulator: RunningSimulator
) -> None:
    connector, keys = with_invoices
    subjects = {
        "hub/customer": records.account((records.ANNA,)),
        "hub/10482": records.invoice(),
        "hub/credit": records.credit_memo(),
        "hub/advance": records.payment(erp_key="P-1", payment_id="P-1"),
        "hub/payment": records.payment(("10482", "400"), ("10483", "300"), keys=keys),
    }
    first = {identity: pushed(connector, subject, identity) for identity, subject in subjects.items()}
    names = ("CUSTOMER", "CONTACT", "ARINVOICE", "ARADJUSTMENT", "ARADVANCE", "ARPYMT")
    before = counts(simulator, *names)

    again = {identity: pushed(connector, subject, identity) for identity, subject in subjects.items()}

    assert again == first
    assert before == counts(simulator, *names) == [1, 2, 2, 1, 1, 1]


@pytest.mark.parametrize("fault", ["drop", "stored_status", "garbage"])
@pytest.mark.parametrize(
    ("subject", "on", "table"),
    [
        (records.account((records.ANNA,)), "<CUSTOMER>", "CUSTOMER"),
        (records.account((records.ANNA,)), "<create><CONTACT>", "CONTACT"),
        (records.invoice(), "create_invoice", "ARINVOICE"),
        (records.credit_memo(), "create_aradjustment", "ARADJUSTMENT"),
        (records.payment(), "ARADVANCE", "ARADVANCE"),
        (records.payment(("10482", "400"), ("10483", "300"), keys={}), "ARPYMT", "ARPYMT"),
    ],
)
def test_answer_that_is_lost_leaves_it_to_be_found_and_never_twice(
    fault: str, subject: Subject, on: str, table: str, connector: IntacctConnector, simulator: RunningSimulator
) -> None:
    if subject.record_type != "account":
        pushed(connector, records.account(), "hub/customer")
    if subject.applications:
        invoices = (records.invoice(), records.invoice(lines=(), erp_key="10483", invoice_number="10483"))
        keys = {key: value for each in invoices for key, value in pushed(connector, each, str(each.key)).items()}
        subject = Subject(subject.record_type, subject.values, (), subject.applications, subject.account, (), keys)
    (before,) = counts(simulator, table)
    sent = message(connector, subject)
    simulator.misbehave(fault, on=on)

    with pytest.raises(Uncertain):
        connector.push(sent)
    found = connector.look_up(sent)
    if found is None:  # only the contact was made
        assert table == "CONTACT"
        found = connector.push(sent)

    assert found == connector.look_up(sent)
    assert connector.push(sent).keys == found.keys
    assert counts(simulator, table) == [before + (2 if table == "CONTACT" else 1)]


@pytest.mark.parametrize(
    ("fault", "options", "kind"),
    [
        ("refuse", {}, Uncertain),
        ("status", {"status": 503}, Uncertain),
        ("status", {"status": 429}, RetryableError),
    ],
)
def test_create_that_did_not_arrive_is_not_found_and_goes_again(
    fault: str, options: dict[str, Any], kind: type[NetworkError], with_customer: IntacctConnector,
    simulator: RunningSimulator,
) -> None:  # fmt: skip
    sent = message(with_customer, records.invoice())
    simulator.misbehave(fault, on="create_invoice", **options)

    with pytest.raises(kind):
        with_customer.push(sent)

    assert with_customer.look_up(sent) is None
    assert counts(simulator, "ARINVOICE") == [0]
    with_customer.push(sent)
    assert counts(simulator, "ARINVOICE") == [1]


def test_request_that_a_gateway_repeats_on_its_own_is_made_once(
    with_customer: IntacctConnector, simulator: RunningSimulator
) -> None:
    simulator.misbehave("duplicate", on="ARADVANCE")

    keys = pushed(with_customer, records.payment())

    assert keys == {("payment", "P-2001"): {"RECORDNO": there(with_customer, "ARADVANCE", "RECORDNO")[0]["RECORDNO"]}}
    assert counts(simulator, "ARADVANCE") == [1]


def test_request_that_is_still_at_work_is_not_done_beside_it(
    with_customer: IntacctConnector, make_live: Make, simulator: RunningSimulator
) -> None:
    sent = message(with_customer, records.payment())
    simulator.misbehave("slow", on="<create><ARADVANCE>", seconds=1.5)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(make_live().push, sent)
        while not simulator.simulator.counts["fault slow"]:
            sleep(0.01)

        with pytest.raises(Uncertain) as raised:
            with_customer.push(sent)

        assert "concurrent request in process" in str(raised.value)
        assert first.result() == with_customer.look_up(sent)
    assert counts(simulator, "ARADVANCE") == [1]


def test_number_of_another_document_is_told(with_customer: IntacctConnector) -> None:
    pushed(with_customer, records.invoice(lines=(), total_amount=Decimal("500")))

    with pytest.raises(PermanentError) as raised:
        pushed(with_customer, records.invoice(), "hub/other")

    text = "Number 10482 is taken there by a document of 500.00 USD of customer C-1001; ours is of 1250.00 of customer"
    assert str(raised.value) == f"{text} C-1001."
    with pytest.raises(PermanentError, match="is taken there by a document of 500"):
        with_customer.look_up(message(with_customer, records.invoice()))


def test_payment_of_another_day_with_the_same_number_and_amount_is_not_taken_for_ours(
    with_customer: IntacctConnector,
) -> None:
    """A standing order comes each month under one number."""
    pushed(with_customer, records.payment(payment_id="SO-1"), "hub/march")
    april = message(
        with_customer, records.payment(payment_id="SO-1", erp_key="P-2", payment_date=date(2026, 4, 1)), "hub/april"
    )

    assert with_customer.look_up(april) is None


def test_contact_that_changed_since_its_customer_was_refused_is_sent_anew(connector: IntacctConnector) -> None:
    pushed(connector, records.account((records.BO,)))

    pushed(connector, records.account(({**records.BO, "email": "new@nordic.example"},)))

    assert {"CONTACTNAME": "Bo Berg (C-1001)", "EMAIL1": "new@nordic.example"} in there(
        connector, "CONTACT", "CONTACTNAME", "EMAIL1"
    )


def test_customer_that_was_changed_counts_as_there_only_when_it_stands_so(with_customer: IntacctConnector) -> None:
    changed = message(with_customer, records.account(account_name="Nordic Pumps AB"), "hub/2")

    assert with_customer.look_up(changed) is None
    result = with_customer.push(changed)
    assert with_customer.look_up(changed) == result


def test_session_that_ended_is_renewed_without_making_anything_twice(
    with_customer: IntacctConnector, simulator: RunningSimulator
) -> None:
    simulator.simulator.configure({"expire_sessions": True})

    pushed(with_customer, records.invoice())

    assert counts(simulator, "ARINVOICE", "sessions") == [1, 1]


def test_customer_nobody_knows_is_refused_with_the_reason(connector: IntacctConnector) -> None:
    with pytest.raises(PermanentError) as raised:
        pushed(connector, records.invoice())

    assert "C-1001" in str(raised.value)
    assert "Support ID" not in str(raised.value)


def test_trial_finds_everything_in_order(with_customer: IntacctConnector) -> None:
    found = [(check.label, check.run()) for check in with_customer.checks()]

    assert found[:5] == [
        ("Gateway", "127.0.0.1 answers as Intacct's gateway does."),
        ("Sender", "Sender sender-1 is accepted."),
        ("Sign-in", "xml_gateway is signed in to COMPANY1."),
        ("Entity", "At the top level."),
        ("Customers", "Customers can be read; there are 1."),
    ]
    assert [label for label, _ in found[5:]] == ["AccountNo", "Term", "FinancialEntity"]


@pytest.mark.parametrize(
    ("values", "passed"),
    [
        ({"sender_password": "wrong"}, ["Gateway"]),
        ({"user_password": "wrong"}, ["Gateway", "Sender"]),
        ({"company_id": "OTHER"}, ["Gateway", "Sender"]),
        ({"entity": "300"}, ["Gateway", "Sender"]),
    ],
)
def test_trial_with_wrong_credentials_fails_where_they_are_asked(
    values: dict[str, str], passed: list[str], make_live: Make
) -> None:
    done = []
    with pytest.raises(ConfigError):
        for check in make_live(**values).checks():
            check.run()
            done.append(check.label)

    assert done == passed


def test_entity_that_is_signed_in_to_is_told(make_live: Make, simulator: RunningSimulator) -> None:
    simulator.simulator.configure({"entities": ["300"]})

    found = {check.label: check.run() for check in make_live(entity="300").checks()}

    assert found["Entity"] == "In the entity 300."
