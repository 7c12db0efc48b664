"""The vendor's public Python client against the running hub: nothing but its base URL is changed."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from lockstep.lockstep_api import LockstepApi

from arhub.domain import api_keys
from arhub.models import Account, Document, Tenant
from arhub.tenancy.scope import scope
from tests.ingestion.conftest import EXAMPLES

COMPANIES = (
    "companyName,erpKey,companyType,companyStatus,isActive,defaultCurrencyCode,address1,city,postalCode,country,"
    "parentCompanyErpKey,primaryContactErpKey\n"
    "Nordic Pumps A/S,C1,Customer,Active,True,DKK,1 High Street,Aarhus,08000,DK,OWN,P1\n"
    "Skagen Fisk ApS,C2,Customer,Active,True,DKK,2 Harbour Road,Skagen,09990,DK,OWN,P2\n"
    "Acme A/S,OWN,Company,Active,True,DKK,3 Low Street,Ribe,06760,DK,,\n"
)
CONTACTS = (
    "erpKey,contactName,title,roleCode,emailAddress,isActive,companyErpKey\n"
    "P1,Anna Holm,Owner,Payer,anna@nordic.example,True,C1\nP2,Bo Friis,Owner,Payer,bo@skagen.example,True,C2\n"
)
INVOICES = (
    "erpKey,referenceCode,invoiceTypeCode,invoiceStatusCode,currencyCode,totalAmount,outstandingBalanceAmount,"
    "invoiceDate,paymentDueDate,companyErpKey,customerErpKey\n"
    "I1,10481,Invoice,Closed,DKK,500.00,0,2026-01-07,2026-02-06,OWN,C1\n"
    "I2,10482,Invoice,Open,DKK,1250.10,1150.10,2026-02-07,2026-03-06,OWN,C1\n"
    "I3,10483,Invoice,Open,DKK,80,80,2026-03-07,2026-04-06,OWN,C2\n"
    "M1,90001,Credit Memo,Closed,DKK,-100,0,2026-02-10,2026-02-10,OWN,C1\n"
)
PAYMENTS = (
    "erpKey,paymentType,tenderType,isOpen,paymentDate,postDate,paymentAmount,unappliedAmount,currencyCode,companyErpKey\n"
    "Y1,Cash,Check,False,2026-02-05,2026-02-05,500.00,0,DKK,C1\n"
)
APPLIED = (
    "erpKey,entryNumber,applyToInvoiceDate,paymentAppliedAmount,invoiceErpKey,paymentErpKey\n"
    "A1,1,2026-02-05T00:00:00,500.00,I1,Y1\n"
)
CREDITED = (
    "erpKey,entryNumber,applyToInvoiceDate,creditMemoAppliedAmount,invoiceErpKey,creditMemoInvoiceErpKey\n"
    "R1,1,2026-02-10T00:00:00,100,I2,M1\n"
)
SIX = {
    "company": COMPANIES, "contact": CONTACTS, "invoice": INVOICES, "payment": PAYMENTS, "paymentapplied": APPLIED,
    "creditmemoapplied": CREDITED,
}  # fmt: skip
ENDED = {"Success", "Failed", "Cancelled"}
POLLS, BETWEEN_SECONDS = 400, 0.25


@pytest.fixture
def sdk(hub: str, acme: Tenant) -> LockstepApi:
    with scope(acme.pk):
        return _client(hub, api_keys.make("SDK", ["read", "write"])[1])


def _client(hub: str, key: str) -> LockstepApi:
    client = LockstepApi(hub, "hub tests")
    client.with_api_key(key)
    return client


def _upload(sdk: LockstepApi, folder: Path, *, full: bool = False, **files: str) -> Any:
    """Send the CSVs as a ZIP, and wait for what becomes of them."""
    packed = folder / "sync.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.csv", text)
    return _ended(sdk, sdk.sync.upload_sync_file(None, full, str(packed)))


def _ended(sdk: LockstepApi, sent: Any) -> Any:
    assert (sent.success, sent.status_code, sent.error) == (True, 200, None)
    for _ in range(POLLS):
        told = sdk.sync.retrieve_sync(sent.value.syncRequestId, "Details")
        assert told.success, told.error
        if told.value.statusCode in ENDED:
            return told.value
        time.sleep(BETWEEN_SECONDS)
    pytest.fail(f"The sync did not end: it is {told.value.statusCode}.")


def _counts(sync: Any) -> dict[str, tuple[int, ...]]:
    """Entity → inserted, updated, skipped, with errors."""
    names = ("insertCount", "updateCount", "skipCount", "errorCount")
    return {entity: tuple(found[name] for name in names) for entity, found in sync.details.items()}


def test_ping_tells_who_calls(sdk: LockstepApi, hub: str) -> None:
    known, stranger = sdk.status.ping(), LockstepApi(hub, "hub tests").status.ping()

    assert (known.success, known.value.loggedIn, known.value.userName) == (True, True, "SDK")
    assert (stranger.success, stranger.value.loggedIn) == (True, False)


def test_upload_again_partial_and_broken(sdk: LockstepApi, acme: Tenant, tmp_path: Path) -> None:
    first = _upload(sdk, tmp_path, **SIX)
    again = _upload(sdk, tmp_path, **SIX)
    partial = _upload(sdk, tmp_path, company=COMPANIES.replace("Nordic Pumps A/S", "Nordic Pumps Holding A/S"))
    broken = _upload(
        sdk,
        tmp_path,
        invoice=INVOICES
        + "I4,10484,Invoice,Open,DKK,abc,5,2026-03-07,2026-04-06,OWN,C2\n"
        + "I5,10485,Invoice,Open,DKK,5,5,2026-03-07,2026-04-06,OWN,C9\n"
        + "I6,10486,Invoice,Open,DKK,5,5,2026-03-07,2026-04-06,OWN,C2\n",
    )

    sizes = {"Company": 3, "Contact": 2, "Invoice": 4, "Payment": 1, "PaymentApplied": 1, "CreditMemoApplied": 1}
    assert [sync.statusCode for sync in (first, again, partial, broken)] == ["Success"] * 4
    assert _counts(first) == {entity: (size, 0, 0, 0) for entity, size in sizes.items()}
    assert _counts(again) == {entity: (0, 0, size, 0) for entity, size in sizes.items()}
    assert _counts(partial) == {"Company": (0, 1, 2, 0)}
    assert _counts(broken) == {"Invoice": (1, 0, 4, 2)}
    errors = broken.details["Invoice"]["errors"]
    assert errors["I4"] == ["totalAmount: expected an amount like 1234.50, found 'abc'"]
    assert errors["I5"][0].startswith("customerErpKey: expected the key or number of one account")
    assert set(errors) == {"I4", "I5"}
    with scope(acme.pk):
        assert Account.objects.get(erp_key="C1").name == "Nordic Pumps Holding A/S"
        assert set(Document.objects.values_list("erp_key", flat=True)) == {"I1", "I2", "I3", "M1", "I6"}


def test_queries_filter_order_include_and_page(sdk: LockstepApi, tmp_path: Path) -> None:
    _upload(sdk, tmp_path, **SIX)

    pages = [
        sdk.invoices.query_invoices("invoiceStatusCode = 'Open'", None, "totalAmount DESC", 1, number).value
        for number in (0, 1, 2)
    ]
    assert [[invoice.referenceCode for invoice in page.records] for page in pages] == [["10482"], ["10483"], []]
    assert [(page.totalCount, page.pageSize, page.pageNumber) for page in pages] == [(2, 1, 0), (2, 1, 1), (2, 1, 2)]

    wanted = "referenceCode = '10482' OR referenceCode = '10481'"
    found = sdk.invoices.query_invoices(wanted, "Customer,Payments,CreditMemos", "referenceCode", 10, 0).value.records
    assert [invoice.totalAmount for invoice in found] == [500, 1250.1]
    assert [invoice.customer["companyName"] for invoice in found] == ["Nordic Pumps A/S"] * 2
    assert [payment["paymentAppliedAmount"] for payment in found[0].payments] == [500]
    assert [memo["creditMemoAppliedAmount"] for memo in found[1].creditMemos] == [100]

    one = sdk.invoices.retrieve_invoice(found[0].invoiceId, None)
    assert (one.success, one.value.erpKey, one.value.customer) == (True, "I1", None)


def test_every_kind_of_record_is_read_back(sdk: LockstepApi, tmp_path: Path) -> None:
    _upload(sdk, tmp_path, **SIX)

    queries = {
        "C1": sdk.companies.query_companies, "P1": sdk.contacts.query_contacts, "I1": sdk.invoices.query_invoices,
        "Y1": sdk.payments.query_payments, "A1": sdk.paymentsApplied.query_payments_applied,
        "R1": sdk.creditMemosApplied.query_credit_memos_applied,
    }  # fmt: skip
    answers = {key: query(f"erpKey eq '{key}'", None, "erpKey asc", 5, 0) for key, query in queries.items()}
    assert {key: [one.erpKey for one in answer.value.records] for key, answer in answers.items()} == {
        key: [key] for key in queries
    }
    ids = {UUID(one.groupKey) for answer in answers.values() for one in answer.value.records}
    assert len(ids) == 1
    assert sdk.appEnrollments.query_app_enrollments(None, None, None, None, None).success


def test_batch_of_a_plain_dict_is_taken_in(sdk: LockstepApi, acme: Tenant) -> None:
    company = {"erpKey": "C1", "companyName": "Nordic Pumps A/S", "companyType": "Customer", "isActive": True}
    invoice = {"erpKey": "I1", "companyErpKey": "C1", "customerErpKey": "C1", "totalAmount": 1250.10}
    body = {"isFullSync": False, "companies": [company], "invoices": [invoice], "contacts": None, "payments": []}

    sync = _ended(sdk, sdk.sync.create_batch_import(body))

    assert (sync.statusCode, _counts(sync)) == ("Success", {"Company": (1, 0, 0, 0), "Invoice": (1, 0, 0, 0)})
    assert sdk.invoices.query_invoices(None, None, None, None, None).value.records[0].totalAmount == 1250.1


def test_sync_that_waits_for_its_other_batch_is_cancelled(sdk: LockstepApi) -> None:
    body = {"currentBatch": 1, "totalBatches": 2, "companies": [{"erpKey": "C1", "companyName": "Nordic Pumps A/S"}]}
    sent = sdk.sync.create_batch_import(body).value

    cancelled = sdk.sync.cancel_sync(sent.syncRequestId)
    listed = sdk.sync.query_syncs("statusCode = 'Cancelled'", "Details", "created DESC", 1, 0).value

    assert (sent.statusCode, cancelled.success, cancelled.value.statusCode) == ("Ready", True, "Cancelled")
    assert [(one.syncRequestId, one.statusCode) for one in listed.records] == [(sent.syncRequestId, "Cancelled")]


def test_errors_are_answers_the_client_can_read(sdk: LockstepApi, hub: str, tmp_path: Path) -> None:
    no_zip = tmp_path / "sync.zip"
    no_zip.write_text("PK no zip")
    nobody = "11111111-1111-1111-1111-111111111111"
    answers = {
        "key": _client(hub, "ARH-wrong").invoices.query_invoices(None, None, None, 1, 0),
        "upload with the key": _client(hub, "ARH-wrong").sync.upload_sync_file(None, False, str(no_zip)),
        "id": sdk.invoices.retrieve_invoice(nobody, None),
        "sync": sdk.sync.retrieve_sync(nobody, "Details"),
        "address": sdk.notes.query_notes(None, None, None, 1, 0),
        "method": sdk.sync.update_sync(nobody, {}),
        "filter": sdk.invoices.query_invoices("colour = 'red'", None, None, 1, 0),
        "file": sdk.sync.upload_sync_file(None, False, str(no_zip)),
        "enrollment": sdk.sync.create_sync({"appEnrollmentId": nobody}),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "key": 401, "upload with the key": 401, "id": 404, "sync": 404, "address": 404, "method": 405, "filter": 400,
        "file": 400, "enrollment": 400,
    }  # fmt: skip
    assert not any(answer.success for answer in answers.values())
    assert [answer.error.status for answer in answers.values()] == [answer.status_code for answer in answers.values()]
    assert answers["key"].error.detail == "The API key is not known."
    assert "Expected a field at character 1 of the filter" in answers["filter"].error.detail


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"the example sheets are not at {EXAMPLES.name}/")
def test_example_sheets_of_the_vendor_are_taken_in_and_queried(sdk: LockstepApi, tmp_path: Path) -> None:
    sheets = {name: _as_csv(EXAMPLES / f"{name}.xlsx") for name in SIX}

    first, again = _upload(sdk, tmp_path, **sheets), _upload(sdk, tmp_path, **sheets)

    sizes = {"Company": 22, "Contact": 21, "Invoice": 2121, "Payment": 1318, "PaymentApplied": 1318,
             "CreditMemoApplied": 21}  # fmt: skip
    assert _counts(first) == {entity: (size, 0, 0, 0) for entity, size in sizes.items()}
    assert _counts(again) == {entity: (0, 0, size, 0) for entity, size in sizes.items()}
    page = sdk.invoices.query_invoices("invoiceDate < 2021 AND totalAmount > 2000", "Customer", "erpKey", 500, 0).value
    assert page.totalCount == len(page.records) > 0
    assert all(one.totalAmount > 2000 and one.customer["companyName"] for one in page.records)


def _as_csv(path: Path) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True))
    return text.getvalue()
