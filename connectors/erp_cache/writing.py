"""Drops written, as the ERP party does: a ZIP with one XML of the same name, the same bytes for the same rows.

Amounts have a point and no grouping. An invoice's TotalOutstanding stays empty: where it is given, the other side looks
at it alone and never at outstanding items.
"""

from __future__ import annotations

import io
import re
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO, TypeVar
from xml.sax.saxutils import escape

from connectors.erp_cache.interfaces import INVOICE, OUTSTANDING_ITEM, ROOT, SETTINGS, VERSION, Interface
from connectors.erp_cache.names import DropName

_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The time that every file of the ZIP has: the earliest it can express."""
_PERMISSIONS = 0o644 << 16

Row = TypeVar("Row")


class Unsayable(ValueError):
    """A text has characters that XML cannot express; the sentence says which text."""


@dataclass(frozen=True, slots=True)
class Item:
    """What is outstanding on a document: 0 when it is settled, negative on a credit memo. `currency` may be empty."""

    number: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    number: str
    account: str
    date: date
    total: Decimal | None = None
    pdf_url: str = ""
    pdf: bytes = b""
    outstanding: Decimal | None = None
    """Where it is given, the other side never looks at outstanding items."""


def write(items: Iterable[Item], name: DropName, into: BinaryIO, importer: str = OUTSTANDING_ITEM.importer) -> None:
    """Write a drop of outstanding items, in constant memory. Raises `Unsayable`."""
    _write(OUTSTANDING_ITEM, items, _item, name, into, importer)


def write_invoices(rows: Iterable[InvoiceRow], name: DropName, into: BinaryIO) -> None:
    """Write a drop of invoice history, in constant memory. Raises `Unsayable`."""
    _write(INVOICE, rows, _invoice, name, into, INVOICE.importer)


def _item(item: Item) -> Iterable[tuple[str, str]]:
    yield "InvoiceNumber", item.number
    if item.currency:
        yield "Currency", item.currency
    yield "TotalOutstanding", f"{item.amount:f}"


def _invoice(row: InvoiceRow) -> Iterable[tuple[str, str]]:
    yield "InvoiceNumber", row.number
    yield "AccountNumber", row.account
    yield "InvoiceDate", row.date.isoformat()
    if row.pdf_url:
        yield "DownloadablePdfUri", row.pdf_url
    if row.pdf:
        yield "InvoicePdf", b64encode(row.pdf).decode()
    yield "TotalOutstanding", "" if row.outstanding is None else f"{row.outstanding:f}"
    if row.total is not None:
        yield "TotalPrice", f"{row.total:f}"


def _write(
    interface: Interface, rows: Iterable[Row], fields: Callable[[Row], Iterable[tuple[str, str]]],
    name: DropName, into: BinaryIO, importer: str,
) -> None:  # fmt: skip
    entry = zipfile.ZipInfo(f"{name.stem}.xml", _BEGINNING)
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _PERMISSIONS, 3
    with zipfile.ZipFile(into, "w") as archive, closing(_text_in(archive, entry)) as xml:
        xml.write(
            f'<?xml version="1.0" encoding="utf-8"?>\n<{ROOT}>\n  <{SETTINGS}>\n    <Importer>{_said(importer)}'
            f"</Importer>\n    <Version>{VERSION}</Version>\n  </{SETTINGS}>\n  <{interface.container}>\n"
        )
        for row in rows:
            inner = "".join(f"      <{tag}>{_said(text)}</{tag}>\n" for tag, text in fields(row))
            xml.write(f"    <{interface.row}>\n{inner}    </{interface.row}>\n")
        xml.write(f"  </{interface.container}>\n</{ROOT}>\n")


def _text_in(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedWriter(archive.open(entry, "w")), encoding="utf-8", newline="\n")  # type: ignore[type-var]


def _said(text: str) -> str:
    if found := _UNSAYABLE.search(text):
        shown = "".join(char if char.isprintable() else "?" for char in text[:60])
        raise Unsayable(f"“{shown}” holds the character U+{ord(found[0]):04X}, which XML cannot express.")
    return escape(text, {"\r": "&#13;"})
