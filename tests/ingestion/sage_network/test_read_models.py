"""What queries give back: the vendor's field names, our records' values, collections, pages."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Ledger, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion.sage_network.ids import Kind, definition_uuid, uuid_of
from ingestion.sage_network.read.address_queries import query_addresses
from ingestion.sage_network.read.addresses import PLACES
from ingestion.sage_network.read.custom_fields import DEFINITION, VALUE
from ingestion.sage_network.read.documents import INVOICE, LINE
from ingestion.sage_network.read.enrollments import ENROLLMENTS
from ingestion.sage_network.read.includes import include
from ingestion.sage_network.read.money import CREDIT_MEMO_APPLICATION, PAYMENT_APPLICATION, PAYMENTS
from ingestion.sage_network.read.parties import COMPANY, CONTACTS
from ingestion.sage_network.read.properties import Context, as_list
from ingestion.sage_network.read.queries import query
from ingestion.sage_network.read.resources import Resource
from ingestion.sage_network.routes import RESOURCES
from tests.ingestion.conftest import keeping_files, load_files
from tests.ingestion.sage_network.conftest import Ask, asker, client_of

COMPANIES = (
    "erpKey,companyName,companyType,isActive,parentCompanyErpKey,primaryContactErpKey,address1,city,postalCode,country,"
    "taxId,emailAddress,modified,companyIdentifiers\n"
    "C1,Nordic Pumps A/S,Customer,true,C2,P1,1 High Street,Århus,08000,DK,DK12345674,a@nordic.example,"
    '2021-11-09T12:04:24.46,"[{""type"":""LEI"",""value"":""5493""}]"\n'
    "C2,Group,CustomerVendor,,C3,,,,,,,,,\n"
    "C3,Top,Vendor,false,,,,,,,,,,\n"
    "OWN,Acme A/S,Company,true,,,,,,,,,,\n"
)
PEOPLE = (
    "erpKey,companyErpKey,contactName,title,roleCode,emailAddress,phone,countryCode\n"
    "P1,C1,Anna Holm,Accountant,PAYER,anna@nordic.example,+45 1,DK\nP2,C1,Bo,,,,,\n"
)
INVOICES = (
    "erpKey,companyErpKey,customerErpKey,referenceCode,invoiceTypeCode,invoiceStatusCode,currencyCode,totalAmount,"
    "salesTaxAmount,outstandingBalanceAmount,invoiceDate,paymentDueDate,importedDate,inDispute,billToAddressLine1,"
    "billToAddressCity,billToAddressLatitude,shipToAddressCity,workflowStatusNotes,purchaseOrderCode\n"
    "I1,OWN,C1,10482,AR Invoice,Open,DKK,1250.10,250.0200,1.10,2026-03-15,2026-04-14,2026-03-15T10:00:00Z,true,"
    "1 High Street,Århus,56.162900,Skagen,to check,PO-1\n"
    "I2,OWN,C1,10483,,Closed,DKK,100,,0,2026-03-16,,,,,,,,,\n"
    "M1,OWN,C1,90017,AR Credit Memo,Open,DKK,-50.50,,-20.00,2026-03-17,,,,,,,,,\n"
)
LINES = (
    "erpKey,invoiceErpKey,lineNumber,productCode,unitPrice,quantity,totalAmount,reportingDate,shipToAddressCity\n"
    "L10,I1,10,P-100,0.3333333333,2.50,1000.00,2026-03-01,Ribe\nL2,I1,2,P-200,,,250.10,,\nL1,I2,1,,,,100,,\n"
)
RECEIVED = (
    "erpKey,companyErpKey,paymentType,tenderType,paymentDate,postDate,paymentAmount,unappliedAmount,currencyCode,"
    "referenceCode,memoText\nY1,C1,AR Payment,Wire Transfer,2026-04-10,2026-04-11,1300.00,51.00,DKK,INV 10482,thanks\n"
)
APPLIED = "erpKey,invoiceErpKey,paymentErpKey,entryNumber,applyToInvoiceDate,paymentAppliedAmount\n" + (
    "A1,I1,Y1,1,2026-04-10,1149.00\nA2,I2,Y1,2,2026-04-10,100.00\n"
)
CREDITED = "erpKey,invoiceErpKey,creditMemoInvoiceErpKey,entryNumber,applyToInvoiceDate,creditMemoAppliedAmount\n" + (
    "R1,I1,M1,1,2026-04-12,30.50\n"
)
CUSTOM = "tableKey,erpKey,customFieldLabel,value,numericValue\n" + (
    "Company,C1,Region,North,\nInvoice,I1,Region,South,\nInvoice,I1,Score,,12.50\n"
)


@pytest.fixture(scope="module")
def world(committed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with keeping_files(tmp_path_factory.mktemp("media")):
        tenant = create_tenant("acme", name="Acme A/S", currency="DKK")
        loaded = load_files(
            tenant, account=COMPANIES, contact=PEOPLE, invoice=INVOICES, invoice_line=LINES, payment=RECEIVED,
            payment_applied=APPLIED, credit_memo_applied=CREDITED, custom_field=CUSTOM,
        )  # fmt: skip
        assert loaded.reason == ""
        yield tenant


@pytest.fixture
def loaded(world: Tenant, rolled_back: None, side_joins_default: None) -> Tenant:
    return world


@pytest.fixture
def ask(loaded: Tenant) -> Ask:
    return asker(loaded)


def _records(ask: Ask, path: str, **parameters: str) -> list[dict[str, Any]]:
    status, body = ask(f"{path}/query", **parameters)
    assert status == 200, body
    return body["records"]  # type: ignore[no-any-return]


def _picked(record: dict[str, Any], *names: str) -> list[Any]:
    return [record[name] for name in names]


# --- The vendor's names -------------------------------------------------------------------------------------------

MORE = {
    "InvoiceModel": {
        "customerName", "isDraft", "onHold", "netAmount", "shippingAmount", "baseCurrencyNetAmount",
        "baseCurrencyShippingAmount", "taxPointDate", "plannedPaymentDate", "taxSummary", "documentSource",
        "jurisdiction", "hasPdf",
    },
    "CompanyModel": {"address4", "companyIdentifiers"},
    "ContactModel": {"address4", "locale"},
    "InvoiceLineModel": {
        "accountNumber", "location", "taxCode", "taxUid", "taxRate", "salesTaxAmount", "baseCurrencySalesTaxAmount",
        "netAmount", "baseCurrencyNetAmount",
    },
    "PaymentModel": {"companyName", "taxCode", "financialAccountCode"},
    "PaymentAppliedModel": {"refundId", "refund"},
    "AppEnrollmentModel": {"name"},
}  # fmt: skip
"""What newer clients read, beside what the public Python client knows."""


def _vendors(model: str) -> set[str]:
    found = getattr(importlib.import_module(f"lockstep.models.{model.lower()}"), model)
    return {item.name for item in fields(found)}


@pytest.mark.parametrize(
    ("resource", "model"),
    [
        (COMPANY, "CompanyModel"), (CONTACTS, "ContactModel"), (INVOICE, "InvoiceModel"), (LINE, "InvoiceLineModel"),
        (PAYMENTS, "PaymentModel"), (PAYMENT_APPLICATION, "PaymentAppliedModel"),
        (CREDIT_MEMO_APPLICATION, "CreditMemoAppliedModel"), (VALUE, "CustomFieldValueModel"),
        (ENROLLMENTS, "AppEnrollmentModel"),
    ],
)  # fmt: skip
def test_read_model_has_the_fields_of_the_public_client(resource: Resource, model: str) -> None:
    ours = [item.name for item in resource.properties] + list(resource.absent)

    assert len(ours) == len(set(ours))
    assert set(ours) == _vendors(model) | MORE.get(model, set())


def test_nested_models_have_the_fields_of_the_public_client(loaded: Tenant, ask: Ask) -> None:
    record = _records(ask, "Invoices", filter="erpKey = I1", include="Payments,CreditMemos,CustomFields")[0]

    assert {item.name for item in PLACES[0].properties} == _vendors("InvoiceAddressModel")
    assert {item.name for item in DEFINITION} == _vendors("CustomFieldDefinitionModel")
    assert set(record["payments"][0]) == _vendors("InvoicePaymentDetailModel")
    assert set(record["creditMemos"][0]) == _vendors("CreditMemoInvoiceModel")
    assert set(record["customFieldDefinitions"][0]) == _vendors("CustomFieldDefinitionModel")


# --- Values -------------------------------------------------------------------------------------------------------


def test_invoice_is_read_back_as_it_was_given(loaded: Tenant, ask: Ask) -> None:
    record = _records(ask, "Invoices", filter="erpKey = 'I1'")[0]

    given = ["I1", "10482", "AR Invoice", "Open", "DKK", "PO-1", "to check", "Nordic Pumps A/S"]
    assert given == _picked(
        record, "erpKey", "referenceCode", "invoiceTypeCode", "invoiceStatusCode", "currencyCode", "purchaseOrderCode",
        "workflowStatusNotes", "customerName",
    )  # fmt: skip
    assert _picked(record, "invoiceDate", "paymentDueDate", "discountDate") == ["2026-03-15", "2026-04-14", None]
    assert record["importedDate"] == "2026-03-15T10:00:00Z"
    assert _picked(record, "inDispute", "isVoided", "isEInvoice", "excludeFromAging") == [True, False, False, False]
    assert _picked(record, "discountAmount", "baseCurrencyTotalAmount", "currencyRate") == [0, 0, 1]
    assert record["created"].endswith("Z")
    assert _picked(record, "lines", "addresses", "payments", "customer", "customFieldValues", "notes") == [None] * 6


def test_amounts_keep_their_digits_on_the_wire(loaded: Tenant) -> None:
    address = "/api/v1/Invoices/query?filter=erpKey+%3D+I1&include=Lines,Addresses"
    text = client_of(loaded).get(address).content.decode()

    for piece in ('"totalAmount":1250.10,', '"salesTaxAmount":250.0200,', '"outstandingBalanceAmount":1.10,',
                  '"unitPrice":0.3333333333,', '"quantity":2.50,', '"latitude":56.162900,'):  # fmt: skip
        assert piece in text


def test_credit_memo_is_given_back_with_the_sign_it_came_with(loaded: Tenant, ask: Ask) -> None:
    record = _records(ask, "Invoices", filter="outstandingBalanceAmount < 0")[0]

    assert _picked(record, "erpKey", "totalAmount", "outstandingBalanceAmount", "invoiceTypeCode") == [
        "M1", Decimal("-50.50"), Decimal("-20.00"), "AR Credit Memo",
    ]  # fmt: skip


def test_company_and_contact_are_read_back_as_they_were_given(loaded: Tenant, ask: Ask) -> None:
    company, group, top, own = _records(ask, "Companies", order="erpKey")
    person = _records(ask, "Contacts", filter="erpKey = P1")[0]

    assert _picked(company, "companyName", "city", "postalCode", "country", "taxId", "emailAddress", "address1") == [
        "Nordic Pumps A/S", "Århus", "08000", "DK", "DK12345674", "a@nordic.example", "1 High Street",
    ]  # fmt: skip
    types = [record["companyType"] for record in (company, group, top, own)]
    assert types == ["Customer", "CustomerVendor", "Vendor", "Company"]
    assert [record["isActive"] for record in (company, group, top, own)] == [True, True, False, True]
    assert company["companyIdentifiers"] == [{"type": "LEI", "value": "5493"}]
    assert company["parentCompanyId"] == group["companyId"]
    assert {record["enterpriseId"] for record in (company, group, top)} == {top["companyId"]}
    assert own["enterpriseId"] == own["companyId"]
    assert company["primaryContactId"] == person["contactId"]
    assert _picked(person, "contactName", "title", "roleCode", "emailAddress", "phone", "countryCode", "companyId") == [
        "Anna Holm", "Accountant", "PAYER", "anna@nordic.example", "+45 1", "DK", company["companyId"],
    ]  # fmt: skip


def test_companies_in_a_circle_are_each_their_own_enterprise(loaded: Tenant, ask: Ask) -> None:
    with scope(loaded.pk):
        Account.objects.filter(erp_key="C3").update(parent=Account.objects.get(erp_key="C1"))

    companies = _records(ask, "Companies", filter="erpKey IN (C1, C2, C3)")

    assert [company["enterpriseId"] == company["companyId"] for company in companies] == [True] * 3


def test_payment_and_what_it_paid_are_read_back(loaded: Tenant, ask: Ask) -> None:
    payment = _records(ask, "Payments", include="applications")[0]
    first, second = _records(ask, "payments-applied", include="Invoice,Payment,Refund", order="entryNumber")

    assert _picked(payment, "paymentAmount", "unappliedAmount", "isOpen", "paymentDate", "postDate", "companyName") == [
        Decimal("1300.00"), Decimal("51.00"), True, "2026-04-10", "2026-04-11", "Nordic Pumps A/S",
    ]  # fmt: skip
    assert [item["paymentAppliedAmount"] for item in payment["applications"]] == [Decimal("1149.00"), Decimal("100.00")]
    assert _picked(first, "erpKey", "entryNumber", "applyToInvoiceDate", "paymentId") == [
        "A1", 1, "2026-04-10", payment["paymentId"],
    ]  # fmt: skip
    assert (first["invoice"]["erpKey"], second["invoice"]["erpKey"]) == ("I1", "I2")
    assert (first["payment"]["erpKey"], first["refund"]) == ("Y1", None)


def test_credit_memo_application_names_both_documents(loaded: Tenant, ask: Ask) -> None:
    record = _records(ask, "credit-memos-applied", include="Invoice,CreditMemoInvoice,Notes,CustomFields")[0]

    assert _picked(record, "creditMemoAppliedAmount", "entryNumber", "notes", "customFieldValues") == [
        Decimal("30.50"), 1, [], [],
    ]  # fmt: skip
    assert (record["invoice"]["erpKey"], record["creditMemoInvoice"]["erpKey"]) == ("I1", "M1")
    assert record["creditMemoInvoiceId"] == record["creditMemoInvoice"]["invoiceId"]


def test_custom_field_values_are_found_by_record_and_definition(loaded: Tenant, ask: Ask) -> None:
    company = _records(ask, "Companies", filter="erpKey = C1", include="CustomFields")[0]
    region = str(definition_uuid("Company", "Region"))
    by_label = _records(ask, "CustomFieldValues", filter="customFieldLabel = region", order="tableKey")
    score = _records(ask, "CustomFieldValues", filter="dataType = number", include="customFieldDefinition")[0]
    status, one = ask(f"CustomFieldValues/{region}/{company['companyId']}")

    assert [value["value"] for value in by_label] == ["North", "South"]
    assert _records(ask, "CustomFieldValues", filter=f"customFieldDefinitionId = {region}") == by_label[:1]
    assert _records(ask, "CustomFieldValues", filter=f"recordKey = {company['companyId']}") == by_label[:1]
    assert company["customFieldValues"] == by_label[:1]
    assert company["customFieldDefinitions"][0]["customFieldDefinitionId"] == region
    assert _picked(score, "numericValue", "value", "dataType", "tableKey") == [
        Decimal("12.50"),
        None,
        "Number",
        "Invoice",
    ]
    assert score["customFieldDefinition"]["customFieldLabel"] == "Score"
    assert (status, one) == (200, by_label[0])
    assert ask(f"CustomFieldValues/{company['companyId']}/{region}")[0] == 404
    assert ask("CustomFieldValues/x/y")[0] == 404


def test_enrollments_are_the_sources(loaded: Tenant, ask: Ask) -> None:
    with scope(loaded.pk):
        other = Ledger.objects.create(name="Other")
        first = Source.objects.create(name="ERP", kind=Source.Kind.CONNECTION, ledger=other)
        Source.objects.create(name="A second one", kind=Source.Kind.API, ledger=other)
        Account.objects.create(ledger=other, erp_key="C9", number="C9", name="Elsewhere", kind="customer")
    wanted = str(uuid_of(Kind.APP_ENROLLMENT, first.pk))
    asked = ",".join(ENROLLMENTS.collections)

    record = _records(ask, "AppEnrollments", filter=f"appEnrollmentId = {wanted}", include=asked)[0]
    fed = _records(ask, "AppEnrollments", filter="name = 'uploaded files'", include=asked)[0]
    company = _records(ask, "Companies", filter="erpKey = C9")[0]

    assert _picked(record, "name", "isActive", "lastSync", "customFieldValues") == ["ERP", True, None, []]
    assert fed["lastSync"]["statusCode"] == "Success"
    assert fed["lastSuccessfulSync"] == fed["lastSync"]
    assert (record["app"]["description"], record["app"]["appId"]) == ("ERP", record["appId"])
    assert company["appEnrollmentId"] == wanted
    assert _records(ask, "Companies", filter="erpKey = C1")[0]["appEnrollmentId"] is None


def test_addresses_of_invoices_and_lines_are_records(loaded: Tenant, ask: Ask) -> None:
    invoice = _records(ask, "Invoices", filter="erpKey = I1", include="Addresses,Lines")[0]
    found = _records(ask, "invoice-addresses")
    by_city = _records(ask, "invoice-addresses", order="city DESC", pageSize="2")
    line = next(line for line in invoice["lines"] if line["erpKey"] == "L10")

    assert sorted(address["city"] for address in found) == ["Ribe", "Skagen", "Århus"]
    assert [address["city"] for address in by_city] == ["Århus", "Skagen"]
    assert [address["city"] for address in invoice["addresses"]] == ["Århus", "Skagen", "Ribe"]
    assert invoice["primaryBillToAddressId"] == invoice["addresses"][0]["invoiceAddressId"]
    assert (invoice["primaryOriginAddressId"], line["overrideOriginAddressId"]) == (None, None)
    assert line["overrideShipToAddressId"] == invoice["addresses"][2]["invoiceAddressId"]
    for address in found:
        assert ask(f"invoice-addresses/{address['invoiceAddressId']}") == (200, address)
        assert _records(ask, "invoice-addresses", filter=f"invoiceAddressId={address['invoiceAddressId']}") == [address]
        assert address["invoiceId"] == invoice["invoiceId"]
    assert _records(ask, "invoice-addresses", filter="latitude > 56 AND city STARTSWITH 'å'") == by_city[:1]
    assert ask("invoice-addresses/query", filter="city = nowhere")[1]["totalCount"] == 0
    by_line = f"overrideShipToAddressId = {line['overrideShipToAddressId']}"
    assert [item["erpKey"] for item in _records(ask, "invoice-lines", filter=by_line)] == ["L10"]
    assert [item["erpKey"] for item in _records(ask, "invoices", filter="primaryBillToAddressId IS NOT NULL")] == ["I1"]


def test_addresses_are_ordered_and_filtered_where_no_place_has_any(loaded: Tenant, ask: Ask) -> None:
    company = uuid_of(Kind.COMPANY, 1)

    for asked in ({"filter": f"invoiceAddressId = {company}"}, {"filter": "line3 IS NOT NULL"}):
        status, body = ask("invoice-addresses/query", order="city, latitude desc, invoiceId", **asked)
        assert (status, body["records"], body["totalCount"]) == (200, [], 0)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (None, None), ("", None), ("{", None), ('{"a": 1.10}', [{"a": Decimal("1.10")}]), ("[1, [2]]", [1, [2]]),
        ("NaN", None), ("[NaN]", [None]), ("[" * 21 + "]" * 21, None), ("[" * 5_000 + "]" * 5_000, None),
    ],
)  # fmt: skip
def test_list_kept_as_json_is_read(text: str | None, read: Any) -> None:
    assert as_list(text) == read


# --- Collections --------------------------------------------------------------------------------------------------


def test_invoice_comes_with_everything_that_is_asked_for(loaded: Tenant, ask: Ask) -> None:
    everything = ",".join(INVOICE.collections).upper()

    record = _records(ask, "Invoices", filter="erpKey = I1", include=everything)[0]

    assert [line["lineNumber"] for line in record["lines"]] == ["2", "10"]
    assert [(item["paymentAppliedAmount"], item["paymentAmount"]) for item in record["payments"]] == [
        (Decimal("1149.00"), Decimal("1300.00"))
    ]
    assert [(item["referenceCode"], item["totalAmount"]) for item in record["creditMemos"]] == [
        ("90017", Decimal("-50.50"))
    ]
    assert (record["company"]["companyName"], record["customer"]["companyName"]) == ("Acme A/S", "Nordic Pumps A/S")
    assert record["customerPrimaryContact"]["contactName"] == "Anna Holm"
    assert sorted(value["customFieldLabel"] for value in record["customFieldValues"]) == ["Region", "Score"]
    assert _picked(record, "notes", "attachments", "workflowStatuses", "hasPdf") == [[], [], [], False]


def test_company_comes_with_everything_that_is_asked_for(loaded: Tenant, ask: Ask) -> None:
    record = _records(ask, "Companies", filter="erpKey = C1", include=",".join(COMPANY.collections))[0]

    assert [item["contactName"] for item in record["contacts"]] == ["Anna Holm", "Bo"]
    assert [item["erpKey"] for item in record["invoices"]] == ["I1", "I2", "M1"]
    assert _picked(record, "notes", "attachments", "companyClassificationCodeDefinition") == [[], [], None]


def test_more_than_an_answer_holds_is_refused(loaded: Tenant, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.sage_network.read.includes.MOST_INCLUDED", 2)

    status, body = ask("Invoices/query", include="lines")

    assert (status, body["detail"]) == (
        400, "Expected at most 2 lines with one page, found more. Ask for smaller pages.",
    )  # fmt: skip


def test_query_that_takes_too_long_is_given_up(loaded: Tenant, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.sage_network.read.patience.MOST_MILLISECONDS", 1)

    status, body = ask("Invoices/query", filter=" AND ".join(["customerName CONTAINS x"] * 500))

    assert (status, body["detail"]) == (
        400, "Expected a query that is answered in 0.001 seconds, found one that takes longer. Ask for less.",
    )  # fmt: skip


def test_filter_of_ten_thousand_clauses_is_refused_in_a_sentence(loaded: Tenant, ask: Ask) -> None:
    status, body = ask("Invoices/query", filter=" OR ".join(["totalAmount > 1"] * 10_000))

    assert (status, body["errors"]) == (
        400, {"filter": ["Expected at most 32,768 characters in the filter, found 189,996."]},
    )  # fmt: skip


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=RESOURCES)
def test_page_takes_as_many_queries_whatever_its_size(loaded: Tenant, resource: Resource) -> None:
    asked = {"include": ",".join(resource.collections)}
    with scope(loaded.pk):
        few = _queries(lambda: query(resource, loaded, {**asked, "pagesize": "1"}))
        many = _queries(lambda: query(resource, loaded, asked))

    assert max(few, many) <= 15


def test_page_of_addresses_takes_as_many_queries_whatever_its_size(loaded: Tenant) -> None:
    with scope(loaded.pk):
        few = _queries(lambda: query_addresses(loaded, {"pagesize": "1"}))
        many = _queries(lambda: query_addresses(loaded, {}))

    assert max(few, many) <= 6


def _queries(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def test_include_leaves_nothing_out_for_records_without_any(loaded: Tenant) -> None:
    with scope(loaded.pk):
        records = list(INVOICE.rows().filter(erp_key="M1"))
        found = INVOICE.describe(records, Context(loaded))
        include(INVOICE, INVOICE.collections, records, found, Context(loaded))

    assert [found[0][key] for key in ("lines", "payments", "creditMemos", "customFieldValues", "addresses")] == [[]] * 5


# --- Pages, paths and who may ask ---------------------------------------------------------------------------------


def test_pages_count_from_zero_and_do_not_overlap(loaded: Tenant, ask: Ask) -> None:
    pages = [
        ask("Invoices/query", pageSize="2", pageNumber=str(number), order="currencyCode")[1] for number in range(3)
    ]

    assert [[record["erpKey"] for record in page["records"]] for page in pages] == [["I1", "I2"], ["M1"], []]
    assert [_picked(page, "totalCount", "pageSize", "pageNumber") for page in pages] == [
        [3, 2, 0],
        [3, 2, 1],
        [3, 2, 2],
    ]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("companies/query", 200), ("COMPANIES/Query/", 200), ("companies/{}", 200), ("Companies/{}/", 200),
     ("companies/x", 404), ("companies/00000000-0002-8000-8000-ffffffffffff", 404), ("contacts/{}", 404),
     ("companies", 404), ("nothing/query", 404), ("", 404)],
)  # fmt: skip
def test_paths_are_found_in_any_case_with_and_without_a_slash(loaded: Tenant, ask: Ask, path: str, wanted: int) -> None:
    company = _records(ask, "Companies", filter="erpKey = C1")[0]

    status, body = ask(path.format(company["companyId"]))

    assert status == wanted
    if wanted == 404:
        assert _picked(body, "status", "title", "instance") == [
            404, "Not Found", f"/api/v1/{path.format(company['companyId'])}",
        ]  # fmt: skip


@pytest.mark.parametrize("path", [*RESOURCES, "invoice-addresses", "CustomFieldValues"])
def test_every_record_is_retrieved_by_its_uuid(loaded: Tenant, ask: Ask, path: str) -> None:
    records = _records(ask, path)

    assert records
    for record in records:
        uuid = next(iter(record.values()))
        ids = f"{record['customFieldDefinitionId']}/{record['recordKey']}" if path == "CustomFieldValues" else uuid
        assert ask(f"{path}/{ids}") == (200, record)


def test_wrong_query_says_what_is_wrong_in_every_field_a_client_reads(loaded: Tenant, ask: Ask) -> None:
    sentence = "Expected AND, OR or the end at character 11 of the filter, found “b”."

    status, body = ask("Companies/query", filter="city = 'a'b = 1")

    assert (status, body) == (
        400,
        {
            "type": "about:blank", "title": "Bad Request", "status": 400, "instance": "/api/v1/Companies/query",
            "detail": f"InvalidToken. filter: {sentence}", "errors": {"filter": [sentence]},
        },
    )  # fmt: skip


def test_method_that_is_not_served_is_refused_as_json(loaded: Tenant, ask: Ask) -> None:
    response = client_of(loaded, "read", "write").delete("/api/v1/Companies/query")

    assert (response.status_code, response["Allow"]) == (405, "GET")
    assert response.json()["detail"] == "Expected GET here, found DELETE."


def test_nobody_reads_without_a_key() -> None:
    response = Client().get("/api/v1/Companies/query")

    assert (response.status_code, response.json()["status"]) == (401, 401)


def test_key_reads_what_its_scopes_name_and_no_collection_beyond(loaded: Tenant) -> None:
    ask = asker(loaded, "accounts:read")

    assert ask("Companies/query")[0] == 200
    assert ask("Invoices/query")[0] == 403
    assert ask("Companies/query", include="Invoices")[0] == 403
    assert ask("Companies/query", include="Notes")[0] == 200


@pytest.mark.parametrize("path", [*RESOURCES, "invoice-addresses", "CustomFieldValues"])
def test_another_tenant_sees_none_of_it(loaded: Tenant, ask: Ask, path: str) -> None:
    hidden = asker(create_tenant("hidden", name="Hidden"))
    records = _records(ask, path)
    ids = [next(iter(record.values())) for record in records]

    seen = hidden(f"{path}/query")[1]

    assert [record for record in seen["records"] if record in records] == []
    assert path == "appenrollments" or seen["totalCount"] == 0
    if path != "CustomFieldValues":
        assert {hidden(f"{path}/{uuid}")[0] for uuid in ids} == {404}
