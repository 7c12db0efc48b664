"""Uploads of the Sage Network API: taken in by the engine, told as sync requests."""

from __future__ import annotations

import io
import json
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from arhub.domain import api_keys
from arhub.models import Account, Document, Ledger, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import runs
from ingestion.sage_network.ids import Kind, uuid_of

COMPANIES = "erpKey,companyName,companyType,isActive\nC1,One,Customer,True\nC2,Two,Customer,True\n"
INVOICES = "erpKey,companyErpKey,customerErpKey,referenceCode,totalAmount,currencyRate\nI1,C1,C1,10482,1250.10,1\n"


def packed(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.csv", text)
    return content.getvalue()


@pytest.fixture
def client(tenant: Tenant) -> Client:
    with scope(tenant.pk):
        text = api_keys.make("SDK", ["read", "write"])[1]
    return Client(headers={"Api-Key": text})


def upload(client: Client, content: bytes, query: str = "", part: str = "files") -> Any:
    return client.post(f"/api/v1/Sync/zip{query}", {part: SimpleUploadedFile("sync.zip", content)})


def work(client: Client, response: Any) -> dict[str, Any]:
    """Have a worker do what is due, and ask again with details."""
    while claimed := runs.claim():
        runs.work(*claimed)
    return client.get(f"/api/v1/Sync/{response.json()['syncRequestId']}?include=Details").json()


def numbers(details: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    names = ("insertCount", "updateCount", "skipCount", "errorCount")
    return {entity: tuple(found[name] for name in names) for entity, found in details.items()}


def test_zip_is_taken_in_and_told_entity_by_entity(tenant: Tenant, client: Client) -> None:
    ready = upload(client, packed(company=COMPANIES, invoice=INVOICES))
    done = work(client, ready)

    assert (ready.status_code, ready.json()["statusCode"], ready.json()["runFullSync"]) == (200, "Ready", False)
    assert done["statusCode"] == "Success"
    assert done["processResultMessage"] == "3 inserted, 0 updated, 0 unchanged, 0 invalid."
    assert numbers(done["details"]) == {"Company": (2, 0, 0, 0), "Invoice": (1, 0, 0, 0)}
    with scope(tenant.pk):
        assert Document.objects.get(erp_key="I1").total_amount == Decimal("1250.10")


def test_same_again_changes_nothing_and_errors_stand_under_their_keys(client: Client) -> None:
    work(client, upload(client, packed(company=COMPANIES, invoice=INVOICES)))
    again = work(client, upload(client, packed(company=COMPANIES)))
    broken = work(client, upload(client, packed(invoices=INVOICES + "I2,C1,C9,2,5,1\nI3,C1,C1,3,abc,1\n")))

    assert numbers(again["details"]) == {"Company": (0, 0, 2, 0)}
    assert (broken["statusCode"], numbers(broken["details"])) == ("Success", {"Invoice": (0, 0, 1, 2)})
    errors = broken["details"]["Invoice"]["errors"]
    assert errors["I3"] == ["totalAmount: expected an amount like 1234.50, found 'abc'"]
    assert errors["I2"][0].startswith("customerErpKey: expected the key or number of one account")


@pytest.mark.parametrize("part", ["files", "file", "File", "anything"])
def test_file_counts_whatever_its_part_is_called(client: Client, part: str) -> None:
    assert work(client, upload(client, packed(company=COMPANIES), part=part))["statusCode"] == "Success"


@pytest.mark.parametrize("path", ["/api/v1/Sync/zip", "/api/v1/sync/zip/", "/API/V1/SYNC/ZIP"])
def test_path_has_no_case_and_no_redirect(client: Client, path: str) -> None:
    response = client.post(path, {"files": SimpleUploadedFile("sync.zip", packed(company=COMPANIES))})

    assert response.status_code == 200


def test_body_without_a_boundary_is_read_by_its_first_line(client: Client) -> None:
    content = packed(company=COMPANIES)
    body = b'--axios-1\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + content + b"\r\n--axios-1--\r\n"
    response = client.post("/api/v1/Sync/zip", body, content_type="application/x-www-form-urlencoded")

    assert numbers(work(client, response)["details"]) == {"Company": (2, 0, 0, 0)}


@pytest.mark.parametrize("spelled", [str, lambda name: name[0].upper() + name[1:]])
def test_batch_is_taken_in_in_either_spelling(tenant: Tenant, client: Client, spelled: Any) -> None:
    company = {"erpKey": "C1", "companyName": "One", "companyType": "Customer", "isActive": True}
    invoice = {"erpKey": "I1", "companyErpKey": "C1", "customerErpKey": "C1", "totalAmount": 1250.10, "currencyRate": 1}
    body = {
        spelled("isFullSync"): False,
        spelled("appEnrollmentId"): None,
        spelled("invoices"): [{spelled(name): value for name, value in invoice.items()}],
        spelled("companies"): [{spelled(name): value for name, value in company.items()}],
        spelled("contacts"): None,
        spelled("payments"): [],
    }
    done = work(client, client.post("/api/v1/Sync/batch", body, content_type="application/json"))

    assert numbers(done["details"]) == {"Company": (1, 0, 0, 0), "Invoice": (1, 0, 0, 0)}
    with scope(tenant.pk):
        assert Document.objects.get().total_amount == Decimal("1250.1")


def test_financial_models_are_counted_as_skips_with_the_reason(client: Client) -> None:
    accounts = "code,erpKey,name\n1000,A1,Bank\n2000,A2,Sales\n"
    zipped = work(client, upload(client, packed(company=COMPANIES, FinancialAccounts=accounts)))
    alone = work(client, upload(client, packed(financialaccount=accounts)))
    batch = {"journalEntries": [{"journalId": 1}], "baseCurrencies": [{"baseCurrencyCode": "DKK"}]}
    listed = work(client, client.post("/api/v1/Sync/batch", batch, content_type="application/json"))

    assert numbers(zipped["details"]) == {"FinancialAccount": (0, 0, 2, 0), "Company": (2, 0, 0, 0)}
    assert numbers(alone["details"]) == {"FinancialAccount": (0, 0, 2, 0)}
    assert numbers(listed["details"]) == {"JournalEntry": (0, 0, 1, 0), "BaseCurrency": (0, 0, 1, 0)}
    assert alone["details"]["FinancialAccount"]["skips"] == {
        "": ["The hub keeps receivables; financial accounts and journals are not kept."]
    }
    assert [found["statusCode"] for found in (zipped, alone, listed)] == ["Success"] * 3


def test_parts_become_one_load_whatever_their_order(tenant: Tenant, client: Client) -> None:
    first = upload(client, packed(invoice=INVOICES), "?currentBatch=1&totalBatches=2")
    parent = first.json()["syncRequestId"]
    waiting = work(client, first)
    twice = upload(client, packed(company=COMPANIES), f"?currentBatch=1&totalBatches=2&parentSyncRequestId={parent}")
    second = upload(client, packed(company=COMPANIES), f"?currentBatch=2&totalBatches=2&parentSyncRequestId={parent}")
    done = work(client, second)
    late = upload(client, packed(company=COMPANIES), f"?currentBatch=2&totalBatches=2&parentSyncRequestId={parent}")

    assert (waiting["statusCode"], waiting["details"]) == ("Ready", None)
    assert (twice.status_code, late.status_code) == (400, 409)
    assert second.json()["syncRequestId"] == parent
    assert (done["statusCode"], done["currentBatch"], done["totalBatches"]) == ("Success", 2, 2)
    assert numbers(done["details"]) == {"Invoice": (1, 0, 0, 0), "Company": (2, 0, 0, 0)}


def test_companies_and_contacts_may_refer_to_each_other(tenant: Tenant, client: Client) -> None:
    contacts = "erpKey,companyErpKey,contactName,isActive\nP1,C1,Anna,True\n"
    companies = "erpKey,companyName,companyType,isActive,primaryContactErpKey,parentCompanyErpKey\nC1,One,Customer,True,P1,C2\nC2,Two,Customer,True,,\n"  # noqa: E501
    work(client, upload(client, packed(contact=contacts, company=companies)))

    with scope(tenant.pk):
        account = Account.objects.select_related("primary_contact", "parent").get(erp_key="C1")
        assert (account.primary_contact.name, account.parent.name) == ("Anna", "Two")


def test_full_sync_marks_what_it_leaves_out(tenant: Tenant, client: Client) -> None:
    more = "".join(f"D{n},More {n},Customer,True\n" for n in range(10))
    work(client, upload(client, packed(company=COMPANIES + more)))
    left_out = packed(company=(COMPANIES + more).replace("C2,Two", "C3,Three"))
    full = work(client, upload(client, left_out, "?isFullSync=True"))
    too_much = work(client, upload(client, packed(company=COMPANIES), "?isFullSync=true"))

    with scope(tenant.pk):
        missing = Account.objects.filter(missing_at__isnull=False).values_list("erp_key", flat=True)
        assert (full["statusCode"], full["isFullSync"], list(missing)) == ("Success", True, ["C2"])
    assert (too_much["statusCode"], "20" in too_much["processResultMessage"]) == ("Failed", True)


def test_upload_goes_to_the_ledger_of_its_enrollment(tenant: Tenant, client: Client) -> None:
    with scope(tenant.pk):
        ledger = Ledger.objects.create(name="Intacct")
        source = Source.objects.create(name="Intacct", kind=Source.Kind.API, ledger=ledger)
    enrollment = uuid_of(Kind.APP_ENROLLMENT, source.pk)
    there = upload(client, packed(company=COMPANIES), f"?appEnrollmentId={enrollment}&isFullSync=False")
    work(client, there)
    work(client, upload(client, packed(company=COMPANIES), "?appEnrollmentId=None&isFullSync=None"))

    with scope(tenant.pk):
        found = Account.objects.order_by("ledger__name").values_list("ledger__name", "erp_key")
        assert list(found) == [("Intacct", "C1"), ("Intacct", "C2"), ("Main ledger", "C1"), ("Main ledger", "C2")]
    assert there.json()["appEnrollmentId"] == str(enrollment)


def test_sync_is_cancelled_while_it_waits(client: Client) -> None:
    sync = upload(client, packed(company=COMPANIES)).json()["syncRequestId"]
    cancelled = client.delete(f"/api/v1/Sync/{sync}").json()
    listed = client.get("/api/v1/Sync/query?filter=statusCode eq 'cancelled'&order=created desc&pageSize=1").json()

    assert cancelled["statusCode"] == "Cancelled"
    assert [one["syncRequestId"] for one in listed["records"]] == [sync]
    assert listed["totalCount"] == 1


def test_syncs_are_found_by_what_is_told_of_them(tenant: Tenant, client: Client) -> None:
    with scope(tenant.pk):
        ledger = Ledger.objects.create(name="Intacct")
        source = Source.objects.create(name="Intacct", kind=Source.Kind.API, ledger=ledger)
    enrollment = uuid_of(Kind.APP_ENROLLMENT, source.pk)
    done = upload(client, packed(company=COMPANIES))
    work(client, done)
    cancelled = upload(client, packed(company=COMPANIES), f"?appEnrollmentId={enrollment}")
    client.delete(f"/api/v1/Sync/{cancelled.json()['syncRequestId']}")
    upload(client, packed(company=COMPANIES))

    def told(**query: str) -> list[str]:
        records = client.get("/api/v1/Sync/query", query).json()["records"]
        return [record["statusCode"] for record in records]

    assert told(order="statusCode") == ["Cancelled", "Ready", "Success"]
    assert told(order="statusCode desc", filter="statusCode < 'Success'") == ["Ready", "Cancelled"]
    assert told(filter="statusCode STARTSWITH 'succ'") == told(filter="statusCode CONTAINS 'cess'") == ["Success"]
    assert told(filter="statusCode <> 'READY'", order="created") == ["Success", "Cancelled"]
    assert told(filter="appEnrollmentId IS NULL", order="created") == ["Success", "Ready"]
    assert told(filter="appEnrollmentId IS NOT NULL") == ["Cancelled"]


@pytest.mark.parametrize(
    ("content", "query", "status", "detail"),
    [
        (b"PK no zip", "", 400, "Expected a ZIP"),
        (b"", "", 400, "Expected a ZIP"),
        (packed(colours="a\n1\n"), "", 400, "The archive holds files whose names tell no type: colours.csv"),
        (packed(company=COMPANIES), "?appEnrollmentId=11111111-1111-1111-1111-111111111111", 400, "No AppEnrollment"),
        (packed(company=COMPANIES), "?isFullSync=maybe", 400, "Expected true or false in isFullSync"),
        (packed(company=COMPANIES), "?currentBatch=3&totalBatches=2", 400, "Expected currentBatch from 1"),
        (packed(company=COMPANIES), "?parentSyncRequestId=x", 400, "Expected currentBatch and totalBatches"),
    ],
)
def test_wrong_upload_is_told_as_a_problem(
    client: Client, content: bytes, query: str, status: int, detail: str
) -> None:
    response = upload(client, content, query)

    assert response.status_code == status
    problem = response.json()
    assert (problem["status"], problem["instance"]) == (status, "/api/v1/Sync/zip")
    assert problem["detail"].startswith(detail)


def test_wrong_batch_is_told_as_a_problem(client: Client) -> None:
    bodies = ["{", "[]", "{}", '{"colours": [{}]}', '{"companies": [' + "[" * 50_000 + "]}"]
    answers = [client.post("/api/v1/Sync/batch", body, content_type="application/json") for body in bodies]

    assert [response.status_code for response in answers] == [400] * len(bodies)
    assert all(set(response.json()) >= {"title", "status", "detail"} for response in answers)


def test_status_says_whether_the_caller_is_known(tenant: Tenant, client: Client) -> None:
    known, nobody = client.get("/api/v1/Status").json(), Client().get("/api/v1/status/").json()
    wrong = Client(headers={"ApiKey": "x"}).get("/api/v1/Status").json()

    assert (known["loggedIn"], known["userName"], known["roles"]) == (True, "SDK", ["Member"])
    assert (nobody["loggedIn"], nobody["errorMessage"]) == (False, "No API key was sent.")
    assert (wrong["loggedIn"], wrong["errorMessage"]) == (False, "The API key is not known.")


def test_upload_needs_a_key_that_may_write(tenant: Tenant) -> None:
    with scope(tenant.pk):
        reader = api_keys.make("Reader", ["read"])[1]
    answers = [upload(Client(headers=headers), packed(company=COMPANIES)) for headers in ({}, {"Api-Key": reader})]

    assert [response.status_code for response in answers] == [401, 403]
    assert [json.loads(response.content)["title"] for response in answers] == ["Unauthorized", "Forbidden"]
