"""Dinero's contacts as our accounts, with the person that each names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.erp.dinero.client import Row
from connectors.erp.dinero.values import key, moment, text

FIELDS = (
    "Name,ContactGuid,ExternalReference,IsPerson,Street,ZipCode,City,CountryKey,Phone,Email,Webpage,AttPerson,VatNumber,"
    "EanNumber,PaymentConditionType,PaymentConditionNumberOfDays,IsMember,MemberNumber,CompanyStatus,VatRegionKey,"
    "CreatedAt,UpdatedAt,DeletedAt,PreferredInvoiceLanguageKey,PreferredInvoiceCurrencyKey"
)

Records = dict[str, list[Mapping[str, Any]]]


def records_of(rows: Iterable[Row]) -> Records:
    """Accounts, and a contact for each that names a person or has an address for mail."""
    found: Records = {"account": [], "contact": []}
    for row in rows:
        guid = key(row, "contactguid")
        if not guid:
            continue
        found["account"].append(_account(guid, row))
        if row.get("isperson") or text(row, "attperson") or text(row, "email"):
            found["contact"].append(_person(guid, row))
    return found


def _account(guid: str, row: Row) -> dict[str, Any]:
    country, vat = text(row, "countrykey"), text(row, "vatnumber")
    is_danish = bool(vat) and country in (None, "DK")
    digits = (vat or "").upper().removeprefix("DK").replace(" ", "")
    return {
        "erp_key": guid,
        "account_id": text(row, "membernumber"),
        "account_name": text(row, "name") or guid,
        "is_active": row.get("deletedat") is None,
        "status": "Deleted" if row.get("deletedat") else text(row, "companystatus"),
        "currency": text(row, "preferredinvoicecurrencykey"),
        "payment_terms": terms_of(row),
        "vat_number": f"DK{digits}" if is_danish else vat,
        "registration_number": digits if is_danish else None,
        "gln": text(row, "eannumber"),
        "language": text(row, "preferredinvoicelanguagekey"),
        "email": text(row, "email"),
        "phone": text(row, "phone"),
        **_address(row),
        "external_reference": text(row, "externalreference"),
        "source_created_at": moment(row, "createdat"),
        "source_modified_at": moment(row, "updatedat"),
    }


def _person(guid: str, row: Row) -> dict[str, Any]:
    """A company has one at most. Its key is the company's: they are different types."""
    return {
        "erp_key": guid,
        "account_id": guid,
        "contact_name": text(row, "name" if row.get("isperson") else "attperson"),
        "email": text(row, "email"),
        "phone": text(row, "phone"),
        "is_primary": True,
        "is_active": row.get("deletedat") is None,
        "web_page_url": text(row, "webpage"),
        **_address(row if row.get("isperson") else {}),
        "source_created_at": moment(row, "createdat"),
        "source_modified_at": moment(row, "updatedat"),
    }


def _address(row: Row) -> dict[str, Any]:
    return {
        "address_line1": text(row, "street"),
        "postal_code": text(row, "zipcode"),
        "city": text(row, "city"),
        "country": text(row, "countrykey"),
    }


def terms_of(row: Row) -> str | None:
    """Such as "Netto 8": kind and days, where the kind has any."""
    kind, days = text(row, "paymentconditiontype"), row.get("paymentconditionnumberofdays")
    return f"{kind} {days}" if kind and days and kind.lower() != "nettocash" else kind
