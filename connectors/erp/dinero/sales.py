"""Invoices and credit notes with their lines, payments and what is left to pay, as our records.

A list knows the status in five values and no lines; a single voucher has the lines and two values; what remains to be
paid is a third request. Drafts are told from the list alone: everything about them may still change.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.erp.dinero.client import DineroClient, Row
from connectors.erp.dinero.contacts import Records, terms_of
from connectors.erp.dinero.errors import Gone
from connectors.erp.dinero.lines import lines_of
from connectors.erp.dinero.payments import payment_records
from connectors.erp.dinero.values import NO_NUMBER, day, key, moment, money, number_of, text

FIELDS = (
    "Number,Guid,ExternalReference,ContactName,ContactGuid,Date,PaymentDate,Description,Currency,Status,"
    "TotalExclVatInDkk,TotalInclVatInDkk,TotalExclVat,TotalInclVat,CreatedAt,UpdatedAt,DeletedAt,Type"
)
STATUSES = {one.lower(): one for one in ("Draft", "Booked", "Paid", "OverPaid", "Overdue")}  # spelled in many ways
ADDRESS_LINES = 3


def records_of(rows: list[Row], client: DineroClient, *, with_payments: bool) -> Records:
    """Of the rows of a list: one or two further requests for each that is booked. Raises NetworkErrors."""
    found: Records = {}
    for row in rows:
        for record_type, records in _voucher(row, client, with_payments).items():
            found.setdefault(record_type, []).extend(records)
    return found


def _voucher(row: Row, client: DineroClient, with_payments: bool) -> Records:
    guid = key(row, "guid")
    if not guid or not text(row, "contactguid"):  # a draft needs no customer
        return {}
    is_credit = (text(row, "type") or "").lower() == "creditnote"
    record_type = "adjustment" if is_credit else "invoice"
    if row.get("deletedat") or status_of(row) == "Draft":
        return {record_type: [_header(row, row, is_credit)]}
    try:
        if is_credit:
            return _credit_note(row, client.credit_note(guid), client)
        return _invoice(row, client.invoice(guid), client.payments(guid) if with_payments else None)
    except Gone:  # deleted since the list was made
        return {record_type: [_header(row, row, is_credit) | {"is_voided": True}]}


def _invoice(row: Row, one: Row, paid: Row | None) -> Records:
    header = _header(row, one, False)
    if paid is not None:
        header["balance_due"] = money(paid, "remainingamount", header["currency"])  # below zero: too much was paid
    elif header["status"] == "Paid":
        header["balance_due"] = Decimal(0)
    lines = lines_of(header["erp_key"], one, header["currency"], 1)
    return {"invoice": [header], "invoice_line": lines, **(payment_records(header, paid) if paid else {})}


def _credit_note(row: Row, one: Row, client: DineroClient) -> Records:
    """Dinero says of it only whether all of it was used; else the hub computes what is left from what was applied."""
    header = _header(row, one, True) | {"corrected_document": _corrected(one, client)}
    if header["status"] == "Paid":
        header["balance_due"] = Decimal(0)
    lines = lines_of(header["erp_key"], one, header["currency"], _sign(one, True))
    return {"adjustment": [header], "invoice_line": lines}


def _corrected(one: Row, client: DineroClient) -> str | None:
    """The number of the invoice that is credited."""
    guid = key(one, "creditnotefor")
    try:
        return number(client.invoice(guid)) if guid else None
    except Gone:
        return None


def _header(row: Row, one: Row, is_credit: bool) -> dict[str, Any]:
    """`row` as the list has it, `one` by itself, or the row again."""
    currency = (text(one, "currency") or "DKK").upper()
    net, total = money(one, "totalexclvat", currency), money(one, "totalinclvat", currency)
    tax = money(one, "totalvat", currency)
    if tax is None and net is not None and total is not None:
        tax = total - net
    found = {
        "erp_key": key(row, "guid"),
        "credit_memo_number" if is_credit else "invoice_number": number(one),
        "document_type": "credit_memo" if is_credit else "invoice",
        "account_id": key(one, "contactguid"),
        "account_name": text(one, "contactname"),
        "credit_date" if is_credit else "invoice_date": day(one, "date"),
        "due_date": day(one, "paymentdate"),
        "payment_terms": terms_of(one),
        "payment_reference": text(one, "fikcode"),
        "corrected_document": None,
        **_address(one),
        "currency": currency,
        "total_amount": total,
        "net_amount": net,
        "tax_amount": tax,
        "balance_due": None,
        "base_currency_total_amount": money(row, "totalinclvatindkk", "DKK"),
        "base_currency_net_amount": money(row, "totalexclvatindkk", "DKK"),
        "status": status_of(row),
        "external_reference": text(one, "externalreference"),
        "description": text(one, "description", "comment"),
        "is_draft": status_of(row) == "Draft",
        "is_voided": row.get("deletedat") is not None,
        "source_created_at": moment(one, "createdat"),
        "source_modified_at": moment(one, "updatedat"),
    }
    if _sign(one, is_credit) < 0:
        found |= {name: -value for name, value in found.items() if isinstance(value, Decimal)}
    return found


def _address(one: Row) -> dict[str, str | None]:
    """One text with line breaks; what is beyond our lines stays in the last one."""
    lines = [line.strip() for line in (text(one, "address") or "").splitlines() if line.strip()]
    lines = [*lines[: ADDRESS_LINES - 1], ", ".join(lines[ADDRESS_LINES - 1 :])]
    lines += [""] * ADDRESS_LINES
    return {f"bill_to_address_line{place + 1}": lines[place] or None for place in range(ADDRESS_LINES)}


def _sign(one: Row, is_credit: bool) -> int:
    """The amounts of a credit memo are positive with us, whichever way Dinero writes them."""
    total = number_of(one, "totalinclvat")
    return -1 if is_credit and total is not None and total < 0 else 1


def status_of(row: Row) -> str | None:
    """Of five values, however it is spelled. A single voucher says it as PaymentStatus."""
    found = text(row, "paymentstatus") or text(row, "status")
    return STATUSES.get(found.lower(), found) if found else None


def number(row: Row) -> str | None:
    """None for drafts, which have the largest number there is, or none."""
    found = row.get("number")
    return str(found) if found and found != NO_NUMBER and status_of(row) != "Draft" else None
