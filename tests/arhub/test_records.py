"""The declarations everything is derived from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps

from arhub.records import RECORD_TYPES, Kind, RecordType, normalise

TYPES = list(RECORD_TYPES.values())
REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("Customer #", "customer no"), ("customerNumber", "customer no"), ("CUSTOMER_NO.", "customer no"),
        ("\ufeff*Invoice Nr*", "invoice no"), ("companyErpKey", "company erp key"), ("A/R", "a r"),
    ],
)  # fmt: skip
def test_normalise_reduces_spellings_to_one(header: str, meaning: str) -> None:
    assert normalise(header) == meaning


@pytest.mark.parametrize("record_type", TYPES, ids=lambda item: item.name)
def test_every_field_is_a_column_of_the_model(record_type: RecordType) -> None:
    model = apps.get_model(record_type.model)

    missing = {field.attribute for field in record_type.fields} - {field.name for field in model._meta.get_fields()}

    assert missing == set()


@pytest.mark.parametrize("record_type", TYPES, ids=lambda item: item.name)
def test_key_and_needs_name_fields(record_type: RecordType) -> None:
    named = [name for part in record_type.key for name in ((part,) if isinstance(part, str) else part)]
    named += [name for group in record_type.needs for name in group]

    assert set(named) <= set(record_type.by_name)
    assert {field.references for field in record_type.fields if field.kind is Kind.REFERENCE} <= {*RECORD_TYPES, "*"}


DANISH_AND_GERMAN = {
    "account": {"Kundenr": "account_id", "Kundenavn": "account_name", "Postnr": "postal_code", "By": "city",
                "Land": "country", "CVR-nr": "registration_number", "Betalingsbetingelser": "payment_terms"},
    "invoice": {"Fakturanr.": "invoice_number", "Kundenummer": "account_id", "Fakturadato": "invoice_date",
                "Forfaldsdato": "due_date", "Beløb inkl. moms": "total_amount", "Moms": "tax_amount", "Valuta": "currency",
                "Restbeløb": "balance_due", "Rechnungsnummer": "invoice_number", "Fälligkeit": "due_date",
                "Währung": "currency", "Offener Betrag": "balance_due", "Rechnungsdatum": "invoice_date"},
}  # fmt: skip


@pytest.mark.parametrize("name", DANISH_AND_GERMAN)
def test_danish_and_german_headers_map(name: str) -> None:
    by_header = RECORD_TYPES[name].by_header

    found = {header: by_header[normalise(header)].name for header in DANISH_AND_GERMAN[name]}

    assert found == DANISH_AND_GERMAN[name]


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the vendor's page is not beside this checkout")
def test_every_column_of_the_invoice_line_page_maps() -> None:
    page = (REFERENCE / "pages" / "sage-network-invoice-line-sync.txt").read_text()
    names = set(re.findall(r"^([a-z]+(?:[A-Z][A-Za-z0-9]*)+|quantity|description|created|modified)$", page, re.M))

    unmapped = {name for name in names if normalise(name) not in RECORD_TYPES["invoice_line"].by_header}

    assert len(names) > 40
    assert unmapped == set()


_PARTS = ("Line1", "Line2", "Line3", "City", "Region", "PostalCode", "Country", "Latitude", "Longitude")
_ADDRESSES = " ".join(f"{name}Address{part}" for name in ("origin", "billTo", "shipTo") for part in _PARTS)
_OWN = " erpKey networkId onMatchAction created modified"
SAGE = {
    "account": "companyName companyType isActive parentCompanyErpKey primaryContactErpKey parentCompanyNetworkId "
    "primaryContactNetworkId defaultCurrencyCode companyLogoUrl address1 address2 address3 address4 city stateRegion "
    "postalCode country phoneNumber faxNumber taxId dunsNumber preferredDeliveryMethod emailAddress externalReference "
    "companyRegistrationNumber apEmailAddress arEmailAddress companyIdentifiers" + _OWN,
    "contact": "companyErpKey isActive companyNetworkId contactName contactCode title roleCode emailAddress phone fax locale "
    "address1 address2 address3 address4 city stateRegion postalCode countryCode webpageUrl pictureUrl" + _OWN,
    "invoice": "companyErpKey customerErpKey currencyRate invoiceTypeCode invoiceStatusCode purchaseOrderCode referenceCode "
    "salespersonCode salespersonName termsCode specialTerms preferredDeliveryMethod currencyCode totalAmount salesTaxAmount "
    "discountAmount outstandingBalanceAmount shippingAmount netAmount baseCurrencyTotalAmount baseCurrencySalesTaxAmount "
    "baseCurrencyDiscountAmount baseCurrencyOutstandingBalanceAmount baseCurrencyShippingAmount baseCurrencyNetAmount "
    "invoiceDate discountDate postedDate invoiceClosedDate paymentDueDate importedDate taxPointDate plannedPaymentDate "
    "isVoided inDispute isDraft onHold isEInvoice "
    "sendImmediately companyNetworkId customerNetworkId workflowStatusId workflowStatusNotes workflowStatusReasonCode "
    "workflowStatusCode documentSource jurisdiction taxSummary " + _ADDRESSES + _OWN,
    "invoice_line": "invoiceErpKey invoiceNetworkId lineNumber productCode description unitMeasureCode exemptionCode "
    "unitPrice quantity quantityShipped quantityReceived totalAmount reportingDate accountNumber location taxCode taxUid "
    "taxRate salesTaxAmount baseCurrencySalesTaxAmount netAmount baseCurrencyNetAmount " + _ADDRESSES + _OWN,
    "workflow_status": "invoiceErpKey workflowStatusId notes code created",
    "payment": "companyErpKey paymentType isOpen paymentDate postDate paymentAmount unappliedAmount currencyRate "
    "baseCurrencyPaymentAmount baseCurrencyUnappliedAmount tenderType memoText currencyCode referenceCode bankAccountId "
    "isVoided inDispute companyNetworkId taxCode financialAccountCode" + _OWN,
    "payment_applied": "invoiceErpKey paymentErpKey entryNumber applyToInvoiceDate paymentAppliedAmount invoiceNetworkId "
    "paymentNetworkId refundErpKey refundNetworkId" + _OWN,
    "credit_memo_applied": "invoiceErpKey creditMemoInvoiceErpKey entryNumber applyToInvoiceDate creditMemoAppliedAmount "
    "invoiceNetworkId" + _OWN,
    "custom_field": "erpKey tableKey customFieldLabel value stringValue numericValue onMatchAction created modified",
}  # fmt: skip
"""Every column of each sync model, as the vendor's documents and clients name them."""


@pytest.mark.parametrize("name", SAGE)
def test_every_column_of_the_sage_sync_model_maps_to_a_field_of_its_own(name: str) -> None:
    by_header = RECORD_TYPES[name].by_header
    columns = SAGE[name].split()

    fields = [by_header[normalise(column)].name for column in columns]
    pascal = [by_header[normalise(column[0].upper() + column[1:])].name for column in columns]

    assert len(set(fields)) == len(columns)
    assert pascal == fields
