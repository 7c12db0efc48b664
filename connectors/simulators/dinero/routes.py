"""The addresses below an organization, each with the versions it is served in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from connectors.simulators.dinero.answers import Refusal, chosen, collection, paging
from connectors.simulators.dinero.books import detail, list_row, payments_of, written
from connectors.simulators.dinero.organization import Organization
from connectors.simulators.dinero.sales import FIELDS, conditions, holds, time_of, wanted_of
from connectors.simulators.dinero.seeds import DEPOSIT_ACCOUNTS, contact, products
from connectors.simulators.server import Response

CONTACT_FIELDS = tuple(contact("", "", ""))
CONTACT_FILTERS = ("externalreference", "name", "email", "vatnumber", "eannumber", "isperson", "phone")
PRODUCT_FIELDS = tuple(products("")[0])
GUID = r"([0-9a-fA-F-]{36})"


def list_vouchers(kind: str, default: str) -> Callable[..., Response]:
    def answer(organization: Organization, *, query: dict[str, str], today: date, **_: Any) -> Response:
        page, size = paging(query)
        found, total = organization.sales.page(wanted_of(query, kind), page, size, today)
        fields = query.get("fields") or default
        return collection(chosen((list_row(one, today) for one in found), fields, FIELDS), page, size, total)

    return answer


def list_contacts(with_deleted: bool) -> Callable[..., Response]:
    def answer(organization: Organization, *, query: dict[str, str], **_: Any) -> Response:
        page, size = paging(query)
        since = written(time_of(query.get("changessince", "")))
        wanted = conditions(query.get("queryfilter", ""), CONTACT_FILTERS)
        only_deleted = query.get("deletedonly", "").lower() == "true"
        rows = [
            row
            for row in sorted(organization.contacts.values(), key=lambda one: str(one["UpdatedAt"]))
            if (row["DeletedAt"] if only_deleted else with_deleted or since or not row["DeletedAt"])
            and (since is None or row["UpdatedAt"] >= since)
            and all(holds(_text(row, name), operator, value) for name, operator, value in wanted)
        ]
        part = chosen(rows[page * size : (page + 1) * size], query.get("fields") or "name,contactGuid", CONTACT_FIELDS)
        return collection(part, page, size, len(rows))

    return answer


def _text(row: dict[str, Any], field: str) -> str:
    return str({name.lower(): value for name, value in row.items()}[field] or "").lower()


def read_contact(organization: Organization, guid: str, **_: Any) -> Response:
    return Response.of(organization.contact(guid))


def make_contact(organization: Organization, *, body: dict[str, Any], **_: Any) -> Response:
    return Response.of({"ContactGuid": organization.save_contact(body)["ContactGuid"]})


def change_contact(organization: Organization, guid: str, *, body: dict[str, Any], **_: Any) -> Response:
    return Response.of({"ContactGuid": organization.save_contact(body, guid)["ContactGuid"]})


def remove_contact(organization: Organization, guid: str, **_: Any) -> Response:
    organization.remove_contact(guid)
    return Response.of({})


def list_products(organization: Organization, *, query: dict[str, str], **_: Any) -> Response:
    page, size = paging(query)
    rows = organization.products
    part = chosen(rows[page * size : (page + 1) * size], query.get("fields") or "Name,ProductGuid", PRODUCT_FIELDS)
    return collection(part, page, size, len(rows))


def read_product(organization: Organization, guid: str, **_: Any) -> Response:
    for row in organization.products:
        if row["ProductGuid"] == guid.lower():
            return Response.of(row)
    raise Refusal.not_found("The product")


def list_deposit_accounts(organization: Organization, *, query: dict[str, str], **_: Any) -> Response:
    known = tuple(DEPOSIT_ACCOUNTS[0])
    return Response.of(chosen(organization.deposit_accounts, query.get("fields") or "AccountNumber,Name", known))


def read_voucher(kind: str) -> Callable[..., Response]:
    def answer(organization: Organization, guid: str, *, today: date, **_: Any) -> Response:
        return Response.of(detail(organization.voucher(guid, kind), today))

    return answer


def make_voucher(kind: str) -> Callable[..., Response]:
    def answer(organization: Organization, *guid: str, body: dict[str, Any], **_: Any) -> Response:
        voucher = organization.draft(kind, body, *guid)
        return Response.of({"Guid": voucher.guid, "TimeStamp": voucher.timestamp})

    return answer


def book_voucher(kind: str) -> Callable[..., Response]:
    def answer(organization: Organization, guid: str, *, body: dict[str, Any], **_: Any) -> Response:
        voucher = organization.book(kind, guid, body)
        return Response.of({"Guid": voucher.guid, "TimeStamp": voucher.timestamp, "Number": voucher.number})

    return answer


def remove_voucher(kind: str) -> Callable[..., Response]:
    def answer(organization: Organization, guid: str, *, body: dict[str, Any], **_: Any) -> Response:
        organization.remove(kind, guid, body)
        return Response.of({})

    return answer


def read_payments(organization: Organization, guid: str, **_: Any) -> Response:
    return Response.of(payments_of(organization.voucher(guid, "Invoice")))


def add_payment(organization: Organization, guid: str, *, body: dict[str, Any], **_: Any) -> Response:
    voucher, payment = organization.pay(guid, body)
    return Response.of({"Guid": payment.guid, "TimeStamp": voucher.timestamp})


def credit_invoice(organization: Organization, guid: str, **_: Any) -> Response:
    voucher = organization.credit(guid)
    return Response.of({"Guid": voucher.guid, "TimeStamp": voucher.timestamp})


_V1 = ("v1", "v1.1", "v1.2")
_V1_V2 = (*_V1, "v2")
_OLD_FIELDS = "Guid,ContactName,Date,Description"

ROUTES: tuple[tuple[str, tuple[str, ...], re.Pattern[str], Callable[..., Response]], ...] = tuple(
    (method, versions, re.compile(pattern), call)
    for method, versions, pattern, call in (
        ("GET", ("v1",), "contacts", list_contacts(with_deleted=False)),
        ("GET", ("v2",), "contacts", list_contacts(with_deleted=True)),
        ("POST", _V1, "contacts", make_contact),
        ("GET", ("v1",), f"contacts/{GUID}", read_contact),
        ("PUT", _V1_V2, f"contacts/{GUID}", change_contact),
        ("DELETE", ("v1",), f"contacts/{GUID}", remove_contact),
        ("GET", ("v1",), "products", list_products),
        ("GET", ("v1",), f"products/{GUID}", read_product),
        ("GET", ("v1",), "accounts/deposit", list_deposit_accounts),
        ("GET", ("v1",), "sales", list_vouchers("", f"{_OLD_FIELDS},Type")),
        ("GET", ("v1",), "invoices", list_vouchers("Invoice", _OLD_FIELDS)),
        ("GET", ("v1",), "sales/creditnotes", list_vouchers("CreditNote", f"{_OLD_FIELDS},Type")),
        ("GET", ("v1",), f"invoices/{GUID}", read_voucher("Invoice")),
        ("GET", ("v1",), f"sales/creditnotes/{GUID}", read_voucher("CreditNote")),
        ("POST", _V1, "invoices", make_voucher("Invoice")),
        ("POST", _V1, "sales/creditnotes", make_voucher("CreditNote")),
        ("PUT", _V1_V2, f"invoices/{GUID}", make_voucher("Invoice")),
        ("PUT", _V1_V2, f"sales/creditnotes/{GUID}", make_voucher("CreditNote")),
        ("DELETE", ("v1",), f"invoices/{GUID}", remove_voucher("Invoice")),
        ("DELETE", ("v1",), f"sales/creditnotes/{GUID}", remove_voucher("CreditNote")),
        ("POST", _V1, f"invoices/{GUID}/book", book_voucher("Invoice")),
        ("POST", _V1, f"sales/creditnotes/{GUID}/book", book_voucher("CreditNote")),
        ("POST", _V1, f"invoices/{GUID}/generate-creditnote", credit_invoice),
        ("GET", ("v2",), f"invoices/{GUID}/payments", read_payments),
        ("POST", ("v1",), f"invoices/{GUID}/payments", add_payment),
    )
)
