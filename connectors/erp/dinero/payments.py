"""What an invoice was paid with: money, or a credit note."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.erp.dinero.client import Row
from connectors.erp.dinero.contacts import Records
from connectors.erp.dinero.values import day, key, money, number_of, text

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def payment_records(invoice: Mapping[str, Any], paid: Row) -> Records:
    """Of the payments call of one invoice. Raises PermanentError."""
    found: Records = {"payment": [], "payment_applied": [], "credit_memo_applied": []}
    for row in paid.get("payments") or []:
        guid = key(row, "guid")
        amount = money(row, "amount", invoice["currency"])
        if not guid or not amount:
            continue
        applied = {
            "erp_key": guid,
            "invoice": invoice["erp_key"],
            "amount": amount,
            "applied_date": day(row, "paymentdate"),
        }
        if credit := _credit_note(row):
            found["credit_memo_applied"].append(applied | {"credit_memo": credit})
        else:
            found["payment"].append(_payment(guid, amount, invoice, row))
            found["payment_applied"].append(applied | {"payment": guid})
    return found


def _credit_note(row: Row) -> str | None:
    """The credit note that a payment stands for."""
    kind, related = (text(row, "paymentclass") or "").lower().replace(" ", ""), key(row, "relatedvoucherid")
    return related if related and "creditnote" in kind and GUID.fullmatch(related) else None


def _payment(guid: str, amount: Decimal, invoice: Mapping[str, Any], row: Row) -> dict[str, Any]:
    return {
        "erp_key": guid,
        "account_id": invoice["account_id"],
        "payment_type": text(row, "paymentclass"),
        "payment_date": day(row, "paymentdate"),
        "amount": amount,
        "currency": (text(row, "currency") or invoice["currency"]).upper(),
        "exchange_rate": _rate(row),
        "reference": text(row, "externalreference"),
        "memo": text(row, "description"),
        "bank_account": text(row, "depositaccountnumber"),
    }


def _rate(row: Row) -> Decimal | None:
    """Dinero says how many kroner 100 units are; ours is how many units a krone is."""
    kroner = number_of(row, "exchangerate")
    return (100 / kroner).quantize(Decimal("0.00000001")) if kroner else None
