"""One invoice in every format, read back by readers that share nothing with us: all of them say the same."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from lxml import etree
from pydifact.segmentcollection import Interchange

from adaptors.formats.document import OutgoingDocument
from adaptors.registry import load
from tests.adaptors.formats.bis3.reader import Reading
from tests.adaptors.samples import SAMPLES

pytestmark = pytest.mark.filterwarnings("ignore:segments.xml not found")  # pydifact brings no directories
INVOICES = ("plain", "ten_lines", "document_allowance", "iban", "foreign_currency", "credit")
Said = tuple[Decimal, Decimal, Decimal, str, str, str]
"""Net, VAT, total, due date in ISO form (empty: none), seller, buyer."""


def bis3(content: bytes) -> Said:
    read = Reading(content)
    totals: Any = read.totals
    return (
        totals["net"], totals["tax"], totals["gross"], read.head["due"], read.seller["name"], read.buyer["name"],
    )  # fmt: skip


def oioubl(content: bytes) -> Said:
    root = etree.fromstring(content)

    def text(path: str) -> str:
        found = root.xpath(f"string({path})", namespaces={key: value for key, value in root.nsmap.items() if key})
        return str(found)

    total, tax = "/*/cac:LegalMonetaryTotal/cbc:", "/*/cac:TaxTotal/cbc:TaxAmount"
    gross = Decimal(text(f"{total}TaxInclusiveAmount"))
    parties = [f"/*/cac:Accounting{side}Party/cac:Party/cac:PartyName/cbc:Name" for side in ("Supplier", "Customer")]
    vat = Decimal(text(tax))
    return gross - vat, vat, gross, text("/*/cac:PaymentMeans/cbc:PaymentDueDate"), *map(text, parties)  # type: ignore[return-value]


def edifact(content: bytes) -> Said:
    (message,) = Interchange.from_str(content.decode("latin-1")).get_messages()
    amounts: dict[str, Decimal] = {}
    dates: dict[str, str] = {}
    parties: dict[str, str] = {}
    for segment in message.segments:
        parts = [part if isinstance(part, list) else [part] for part in segment.elements]
        match segment.tag:
            case "MOA":
                amounts.setdefault(parts[0][0], Decimal(parts[0][1]))
            case "DTM":
                dates[parts[0][0]] = parts[0][1]
            case "NAD" if len(parts) > 3:
                parties[parts[0][0]] = " ".join(filter(None, parts[3]))
    due = dates.get("13", "")
    shown = date(int(due[:4]), int(due[4:6]), int(due[6:8])).isoformat() if due else ""
    return amounts["125"], amounts["124"], amounts["77"], shown, parties["SE"], parties["BY"]


def table(content: bytes) -> Said:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    [said] = {tuple(row[name] for name in COLUMNS) for row in rows}
    net, tax, gross, due, seller, buyer = said
    return Decimal(net), Decimal(tax), Decimal(gross), due, seller, buyer


def as_json(content: bytes) -> Said:
    told = json.loads(content)
    net, tax, gross = (Decimal(told["totals"][name]) for name in ("net", "tax", "gross"))
    return net, tax, gross, told.get("due_date", ""), told["seller"]["name"], told["buyer"]["name"]


COLUMNS = ("net_amount", "tax_amount", "total_amount", "due_date", "seller_name", "buyer_name")
READERS: dict[str, tuple[dict[str, Any], Callable[[bytes], Said]]] = {
    "bis3": ({}, bis3),
    "oioubl": ({}, oioubl),
    "edifact": ({"profile": "plain"}, edifact),
    "csv": ({"columns": [{"heading": name, "field": name} for name in COLUMNS]}, table),
    "json": ({}, as_json),
}


def said_by(document: OutgoingDocument) -> Said:
    due = document.due_date.isoformat() if document.due_date else ""
    totals = document.totals
    return totals.net, totals.tax, totals.gross, due, document.seller.name, document.buyer.name


@pytest.mark.parametrize("name", INVOICES)
def test_all_formats_say_the_same(name: str) -> None:
    document = SAMPLES[name]()

    found = {kind: read(load(kind)(options).render(document).content) for kind, (options, read) in READERS.items()}

    assert found == dict.fromkeys(READERS, said_by(document))


@pytest.mark.parametrize("name", ["plain", "foreign_currency"])
def test_the_page_says_it_too(name: str) -> None:
    document = SAMPLES[name]()
    net, tax, gross, due, seller, buyer = said_by(document)

    pages = pypdf.PdfReader(io.BytesIO(load("pdf")().render(document).content)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())

    amounts = {Decimal(found.replace(".", "").replace(",", ".")) for found in re.findall(r"[\d.]+,\d\d", text)}
    assert {net, tax, gross} <= amounts
    assert due == "2026-04-14" and "14. april 2026" in text
    assert seller in text and buyer in text
