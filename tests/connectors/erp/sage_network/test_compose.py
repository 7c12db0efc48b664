"""The bytes of a message: the same for the same records, wherever and whenever they are made."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from decimal import Decimal

import pytest

from connectors.base import RecordKey, Subject, Waits
from connectors.erp.sage_network.packing import as_form
from tests.connectors.erp.sage_network.conftest import CREDIT_MEMO, INVOICE, OWN, PAYMENT, PUMPS, connector_for

KNOWN: dict[RecordKey, dict[str, str]] = {
    key: {"networkId": f"id of {key[1]}"} for key in (OWN.key, PUMPS.key, INVOICE.key, CREDIT_MEMO.key)
}
ENROLLMENT = "00000000-000a-8000-8000-000000000001"


def _knowing(subject: Subject) -> Subject:
    return replace(subject, keys=KNOWN)


def _files(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def _compose(*subjects: Subject, **values: str) -> bytes:
    return connector_for("http://127.0.0.1", "ARH-secret", **values).compose("a1b2", list(subjects)).content


def test_zip_of_accounts_is_exactly_this() -> None:
    content = _compose(PUMPS, OWN)

    assert _files(content) == {
        "company.csv": (
            "erpKey,companyName,companyType,isActive,parentCompanyErpKey,primaryContactErpKey,defaultCurrencyCode,taxId,"
            "emailAddress,phoneNumber,address1,city,postalCode,country,modified,onMatchAction\r\n"
            "C-1,\"Nordic Pumps A/S, “Århus”\",CustomerVendor,true,OWN,P-1,DKK,DK12345674,post@pumps.example,"
            "+45 86 12 34 56,1 High Street,Aarhus,08000,DK,2026-03-01T09:30:00Z,0\r\n"
            "OWN,Acme A/S,Company,true,,,,,,,,,,,,0\r\n"
        ),
        "contact.csv": (
            "erpKey,companyErpKey,contactName,emailAddress,phone,roleCode,title,isActive,city,countryCode,onMatchAction\r\n"
            "P-1,C-1,Anna Holm,anna@pumps.example,+45 86 12 34 57,PAYER,Accountant,true,Aarhus,DK,0\r\n"
        ),
    }  # fmt: skip
    assert content == _compose(OWN, PUMPS)
    assert content.endswith(b"a1b2")


def test_zip_of_an_invoice_is_exactly_this() -> None:
    assert _files(_compose(_knowing(INVOICE))) == {
        "invoice.csv": (
            "erpKey,referenceCode,invoiceTypeCode,customerErpKey,companyErpKey,invoiceDate,paymentDueDate,currencyCode,"
            "totalAmount,netAmount,salesTaxAmount,currencyRate,invoiceStatusCode,purchaseOrderCode,isVoided,onHold,"
            "billToAddressLine1,billToAddressCity,billToAddressCountry,shipToAddressPostalCode,onMatchAction\r\n"
            "I-1,10482,AR Invoice,C-1,OWN,2026-03-15,2026-04-14,DKK,1250,1000,250,1.1250,Open,PO-4711,false,true,"
            "1 High Street,Aarhus,DK,8000,0\r\n"
        ),
        "invoiceline.csv": (
            "erpKey,invoiceErpKey,lineNumber,description,unitMeasureCode,quantity,unitPrice,totalAmount,"
            "shipToAddressCity,onMatchAction\r\n"
            'L-1,I-1,1,"Pump;\n2 kW",H87,2.1250,500,1250,,0\r\n'
            "L-2,I-1,2,=A1,,1,,,Odense,0\r\n"
        ),
    }


def test_batch_of_a_payment_is_exactly_this() -> None:
    content = _compose(_knowing(PAYMENT), send_as="batch", app_enrollment_id=ENROLLMENT)

    assert content.decode() == (
        '{"isFullSync":false,"appEnrollmentId":"00000000-000a-8000-8000-000000000001","payments":[{"erpKey":"Y-1",'
        '"companyErpKey":"C-1","paymentType":"AR Payment","tenderType":"Wire Transfer","paymentDate":"2026-04-10",'
        '"postDate":"2026-04-11","paymentAmount":1149.9,"unappliedAmount":0,"currencyCode":"DKK",'
        '"referenceCode":"INV 10482","isOpen":false,"onMatchAction":0}],"paymentApplications":[{"erpKey":"Y-1:I-1:1",'
        '"paymentErpKey":"Y-1","invoiceErpKey":"I-1","entryNumber":1,"applyToInvoiceDate":"2026-04-10",'
        '"paymentAppliedAmount":1000,"onMatchAction":0},{"erpKey":"Y-1:I-1:2","paymentErpKey":"Y-1",'
        '"invoiceErpKey":"I-1","entryNumber":2,"applyToInvoiceDate":"2026-04-11","paymentAppliedAmount":149.9,'
        '"onMatchAction":0}]}'
    )


def test_credit_memo_reduces_a_document_and_is_issued_by_the_own_company() -> None:
    batch = json.loads(_compose(_knowing(CREDIT_MEMO), send_as="batch", own_company="HOUSE"), parse_float=Decimal)

    assert batch == {
        "isFullSync": False,
        "appEnrollmentId": None,
        "invoices": [{
            "erpKey": "M-1", "referenceCode": "90017", "invoiceTypeCode": "AR Credit Memo", "customerErpKey": "C-1",
            "companyErpKey": "HOUSE", "invoiceDate": "2026-03-20", "currencyCode": "DKK",
            "totalAmount": Decimal("100.1"), "onMatchAction": 0,
        }],
        "creditMemoApplications": [{
            "erpKey": "M-1:I-1:1", "creditMemoInvoiceErpKey": "M-1", "invoiceErpKey": "I-1", "entryNumber": 1,
            "applyToInvoiceDate": "2026-03-21", "creditMemoAppliedAmount": Decimal("100.1"), "onMatchAction": 0,
        }],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "told"),
    [("invoice", "AR Invoice"), ("debit_memo", "AR Debit Memo"), ("AP Invoice", "AP Invoice"), (None, "AR Invoice")],
)
def test_type_of_a_document_is_told_in_the_words_of_the_network(given: str | None, told: str) -> None:
    invoice = _knowing(replace(INVOICE, values={**INVOICE.values, "document_type": given}))

    batch = json.loads(_compose(invoice, send_as="batch"))

    assert batch["invoices"][0]["invoiceTypeCode"] == told


@pytest.mark.parametrize(
    ("subject", "unknown", "said"),
    [
        (INVOICE, PUMPS.key, "Waits for account C-1, which has no key there yet."),
        (PAYMENT, PUMPS.key, "Waits for account C-1, which has no key there yet."),
        (PAYMENT, INVOICE.key, "Waits for document 10482, which has no key there yet."),
        (CREDIT_MEMO, INVOICE.key, "Waits for document 10482, which has no key there yet."),
    ],
)
def test_record_waits_for_what_it_refers_to(subject: Subject, unknown: RecordKey, said: str) -> None:
    known = {key: ids for key, ids in KNOWN.items() if key != unknown}

    with pytest.raises(Waits) as caught:
        _compose(replace(subject, keys=known))

    assert (caught.value.key, str(caught.value)) == (unknown, said)


def test_parent_and_first_contact_that_do_not_come_along_are_left_out() -> None:
    alone = json.loads(_compose(replace(PUMPS, contacts=()), send_as="batch"))
    known = json.loads(_compose(_knowing(PUMPS), send_as="batch"))

    assert list(alone) == ["isFullSync", "appEnrollmentId", "companies"]
    assert not {"parentCompanyErpKey", "primaryContactErpKey"} & alone["companies"][0].keys()
    assert known["companies"][0] == {
        **alone["companies"][0], "parentCompanyErpKey": "OWN", "primaryContactErpKey": "P-1",
    }  # fmt: skip


def test_form_around_the_zip_is_the_same_again() -> None:
    form, content_type = as_form('a"\r\n1', b"PK..")

    assert (form, content_type) == as_form('a"\r\n1', b"PK..")
    boundary = content_type.removeprefix("multipart/form-data; boundary=")
    assert (
        form
        == (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a-1.zip"\r\n'
            f"Content-Type: application/zip\r\n\r\nPK..\r\n--{boundary}--\r\n"
        ).encode()
    )
