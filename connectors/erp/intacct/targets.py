"""The fields of Intacct that a field mapping may fill, in the order of its documentation, and what of ours each of them
takes the place of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from typing import Any

from connectors.base import Target, TargetObject
from connectors.erp.intacct.settings import PAYMENT_METHODS

_TWELVE_DIGITS = Context(prec=12)

_CUSTOMER = Target(
    "Customer", "Customer", "Its customer ID.", required=True, feeds=("account.account_id", "account.erp_key")
)
_POSTED = Target("WhenPosted", "GL posting date", "The second key date.", "date", feeds=("posting_date",))
_DESCRIPTION = Target("Description", "Description", feeds=("description",))
_CURRENCY = Target("Currency", "Currency", feeds=("currency",), settings=("base_currency",))
_RATE = Target(
    "ExchangeRate", "Exchange rate", "What an amount of the document is multiplied with to be in the base currency.",
    "number", default="Intacct's rate of the day",
)  # fmt: skip
_ACCOUNT_NO = Target(
    "AccountNo", "GL account", "The GL account number.", part="line", required=True, feeds=("line.account_number",),
    settings=("account",),
)  # fmt: skip
_LINES = (
    _ACCOUNT_NO,
    Target("Trx_Amount", "Amount", "The line amount, in the document's currency.", "amount", "line", required=True,
           feeds=("line.net_amount", "line.total_amount", "total_amount")),
    Target("EntryDescription", "Item memo", part="line", feeds=("line.description",)),
    Target("LocationId", "Location", part="line", feeds=("line.location",), settings=("location",)),
    Target("DepartmentId", "Department", part="line"),
    Target("ItemId", "Item", part="line"),
    Target("ProjectId", "Project", part="line"),
    Target("ClassId", "Class", part="line"),
)  # fmt: skip

INVOICE = TargetObject("invoice", "Invoice", "invoice", (
    _CUSTOMER,
    Target("RecordId", "Document number", required=True, feeds=("invoice_number", "erp_key")),
    Target("WhenCreated", "Document date", "The first key date.", "date", required=True, feeds=("invoice_date",)),
    _POSTED,
    Target("WhenDue", "Due date", kind="date", feeds=("due_date",), default="the term, else the document date"),
    Target("TermName", "Term", "One of Accounts Receivable → Terms.",
           default="the connection's, where there is no due date"),
    Target("DocNumber", "Reference number", feeds=("customer_order_number",)),
    _DESCRIPTION, _CURRENCY, _RATE, *_LINES,
), {"line": "line"})  # fmt: skip
CREDIT_NOTE = TargetObject("adjustment", "Credit Note", "adjustment", (
    _CUSTOMER,
    Target("RecordId", "Document number", required=True,
           feeds=("credit_memo_number", "erp_key")),
    Target("WhenCreated", "Document date", "The first key date.", "date", required=True, feeds=("credit_date",)),
    _POSTED,
    Target("DocNumber", "Reference number", "The invoice it corrects.", feeds=("corrected_document",)),
    _DESCRIPTION, _CURRENCY, _RATE, *_LINES,
), {"line": "line"})  # fmt: skip

_BANK = Target("FinancialEntity", "Bank", "The bank code.", required=True, settings=("bank",))
_METHOD = Target(
    "PaymentMethod", "Payment method", "Cash, Check, etc.", "choice", required=True,
    default="the payment's own where Intacct knows it, else the connection's", choices=PAYMENT_METHODS,
)  # fmt: skip
_PAID = Target("PaymentDate", "Payment date", kind="date", required=True, feeds=("payment_date",))
_RECEIVED = Target("ReceiptDate", "Receipt date", "The date of the ledger.", "date", required=True,
                   feeds=("posting_date", "payment_date"))  # fmt: skip
_RECEIPT = (
    Target("DocNumber", "Reference number", "By which it is found again.", feeds=("payment_id", "erp_key")),
    Target("Description", "Description", feeds=("memo", "reference")),
    _CURRENCY, _RATE,
)  # fmt: skip
_LOCATION = Target("LocationId", "Location", settings=("location",))

ADVANCE = TargetObject("advance", "Advance", "payment", (
    _BANK, _METHOD, _CUSTOMER, _RECEIVED, _PAID,
    Target("AccountNo", "GL account", "For the other side of the transaction: an advance posts to a single account.",
           required=True, settings=("advance_account", "account")),
    Target("Trx_Amount", "Amount", "The transaction amount.", "amount", required=True, feeds=("amount",)),
    _LOCATION, *_RECEIPT,
))  # fmt: skip
PAYMENT = TargetObject("payment", "Payment", "payment", (
    _BANK, _METHOD, _CUSTOMER, _PAID, _RECEIVED, *_RECEIPT,
    Target("RecordKey", "Document", "The record number of the document to be paid.", part="application", required=True,
           default="the record number that the document got there"),
    Target("Trx_PaymentAmount", "Amount", "The amount to be paid.", "amount", "application", required=True,
           feeds=("application.amount",)),
), {"application": "application"})  # fmt: skip

CONTACT_FIELDS = {
    "PrintAs": ("contact_name", "Name as printed"), "CompanyName": ("company_name", "Company"),
    "FirstName": ("first_name", "First name"), "LastName": ("last_name", "Last name"), "Phone1": ("phone", "Phone"),
    "CellPhone": ("mobile", "Mobile"), "Fax": ("fax", "Fax"), "Email1": ("email", "E-mail"),
    "MailAddress.Address1": ("address_line1", "Address 1"), "MailAddress.Address2": ("address_line2", "Address 2"),
    "MailAddress.Address3": ("address_line3", "Address 3"), "MailAddress.City": ("city", "City"),
    "MailAddress.State": ("region", "State"), "MailAddress.Zip": ("postal_code", "Post code"),
    "MailAddress.Country": ("country", "Country"),
}  # fmt: skip
"""What can be said of a contact → the field of ours it stands for, and what people call it."""
PLACES = {"CONTACTINFO": "ContactInfo", "BILLTO": "BillTo", "SHIPTO": "ShipTo"}
_OF_ACCOUNT = {"contact_name": "account_name", "company_name": "account_name"}
_NOT_OF_ACCOUNT = frozenset({"first_name", "last_name", "mobile"})


def _display_contact() -> Iterator[Target]:
    for name, (ours, label) in CONTACT_FIELDS.items():
        feeds = () if ours in _NOT_OF_ACCOUNT else (_OF_ACCOUNT.get(ours, ours),)
        yield Target(f"DisplayContact.{name}", label, feeds=feeds)


def _contacts() -> Iterator[Target]:
    for part, place in PLACES.items():
        for name, (ours, label) in CONTACT_FIELDS.items():
            feeds = () if ours == "company_name" else (f"contact.{ours}",)
            yield Target(f"{place}.{name}", label, part=part, feeds=feeds)


CUSTOMER = TargetObject("account", "Customer", "account", (
    Target("CustomerId", "Customer ID", "Who has it already is updated, else a customer is made.", required=True,
           feeds=("account_id", "erp_key")),
    Target("Name", "Name", required=True, feeds=("account_name",)),
    *_display_contact(),
    Target("Status", "Status", kind="choice", default="active or inactive, as the account is",
           choices=("active", "inactive")),
    Target("TermName", "Term", "One of Accounts Receivable → Terms."),
    Target("TaxId", "Tax ID", feeds=("vat_number",)),
    Target("CreditLimit", "Credit limit", kind="amount", feeds=("credit_limit",)),
    Target("Currency", "Currency", feeds=("currency",)),
    Target("Comments", "Comments", feeds=("notes",)),
    *_contacts(),
), dict.fromkeys(PLACES, "contact"))  # fmt: skip

OBJECTS = (INVOICE, CREDIT_NOTE, ADVANCE, PAYMENT, CUSTOMER)

WORKED_OUT = {
    "WhenDue": "datedue", "TermName": "termname", "ExchangeRate": "exchrate", "PaymentMethod": "PAYMENTMETHOD",
    "RecordKey": "RECORDKEY", "Status": "STATUS",
}  # fmt: skip
"""Targets whose default says in words how they are filled → the element that has what came of it."""

HEADER = {
    "RecordId": "invoice_number", "WhenCreated": "invoice_date", "WhenPosted": "posting_date", "WhenDue": "due_date",
    "DocNumber": "customer_order_number", "Description": "description", "Currency": "currency",
}  # fmt: skip
CREDIT_HEADER = {
    **HEADER, "RecordId": "credit_memo_number", "WhenCreated": "credit_date", "DocNumber": "corrected_document",
}  # fmt: skip
LINE = {
    "AccountNo": "account_number", "Trx_Amount": "net_amount", "EntryDescription": "description",
    "LocationId": "location", "DepartmentId": "department", "ItemId": "item", "ProjectId": "project",
    "ClassId": "class",
}  # fmt: skip
RECEIPT = {
    "PaymentDate": "payment_date", "ReceiptDate": "posting_date", "DocNumber": "payment_id", "Description": "memo",
    "Currency": "currency", "Trx_Amount": "amount",
}  # fmt: skip
ACCOUNT = {
    "Name": "account_name", "TaxId": "vat_number", "CreditLimit": "credit_limit", "Currency": "currency",
    "Comments": "notes",
}  # fmt: skip


def contact_fields(place: str) -> dict[str, str]:
    return {f"{place}.{name}": ours for name, (ours, _) in CONTACT_FIELDS.items()}


def overlaid(values: Mapping[str, Any], mapped: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """Values of ours, with those that are mapped in their place."""
    return {**values, **{ours: mapped[target] for target, ours in fields.items() if target in mapped}}


def turned(rate: Decimal | None) -> Decimal | None:
    """Ours says how much of the document's currency one of the base currency is."""
    return _TWELVE_DIGITS.divide(Decimal(1), rate) if rate else None
