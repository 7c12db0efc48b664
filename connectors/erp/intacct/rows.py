"""Objects of Intacct as records of the hub's types.

Keys are record numbers, which all its documents, payments and lines share; customers go by their CustomerID, since
everything else names them so. Amounts are those in the document's currency (TRX_).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from connectors.erp.intacct.reading import Row
from connectors.erp.intacct.targets import turned
from connectors.erp.intacct.values import read_date, read_decimal, read_time

Record = dict[str, Any]
Typed = tuple[str, Record]
"""A record type and a record of it."""

PLACES = ("DISPLAYCONTACT", "CONTACTINFO", "BILLTO", "SHIPTO")
_ROLES = {"CONTACTINFO": "PRIMARY", "BILLTO": "BILLTO", "SHIPTO": "SHIPTO"}
_PERSON = (
    "CONTACTNAME", "PRINTAS", "FIRSTNAME", "LASTNAME", "EMAIL1", "PHONE1", "CELLPHONE", "FAX", "MAILADDRESS.ADDRESS1",
    "MAILADDRESS.ADDRESS2", "MAILADDRESS.ADDRESS3", "MAILADDRESS.CITY", "MAILADDRESS.STATE", "MAILADDRESS.ZIP",
    "MAILADDRESS.COUNTRY", "MAILADDRESS.COUNTRYCODE",
)  # fmt: skip
_CHANGED = "WHENMODIFIED"
_VOID = frozenset({"v", "voided", "void", "reversed", "reversal"})
_DRAFT = frozenset({"draft", "d"})

CUSTOMER = (
    "RECORDNO", "CUSTOMERID", "NAME", "PARENTID", "STATUS", "TERMNAME", "CURRENCY", "CREDITLIMIT", "TAXID", "COMMENTS",
    "WHENCREATED", _CHANGED, *(f"{place}.{field}" for place in PLACES for field in _PERSON),
)  # fmt: skip
DOCUMENT = (
    "RECORDNO", "RECORDID", "DOCNUMBER", "STATE", "CUSTOMERID", "CUSTOMERNAME", "DESCRIPTION", "WHENCREATED",
    "WHENPOSTED", "WHENPAID", "BASECURR", "CURRENCY", "EXCHANGE_RATE", "TOTALENTERED", "TOTALDUE",
    "TRX_TOTALENTERED", "TRX_TOTALDUE", "AUWHENCREATED", _CHANGED,
)  # fmt: skip
INVOICE = (*DOCUMENT, "TERMNAME", "WHENDUE", "WHENDISCOUNT")
LINE = (
    "RECORDNO", "RECORDKEY", "LINE_NO", "ACCOUNTNO", "TRX_AMOUNT", "AMOUNT", "ENTRYDESCRIPTION", "LOCATIONID", "ITEMID",
    _CHANGED,
)  # fmt: skip
PAYMENT = (
    "RECORDNO", "RECORDID", "STATE", "FINANCIALENTITY", "PAYMENTMETHOD", "CUSTOMERID", "DOCNUMBER", "DESCRIPTION",
    "RECEIPTDATE", "PAYMENTDATE", "CURRENCY", "BASECURR", "TOTALENTERED", "TRX_TOTALENTERED", "TRX_TOTALDUE", _CHANGED,
)  # fmt: skip
DETAIL = (
    "RECORDNO", "PAYMENTKEY", "RECORDKEY", "POSADJKEY", "PAYMENTDATE", "TRX_PAYMENTAMOUNT", "ADJUSTMENTKEY",
    "TRX_ADJUSTMENTAMOUNT", "ADVANCEKEY", "TRX_POSTEDADVANCEAMOUNT", "OVERPAYMENTKEY", "TRX_POSTEDOVERPAYMENTAMOUNT",
    "NEGATIVEINVOICEKEY", "TRX_NEGATIVEINVOICEAMOUNT", "STATE",
)  # fmt: skip


def customer(row: Row) -> Iterator[Typed]:
    """The account and the people it names."""
    people = list(contacts(row))
    primary = next((record["erp_key"] for _, record in people if record["is_primary"]), None)
    yield (
        "account",
        {
            "erp_key": row["CUSTOMERID"],
            "account_id": row["CUSTOMERID"],
            "account_name": row.get("NAME"),
            "account_type": "customer",
            "is_active": row.get("STATUS", "").lower() != "inactive",
            "status": _text(row, "STATUS"),
            "parent_account_id": _text(row, "PARENTID"),
            "primary_contact_id": primary,
            "currency": _text(row, "CURRENCY"),
            "payment_terms": _text(row, "TERMNAME"),
            "credit_limit": _decimal(row, "CREDITLIMIT"),
            "vat_number": _text(row, "TAXID"),
            "notes": _text(row, "COMMENTS"),
            **_reached(row, "DISPLAYCONTACT."),
            "source_created_at": read_time(row.get("WHENCREATED", "")),
            "source_modified_at": read_time(row.get(_CHANGED, "")),
        },
    )
    yield from people


def contacts(row: Row) -> Iterator[Typed]:
    """Those the customer names beside its own, each once with all its roles."""
    roles: dict[str, list[str]] = {}
    for place in _ROLES:
        name = row.get(f"{place}.CONTACTNAME")
        if name and name != row.get("DISPLAYCONTACT.CONTACTNAME"):
            roles.setdefault(name, []).append(place)
    for name, places in roles.items():
        prefix = f"{places[0]}."
        yield (
            "contact",
            {
                "erp_key": f"{row['CUSTOMERID']}/{name}",
                "account_id": row["CUSTOMERID"],
                "contact_name": _text(row, f"{prefix}PRINTAS") or name,
                "first_name": _text(row, f"{prefix}FIRSTNAME"),
                "last_name": _text(row, f"{prefix}LASTNAME"),
                "mobile": _text(row, f"{prefix}CELLPHONE"),
                "contact_code": name,
                "role": ",".join(_ROLES[place] for place in places),
                "is_primary": "CONTACTINFO" in places,
                **_reached(row, prefix),
            },
        )


def invoice(row: Row) -> Typed:
    """One below zero is a credit, which payments take from as from a credit memo."""
    is_credit = _is_credit(row)
    return "invoice", {
        **_document(row, is_credit),
        "document_type": "credit_memo" if is_credit else "invoice",
        "invoice_number": row.get("RECORDID") or row["RECORDNO"],
        "invoice_date": read_date(row.get("WHENCREATED", "")),
        "due_date": read_date(row.get("WHENDUE", "")),
        "discount_date": read_date(row.get("WHENDISCOUNT", "")),
        "payment_terms": _text(row, "TERMNAME"),
        "customer_order_number": _text(row, "DOCNUMBER"),
    }


def adjustment(row: Row) -> Typed:
    """Below zero it is a credit memo, which is positive here; above it a debit memo."""
    is_credit = _is_credit(row)
    return "adjustment", {
        **_document(row, is_credit),
        "document_type": "credit_memo" if is_credit else "debit_memo",
        "credit_memo_number": row.get("RECORDID") or row["RECORDNO"],
        "credit_date": read_date(row.get("WHENCREATED", "")),
        "corrected_document": _text(row, "DOCNUMBER"),
    }


def line(row: Row, *, is_credit: bool) -> Typed:
    return "invoice_line", {
        "erp_key": row["RECORDNO"],
        "invoice": row["RECORDKEY"],
        "line_number": row.get("LINE_NO") or row["RECORDNO"],
        "description": _text(row, "ENTRYDESCRIPTION"),
        "product_code": _text(row, "ITEMID"),
        "net_amount": _signed(_amount(row, "AMOUNT"), is_credit),
        "account_number": _text(row, "ACCOUNTNO"),
        "location": _text(row, "LOCATIONID"),
        "source_modified_at": read_time(row.get(_CHANGED, "")),
    }


def payment(row: Row, *, is_advance: bool) -> Typed:
    """What is left of a payment the hub computes of its applications; an advance tells itself."""
    state = row.get("STATE", "")
    return "payment", {
        "erp_key": row["RECORDNO"],
        "payment_id": row.get("DOCNUMBER") or row.get("RECORDID") or row["RECORDNO"],
        "account_id": _text(row, "CUSTOMERID"),
        "payment_type": "AR Advance" if is_advance else "AR Payment",
        "payment_method": _text(row, "PAYMENTMETHOD"),
        "payment_date": read_date(row.get("PAYMENTDATE") or row.get("RECEIPTDATE", "")),
        "posting_date": read_date(row.get("RECEIPTDATE", "")),
        "amount": _amount(row, "TOTALENTERED") or Decimal(0),
        "unapplied_amount": _amount(row, "TOTALDUE") if is_advance else None,
        "currency": row.get("CURRENCY") or _text(row, "BASECURR"),
        "base_currency_amount": _decimal(row, "TOTALENTERED"),
        "memo": _text(row, "DESCRIPTION"),
        "bank_account": _text(row, "FINANCIALENTITY"),
        "is_voided": state.lower() in _VOID,
        "source_modified_at": read_time(row.get(_CHANGED, "")),
    }


_SETTLED_BY = (
    ("payment_applied", "payment", "PAYMENTKEY", "TRX_PAYMENTAMOUNT"),
    ("payment_applied", "payment", "ADVANCEKEY", "TRX_POSTEDADVANCEAMOUNT"),
    ("payment_applied", "payment", "OVERPAYMENTKEY", "TRX_POSTEDOVERPAYMENTAMOUNT"),
    ("credit_memo_applied", "credit_memo", "ADJUSTMENTKEY", "TRX_ADJUSTMENTAMOUNT"),
    ("credit_memo_applied", "credit_memo", "NEGATIVEINVOICEKEY", "TRX_NEGATIVEINVOICEAMOUNT"),
)
"""What a detail of a payment settles its document with: cash of the payment itself, or credit that was there."""


def applications(row: Row) -> Iterator[Typed]:
    """What one detail of a payment paid of a document. Nothing when it was taken back."""
    document = row.get("RECORDKEY") or row.get("POSADJKEY")
    if not document or row.get("STATE", "").lower() in _VOID:
        return
    for number, (record_type, by, key, amount) in enumerate(_SETTLED_BY):
        if (paid := _decimal(row, amount)) and row.get(key):
            yield (
                record_type,
                {
                    "erp_key": f"{row['RECORDNO']}/{number}" if number else row["RECORDNO"],
                    by: row[key],
                    "invoice": document,
                    "entry_number": int(row["RECORDNO"]),
                    "applied_date": read_date(row.get("PAYMENTDATE", "")),
                    "amount": abs(paid),
                },
            )


def _is_credit(row: Row) -> bool:
    return (_amount(row, "TOTALENTERED") or 0) < 0


def _document(row: Row, is_credit: bool) -> Record:
    state = row.get("STATE", "")
    return {
        "erp_key": row["RECORDNO"],
        "account_id": row["CUSTOMERID"],
        "account_name": _text(row, "CUSTOMERNAME"),
        "posting_date": read_date(row.get("WHENPOSTED", "")),
        "closed_date": read_date(row.get("WHENPAID", "")),
        "currency": row.get("CURRENCY") or _text(row, "BASECURR"),
        "exchange_rate": _rate(row),
        "total_amount": _signed(_amount(row, "TOTALENTERED"), is_credit),
        "balance_due": _signed(_amount(row, "TOTALDUE"), is_credit),
        "base_currency_total_amount": _signed(_decimal(row, "TOTALENTERED"), is_credit),
        "base_currency_balance_due": _signed(_decimal(row, "TOTALDUE"), is_credit),
        "status": state or None,
        "description": _text(row, "DESCRIPTION"),
        "is_voided": state.lower() in _VOID,
        "is_draft": state.lower() in _DRAFT,
        "source_created_at": read_time(row.get("AUWHENCREATED", "")),
        "source_modified_at": read_time(row.get(_CHANGED, "")),
    }


def _reached(row: Row, prefix: str) -> Record:
    address = f"{prefix}MAILADDRESS."
    return {
        "email": _text(row, f"{prefix}EMAIL1"),
        "phone": _text(row, f"{prefix}PHONE1"),
        "fax": _text(row, f"{prefix}FAX"),
        "address_line1": _text(row, f"{address}ADDRESS1"),
        "address_line2": _text(row, f"{address}ADDRESS2"),
        "address_line3": _text(row, f"{address}ADDRESS3"),
        "city": _text(row, f"{address}CITY"),
        "region": _text(row, f"{address}STATE"),
        "postal_code": _text(row, f"{address}ZIP"),
        "country": _text(row, f"{address}COUNTRYCODE") or _text(row, f"{address}COUNTRY"),
    }


def _rate(row: Row) -> Decimal | None:
    """The other way round: there the document's amount is multiplied with it, here that of the base currency."""
    return turned(_decimal(row, "EXCHANGE_RATE"))


def _amount(row: Row, name: str) -> Decimal | None:
    """In the document's currency; a company with one currency may leave it to the base amount."""
    given = _decimal(row, f"TRX_{name}")
    return _decimal(row, name) if given is None else given


def _signed(amount: Decimal | None, is_credit: bool) -> Decimal | None:
    return -amount if is_credit and amount is not None else amount


def _decimal(row: Row, name: str) -> Decimal | None:
    return read_decimal(row.get(name, ""))


def _text(row: Row, name: str) -> str | None:
    return row.get(name) or None
