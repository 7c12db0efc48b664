"""Rows of a drop as records of the hub, each a line of JSON. Amounts are numbers there, so that nobody has to ask which
sign the decimals have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from connectors.erp_cache.errors import BadDrop

_AMOUNT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})?)?")
_LONGEST_AMOUNT = 60
_NULL = "null"

Line = Callable[[Mapping[str, str]], tuple[bytes, list[str]]]
"""What a row holds, by element → its line, and the elements that are not in it. Raises `BadDrop` with a phrase."""


def _outstanding_item(row: Mapping[str, str]) -> tuple[bytes, list[str]]:
    line = _line(
        invoice_number=_text(row, "InvoiceNumber"),
        currency=_given(row, "Currency", _text),
        total_outstanding=_amount(row, "TotalOutstanding"),
    )
    return line, _others(row, "InvoiceNumber", "Currency", "TotalOutstanding")


def _invoice(row: Mapping[str, str]) -> tuple[bytes, list[str]]:
    """Its own outstanding amount is null where the row gives none: then its outstanding item counts. Of what else it
    leaves out it says nothing."""
    line = _line(
        invoice_number=_text(row, "InvoiceNumber"),
        account_id=_text(row, "AccountNumber"),
        invoice_date=_date(row, "InvoiceDate"),
        total_amount=_given(row, "TotalPrice", _amount),
        balance_due=_given(row, "TotalOutstanding", _amount) or _NULL,
        pdf_url=_given(row, "DownloadablePdfUri", _text),
    )
    known = ("InvoiceNumber", "AccountNumber", "InvoiceDate", "TotalPrice", "TotalOutstanding", "DownloadablePdfUri")
    return line, _others(row, *known)


LINES: Mapping[str, Line] = {"outstanding_item": _outstanding_item, "invoice": _invoice}
"""By record type."""


def _line(**values: str) -> bytes:
    members = ", ".join(f'"{name}": {value}' for name, value in values.items() if value)
    return f"{{{members}}}\n".encode()


def _others(row: Mapping[str, str], *known: str) -> list[str]:
    return [name for name, text in row.items() if text and name not in known]


def _given(row: Mapping[str, str], name: str, read: Callable[[Mapping[str, str], str], str]) -> str:
    """The value of an element that may be left out, "" then; one that is there and empty is null."""
    if name not in row:
        return ""
    return read(row, name) if row[name] else _NULL


def _text(row: Mapping[str, str], name: str) -> str:
    if not row.get(name):
        raise BadDrop(f"expected a text as {name}, found none.")
    return json.dumps(row[name], ensure_ascii=False)


def _amount(row: Mapping[str, str], name: str) -> str:
    text = row.get(name, "")
    if len(text) > _LONGEST_AMOUNT or not _AMOUNT.fullmatch(text):
        found = f"“{text[:40]}”" if text else "none"
        raise BadDrop(f"expected a number such as 1250.00 as {name}, found {found}.")
    return f"{Decimal(text):f}"


def _date(row: Mapping[str, str], name: str) -> str:
    text = row.get(name, "")
    if not (found := _DATE.fullmatch(text)):
        raise BadDrop(f"expected a date such as 2026-01-31 as {name}, found {f'“{text[:40]}”' if text else 'none'}.")
    return f'"{found[1]}"'
