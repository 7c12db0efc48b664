"""Records of the hub as a connector gets them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from connectors.base import Subject

ACCOUNT = {
    "erp_key": "C-1001", "account_id": "C-1001", "account_name": "Nordic Pumps A/S", "is_active": True,
    "currency": "USD", "credit_limit": Decimal("50000"), "vat_number": "DK12345674", "email": "ap@nordic.example",
    "phone": "+45 86 12 34 56", "address_line1": "1 High Street", "city": "Aarhus", "postal_code": "8000",
    "country": "DK", "parent_account_id": None, "notes": None,
}  # fmt: skip
ANNA = {
    "erp_key": "anna", "contact_name": "Anna Holm", "first_name": "Anna", "last_name": "Holm",
    "email": "anna@nordic.example", "roles": ["PAYER", "main"], "country": "DK",
}  # fmt: skip
BO = {"erp_key": "bo", "contact_name": "Bo Berg", "roles": ["Ship To"], "phone": "+45 1"}
INVOICE = {
    "erp_key": "10482", "invoice_number": "10482", "document_type": "invoice", "account_id": "C-1001",
    "invoice_date": date(2026, 3, 5), "due_date": date(2026, 4, 4), "posting_date": date(2026, 3, 6),
    "currency": "USD", "total_amount": Decimal("1250.00"), "net_amount": Decimal("1000"),
    "tax_amount": Decimal("250"), "description": "Pumps & <parts>", "customer_order_number": "PO-4711",
}  # fmt: skip
LINES = (
    {"line_number": "1", "net_amount": Decimal("600"), "description": "Pump", "account_number": "4010"},
    {"line_number": "2", "net_amount": Decimal("400.00"), "description": "Hose", "location": "100"},
    {"line_number": "3", "net_amount": None, "total_amount": None, "description": "Thank you"},
)
CREDIT_MEMO = {
    "erp_key": "90017", "credit_memo_number": "90017", "document_type": "credit_memo",
    "account_id": "C-1001", "credit_date": date(2026, 3, 20), "currency": "USD",
    "total_amount": Decimal("125.00"), "corrected_document": "10482",
}  # fmt: skip
PAYMENT = {
    "erp_key": "P-2001", "payment_id": "P-2001", "account_id": "C-1001", "amount": Decimal("700.00"),
    "payment_date": date(2026, 4, 10), "payment_method": "Check", "currency": "USD", "memo": "Thanks",
}  # fmt: skip


def account(contacts: tuple[dict[str, Any], ...] = (), **values: Any) -> Subject:
    return Subject("account", {**ACCOUNT, **values}, contacts=contacts)


def invoice(lines: tuple[dict[str, Any], ...] = LINES, keys: Any = None, **values: Any) -> Subject:
    return Subject("invoice", {**INVOICE, **values}, lines=lines, account=ACCOUNT, keys=keys or {})


def credit_memo(lines: tuple[dict[str, Any], ...] = (), **values: Any) -> Subject:
    return Subject("adjustment", {**CREDIT_MEMO, **values}, lines=lines, account=ACCOUNT)


def payment(*paid: tuple[str, str], keys: Any = None, **values: Any) -> Subject:
    """`paid` are numbers of invoices and amounts."""
    applications = [
        {"document": ("invoice", number), "number": number, "amount": Decimal(amount), "applied_date": None}
        for number, amount in paid
    ]
    return Subject("payment", {**PAYMENT, **values}, applications=applications, account=ACCOUNT, keys=keys or {})


def recordnos(**numbers: str) -> dict[tuple[str, str], dict[str, str]]:
    """Keys of invoices, "i10482" for 10482."""
    return {("invoice", name[1:]): {"recordno": number} for name, number in numbers.items()}
