"""What lists and records show: every field, all digits, what is included, what filters narrow to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arhub.models import Account, Application, Contact, CustomFieldValue, Document, DocumentLine, Payment, Tenant
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import Records, fill
from tests.arhub.api.records import filled
from tests.arhub.api.routes import ROOT

ALL = "include=account,lines,applications,custom_fields"


@pytest.fixture
def own(tenant: Tenant) -> Records:
    return filled(tenant, "acting")


def results(api: Client, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(ROOT + query).json()["results"]
    return found


def one(api: Client, query: str) -> dict[str, Any]:
    (found,) = results(api, query)
    return found


@pytest.mark.parametrize(
    ("path", "record_type"),
    [
        ("accounts", "account"), ("contacts", "contact"), ("documents", "invoice"), ("lines", "invoice_line"),
        ("payments", "payment"), ("applications", "payment_applied"), ("applications", "credit_memo_applied"),
        ("outstanding-items", "outstanding_item"), ("custom-fields", "custom_field"),
    ],
)  # fmt: skip
def test_record_has_every_field_of_its_type_by_its_name(own: Records, api: Client, path: str, record_type: str) -> None:
    listed = results(api, f"{path}/")[0]

    assert set(RECORD_TYPES[record_type].by_name) | {"id", "ledger", "erp_key"} <= set(listed)
    assert api.get(f"{ROOT}{path}/{listed['id']}/").json() == listed


@pytest.mark.parametrize(
    "given", ["1250.50000000", "0.0000000001", "1234567890123456789012.345678", "100000000000", "-1.10", "0"]
)
def test_amounts_keep_their_digits(own: Records, api: Client, given: str) -> None:
    with scope(own.tenant.pk):
        Document.objects.filter(document_type="invoice").update(total_amount=Decimal(given))
        DocumentLine.objects.update(unit_price=Decimal(given))
        Payment.objects.update(open_amount=Decimal(given))

    document, line = one(api, "documents/?document_type=invoice"), results(api, "lines/")[0]

    assert (document["total_amount"], document["currency"]) == (given, "EUR")
    assert (line["unit_price"], line["currency"]) == (given, "EUR")
    assert one(api, "payments/")["open_amount"] == given


def test_credit_memo_has_the_sign_it_was_given_with(own: Records, api: Client) -> None:
    credit = one(api, "documents/?document_type=credit_memo")

    assert (credit["total_amount"], credit["outstanding_amount"], credit["state"]) == (
        "-300.00",
        "-300.00",
        "unapplied",
    )


def test_document_says_how_late_it_is_and_whose(own: Records, api: Client) -> None:
    invoice = one(api, "documents/?document_type=invoice")
    account = own.first("account")

    assert (invoice["state"], invoice["days_overdue"]) == ("overdue", 40)
    assert (invoice["outstanding_amount"], invoice["outstanding_origin"]) == ("1150.00", "computed")
    assert (invoice["account_id"], invoice["account_hub_id"]) == ("acting0-A", account.pk)
    assert invoice["created_at"].endswith("Z")
    assert "account" not in invoice


def test_document_brings_along_what_is_asked_for(own: Records, api: Client) -> None:
    invoice_id = own.first("invoice").pk
    with scope(own.tenant.pk):
        shared = {"ledger": own.ledger, "table_key": "Invoice", "owner": invoice_id}
        CustomFieldValue.objects.create(**shared, erp_key="Invoice|acting0-I|Region", label="Region", value="North")
        Application.objects.create(
            ledger=own.ledger, erp_key="Y", application_type="credit_memo", credit_memo=own.first("creditmemo"),
            document=own.first("invoice"), amount=Decimal("7.50"),
        )  # fmt: skip

    invoice = api.get(f"{ROOT}documents/{invoice_id}/?{ALL}").json()
    credit = one(api, f"documents/?document_type=credit_memo&{ALL}")

    assert [line["line_number"] for line in invoice["lines"]] == ["2", "10"]
    assert [(item["amount"], item["payment"], item["credit_memo"]) for item in invoice["applications"]] == [
        ("100", "acting0-M", None), ("7.50", None, "acting0-C"),
    ]  # fmt: skip
    assert [(item["invoice"], item["amount"]) for item in credit["applications"]] == [("acting0-I", "7.50")]
    assert invoice["account"]["account_name"] == "acting0 Pumps"
    assert [(item["record"], item["label"], item["value"]) for item in invoice["custom_fields"]] == [
        ("acting0-I", "Region", "North")
    ]


def test_account_and_payment_bring_along_what_is_asked_for(own: Records, api: Client) -> None:
    account = one(api, "accounts/?include=contacts,custom_fields")
    payment = one(api, "payments/?include=applications")

    assert [contact["contact_name"] for contact in account["contacts"]] == ["acting0 Holm"]
    assert [(item["label"], item["value"]) for item in account["custom_fields"]] == [
        ("acting0 Region", "acting0 North")
    ]
    assert [(item["invoice"], item["amount"], item["currency"]) for item in payment["applications"]] == [
        ("acting0-I", "100", "EUR")
    ]


@pytest.mark.parametrize(
    "query",
    [
        f"documents/?{ALL}&search=acting&ordering=-invoice_date&page_size=1000",
        "accounts/?include=contacts,custom_fields&search=acting",
        "payments/?include=applications&search=acting&ordering=payment_date",
        "ingestions/", "outstanding-items/?search=acting", "custom-fields/?search=acting", "lines/?search=acting",
        "applications/?search=acting", "contacts/?search=acting", "sources/?search=acting",
    ],
)  # fmt: skip
def test_number_of_queries_does_not_grow_with_the_page(own: Records, api: Client, query: str) -> None:
    fill(own, "acting")
    _relate(own)
    few = _queries(api, query)
    fill(own, "acting", sets=2)
    _relate(own)

    assert _queries(api, query) == few <= 15


def _relate(own: Records) -> None:
    """Every reference is given, so that each one is looked up."""
    with scope(own.tenant.pk):
        account, contact = Account.objects.order_by("pk")[0], Contact.objects.order_by("pk")[0]
        Account.objects.exclude(pk=account.pk).update(parent=account)
        Account.objects.update(primary_contact=contact)
        Document.objects.update(company=account)
        Document.objects.filter(document_type="credit_memo").update(invoice_date=None)
        Payment.objects.filter(pk=own.first("payment").pk).update(payment_date=None)
        credit = own.first("creditmemo")
        Application.objects.update(credit_memo=credit)


def _queries(api: Client, query: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert results(api, query)
    return len([query for query in queries if query["sql"] not in ("BEGIN", "COMMIT")])


FOUND = {
    "document_type=invoice": ["I", "D", "S"],
    "document_type=debit_memo": [],
    "erp_key=acting0-C": ["C"],
    "invoice_number=ACTING0-i": ["I"],
    "account_id=acting0-a": ["I", "C"],
    "account_id=acting0": [],
    "open=true": ["I", "C", "D"],
    "open=false": ["S"],
    "overdue=true": ["I"],
    "overdue=false": ["C", "D", "S"],
    "search=acting0-i": ["I"],
    "search=ACTING0+pum": ["I", "C"],
    "invoice_date_from={today}": ["D"],
    "invoice_date_to={today}&open=true": ["I", "C", "D"],
    "ledger={ledger}&ordering=-id": ["S", "D", "C", "I"],
}


@pytest.mark.parametrize("query", FOUND)
def test_documents_are_narrowed(own: Records, api: Client, query: str) -> None:
    today = timezone.now().date()
    with scope(own.tenant.pk):
        account = Account.objects.create(ledger=own.ledger, erp_key="B", number="B", name="Other")
        shared = {"ledger": own.ledger, "account": account, "document_type": "invoice", "currency": "EUR"}
        Document.objects.create(**shared, erp_key="x-D", outstanding_amount=1, invoice_date=today)
        Document.objects.create(**shared, erp_key="x-S", outstanding_amount=0, invoice_date=today - timedelta(days=9))
        vendor = Account.objects.create(ledger=own.ledger, erp_key="V", kind="vendor")
        Document.objects.create(**{**shared, "account": vendor}, erp_key="x-V")
        Document.objects.create(**shared, erp_key="x-P", direction="payable")

    found = results(api, "documents/?" + query.format(today=today, ledger=own.ledger.pk))

    assert [document["erp_key"][-1] for document in found] == FOUND[query]


def test_lists_are_narrowed_by_what_they_hang_on(own: Records, api: Client) -> None:
    ids = {name: own.first(name).pk for name in ("account", "invoice", "payment", "creditmemo")}
    queries = {
        "contacts/?account_hub_id={account}": 1,
        "lines/?document_hub_id={invoice}": 2,
        "lines/?document_hub_id={creditmemo}": 0,
        "payments/?account_id=acting0-A&payment_date_from=2020-01-01": 1,
        "payments/?payment_date_to=2020-01-01": 0,
        "payments/?payment_id=acting0-m": 1,
        "applications/?payment_hub_id={payment}&application_type=payment": 1,
        "applications/?credit_memo_hub_id={creditmemo}": 0,
        "applications/?erp_key=acting0-X": 1,
        "outstanding-items/?invoice_number=acting0-I": 1,
        "custom-fields/?table=Company&owner_hub_id={account}": 1,
        "custom-fields/?table=Payment": 0,
        "accounts/?account_id=acting0-a": 1,
    }

    assert {query: len(results(api, query.format(**ids))) for query in queries} == queries


def test_load_tells_what_it_did(own: Records, api: Client) -> None:
    load = one(api, "ingestions/")
    address = f"ingestions/{load['id']}/"

    assert (load["state"], load["source_name"], load["reason"]) == ("committed", "acting source", "acting reason")
    assert load["totals"] == {"lines": 3, "inserted": 2, "updated": 0, "unchanged": 0, "invalid": 1}
    assert [(file["name"], file["mapping"]) for file in load["files"]] == [("acting.csv", {"number": "invoice_number"})]
    assert load["files"][0]["counts"] == [
        {"type": "INVOICE", "lines": 3, "inserted": 2, "updated": 0, "unchanged": 0, "invalid": 1}
    ]
    assert [row["line"] for row in results(api, f"{address}invalid-rows/")] == [2, 3, 3, 4, 5]
    assert results(api, f"{address}invalid-rows/")[0]["problems"] == [
        {"column": "total", "expected": "an amount", "found": "acting"}
    ]
    assert [change["new"] for change in results(api, f"{address}changes/?field=status")] == ["acting"] * 5
    assert results(api, f"{address}log/")[0]["text"] == "acting line 2"
