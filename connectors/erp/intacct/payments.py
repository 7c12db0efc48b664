"""Payments: applied to documents they become an AR payment, applied to nothing an AR advance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from lxml import etree

from arhub.network.errors import PermanentError
from connectors.base import Subject
from connectors.erp.intacct.documents import customer_of, foreign
from connectors.erp.intacct.elements import Content, created
from connectors.erp.intacct.settings import Posting
from connectors.erp.intacct.targets import RECEIPT, overlaid
from connectors.erp.intacct.values import amount_of, plain

_METHODS = {
    "check": "Printed Check", "cheque": "Printed Check", "printed check": "Printed Check", "cash": "Cash", "eft": "EFT",
    "ach": "EFT", "wire": "EFT", "wire transfer": "EFT", "bank transfer": "EFT", "credit card": "Credit Card",
    "card": "Credit Card",
}  # fmt: skip
_DAILY_RATE = "Intacct Daily Rate"


def payment(subject: Subject, posting: Posting) -> etree._Element:
    """An ARPYMT, or an ARADVANCE when nothing of it is applied. Raises `Waits` for documents that have no key there."""
    subject = replace(subject, values=overlaid(subject.values, subject.header, RECEIPT))
    label = f"Payment {_number(subject.values)}"
    if subject.values.get("is_voided"):
        raise PermanentError(f"{label} is cancelled, and is not sent to Intacct.")
    amount = subject.values["amount"]
    if amount <= 0:
        raise PermanentError(
            f"{label} is of {plain(amount)}: expected more than nothing. Refunds are not sent to Intacct."
        )
    return _applied(subject, posting, label) if subject.applications else _advance(subject, posting, label)


def _applied(subject: Subject, posting: Posting, label: str) -> etree._Element:
    mapped = subject.mapped_rows("application", subject.applications)
    applied = [
        overlaid(one, row, {"Trx_PaymentAmount": "amount", "RecordKey": "key"})
        for one, row in zip(subject.applications, mapped, strict=True)
    ]
    details = [_detail(subject, application, label) for application in applied]
    amount = subject.values["amount"]
    left = amount - sum((application["amount"] for application in applied), Decimal(0))
    if left < 0:
        raise PermanentError(
            f"{label} is of {plain(amount)}, and {plain(amount - left)} of it are applied, which is more."
        )
    over: dict[str, Content] = {}
    if left:
        over = {"OVERPAYMENTAMOUNT": amount_of(left, label), "OVERPAYMENTLOCATIONID": posting.location or None}
    content = {**_receipt(subject, posting, label), **over, "ARPYMTDETAILS": {"ARPYMTDETAIL": details}}
    return created("ARPYMT", content)


def _detail(subject: Subject, application: Mapping[str, Any], label: str) -> dict[str, Content]:
    record, amount = application["document"], application["amount"]
    document = f"invoice {application.get('number') or record[1]}"
    if record[0] != "invoice":
        number = application.get("number") or record[1]
        raise PermanentError(f"{label} is applied to credit memo {number}: Intacct takes payments of invoices only.")
    if amount <= 0:
        raise PermanentError(f"{label} pays {plain(amount)} of {document}: expected more than nothing.")
    return {
        "RECORDKEY": application.get("key") or subject.key_of(record, "recordno", document),
        "TRX_PAYMENTAMOUNT": amount_of(amount, f"{label}, {document}"),
    }


def _advance(subject: Subject, posting: Posting, label: str) -> etree._Element:
    line = {
        "ACCOUNTNO": _needed(subject, "AccountNo", posting.advance_account, label),
        "TRX_AMOUNT": amount_of(subject.values["amount"], label),
        "LOCATIONID": subject.header.get("LocationId") or posting.location or None,
    }
    return created("ARADVANCE", {**_receipt(subject, posting, label), "ARADVANCEITEMS": {"ARADVANCEITEM": line}})


def _receipt(subject: Subject, posting: Posting, label: str) -> dict[str, Content]:
    """What both have in common. RECEIPTDATE is the date of the ledger."""
    values, currency = subject.values, foreign(subject.values, posting)
    if values.get("payment_date") is None:
        raise PermanentError(f"{label} has no date, and Intacct needs one.")
    method = _METHODS.get(str(values.get("payment_method") or "").lower(), posting.payment_method)
    return {
        "CUSTOMERID": customer_of(subject, label),
        "PAYMENTMETHOD": _needed(subject, "PaymentMethod", method, label),
        "PAYMENTDATE": values["payment_date"],
        "RECEIPTDATE": values.get("posting_date") or values["payment_date"],
        "FINANCIALENTITY": _needed(subject, "FinancialEntity", posting.bank, label),
        "DOCNUMBER": _number(values),
        "DESCRIPTION": values.get("memo") or values.get("reference") or None,
        "CURRENCY": currency or posting.base_currency,
        **_rate(subject, currency, posting),
    }


def _needed(subject: Subject, target: str, otherwise: str, label: str) -> str:
    if not (found := subject.header.get(target) or otherwise):
        raise PermanentError(f"{label} has no {target}: give the connection one, or a field mapping.")
    return str(found)


def _rate(subject: Subject, currency: str, posting: Posting) -> dict[str, Content]:
    if not currency:
        return {}
    if rate := subject.header.get("ExchangeRate"):
        return {"BASECURR": posting.base_currency, "EXCHANGE_RATE": f"{rate:f}"}
    return {"BASECURR": posting.base_currency, "EXCH_RATE_TYPE_ID": posting.rate_type or _DAILY_RATE}


def _number(values: Mapping[str, Any]) -> str:
    """What it is found by again there."""
    return str(values.get("payment_id") or values["erp_key"])
