"""What is mapped takes the place of what the connector would say by itself; everything else stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from arhub.network.errors import PermanentError
from connectors.base import Subject
from connectors.erp.intacct.connector import IntacctConnector
from connectors.registry import CONNECTORS, load
from tests.connectors.erp.intacct import records
from tests.connectors.erp.intacct.conftest import Make

KEYS = records.recordnos(i10482="7", i10483="9")


def composed(connector: IntacctConnector, subject: Subject, **mapped: list[dict[str, Any]]) -> etree._Element:
    """mapped: `header` once, the others by part."""
    parts = {"" if part == "header" else part: rows for part, rows in mapped.items()}
    return etree.fromstring(connector.compose("id-1", [replace(subject, mapped=parts)]).content)


def texts(content: etree._Element, *paths: str) -> list[str | None]:
    return [content.findtext(f".//{path}") for path in paths]


def test_header_of_an_invoice_is_the_mapped_one(make: Make) -> None:
    said = {
        "Customer": "OTHER", "RecordId": "R-1", "WhenCreated": date(2026, 1, 2), "WhenDue": None, "TermName": "N60",
        "DocNumber": None, "Description": "Mapped",
    }  # fmt: skip

    content = composed(make(), records.invoice(), header=[said])

    paths = ("customerid", "invoiceno", "datecreated/month", "datedue", "termname", "ponumber", "description")
    assert texts(content, *paths) == ["OTHER", "R-1", "01", None, "N60", None, "Mapped"]


def test_lines_that_count_are_mapped_and_vat_stays(make: Make) -> None:
    rows: list[dict[str, Any]] = [
        {"AccountNo": "4100", "DepartmentId": "10"},
        {"AccountNo": "4010", "EntryDescription": None, "LocationId": "200"},
    ]

    content = composed(make(vat_account="2200"), records.invoice(), line=rows)

    names = ("glaccountno", "amount", "memo", "locationid", "departmentid")
    assert [[line.findtext(name) for name in names] for line in content.iter("lineitem")] == [
        ["4100", "600.00", "Pump", None, "10"],
        ["4010", "400.00", None, "200", None],
        ["2200", "250.00", "VAT", None, None],
    ]


def test_document_without_lines_is_one_row(make: Make) -> None:
    subject = records.credit_memo()

    assert IntacctConnector.rows(subject)["line"] == [{}]
    content = composed(make(), subject, line=[{"AccountNo": "4100", "EntryDescription": "Whole"}])
    assert texts(content, "glaccountno", "amount", "memo") == ["4100", "-125.00", "Whole"]


def test_mapped_amounts_must_come_to_the_total(make: Make) -> None:
    rows = [{"Trx_Amount": Decimal("1")}, {"Trx_Amount": Decimal("2")}]

    with pytest.raises(PermanentError, match="its lines come to 3"):
        composed(make(), records.invoice(), line=rows)


def test_rate_takes_the_place_of_intacct_s_own(make: Make) -> None:
    subject = records.invoice(lines=(), currency="EUR")

    content = composed(make(), subject, header=[{"ExchangeRate": Decimal("1.25")}])

    assert texts(content, "currency", "exchrate", "exchratetype", "exchratedate/year") == ["EUR", "1.25", None, None]


def test_rate_is_offered_the_other_way_round(make: Make) -> None:
    rows = IntacctConnector.rows(records.invoice(exchange_rate=Decimal("8")))

    assert rows[""][0]["exchange_rate"] == Decimal("0.125")


def test_advance_and_payment_are_mapped_apart(make: Make) -> None:
    advance, payment = records.payment(), records.payment(("10482", "400"), ("10483", "300"), keys=KEYS)
    said = {"FinancialEntity": "BANK", "PaymentMethod": "EFT", "AccountNo": "1210", "PaymentDate": date(2026, 5, 1)}

    first = composed(make(), advance, header=[said])
    second = composed(make(), payment, header=[said], application=[{"RecordKey": "70"}, {}])

    assert [IntacctConnector.object_of(one).name for one in (advance, payment)] == ["advance", "payment"]  # type: ignore[union-attr]
    paths = ("FINANCIALENTITY", "PAYMENTMETHOD", "PAYMENTDATE", "ACCOUNTNO")
    assert texts(first, *paths) == ["BANK", "EFT", "05/01/2026", "1210"]
    assert [key.text for key in second.iter("RECORDKEY")] == ["70", "9"]


@pytest.mark.parametrize(
    ("subject", "values", "said"),
    [
        (records.payment(), {"bank": ""}, "Payment P-2001 has no FinancialEntity"),
        (records.payment(), {"account": ""}, "Payment P-2001 has no AccountNo"),
        (records.invoice(lines=()), {"account": ""}, "Invoice 10482 has no AccountNo"),
    ],
)
def test_what_neither_connection_nor_mapping_says_is_refused(
    subject: Subject, values: dict[str, str], said: str, make: Make
) -> None:
    with pytest.raises(PermanentError, match=said):
        composed(make(**values), subject)


def test_contact_of_one_person_in_two_places_is_two_when_what_is_mapped_differs(make: Make) -> None:
    one = {"contact_name": "Anna Holm", "roles": ["billto", "shipto"]}

    same = composed(make(), records.account((one,)))
    apart = composed(make(), records.account((one,)), SHIPTO=[{"ShipTo.Phone1": "+45 1"}])

    names = [[name.text for name in content.iterfind(".//CONTACT/CONTACTNAME")] for content in (same, apart)]
    assert names == [["Anna Holm (C-1001)"], ["Anna Holm (C-1001)", "Anna Holm (C-1001, ShipTo)"]]


def test_two_people_of_one_name_are_two_contacts(make: Make) -> None:
    people = tuple(
        {"contact_name": "Bo Berg", "email": f"{role}@x.example", "role": role} for role in ("billto", "shipto")
    )

    content = composed(make(), records.account(people))

    found = [texts(one, "CONTACTNAME", "EMAIL1") for one in content.iterfind(".//create/CONTACT/..")]
    assert found == [["Bo Berg (C-1001)", "billto@x.example"], ["Bo Berg (C-1001, ShipTo)", "shipto@x.example"]]


def test_declared_targets_name_settings_and_parts_that_there_are() -> None:
    for kind in CONNECTORS:
        connector: Any = load(kind)
        settings = {setting.name for setting in connector.settings}
        for made in getattr(connector, "objects", ()):
            assert made.record_type in connector.pushes
            assert len({one.name for one in made.targets}) == len(made.targets)
            assert {one.part for one in made.targets} == {"", *made.parts}
            assert {name for one in made.targets for name in one.settings} <= settings
