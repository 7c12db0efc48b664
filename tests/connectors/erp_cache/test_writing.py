"""Drops as the hub writes them."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.erp_cache.names import DropName
from connectors.erp_cache.writing import InvoiceRow, Item, Unsayable, write, write_invoices
from tests.connectors.erp_cache.drops import INVOICES, NAME, drop

GOLDEN = """<?xml version="1.0" encoding="utf-8"?>
<Import>
  <ImportSettings>
    <Importer>ErpCache_OutstandingItem</Importer>
    <Version>1.0</Version>
  </ImportSettings>
  <OutstandingItems>
    <OutstandingItem>
      <InvoiceNumber>10482 &amp; Søn</InvoiceNumber>
      <Currency>DKK</Currency>
      <TotalOutstanding>1234567.50</TotalOutstanding>
    </OutstandingItem>
    <OutstandingItem>
      <InvoiceNumber>K-7</InvoiceNumber>
      <TotalOutstanding>-20</TotalOutstanding>
    </OutstandingItem>
  </OutstandingItems>
</Import>
"""
ITEMS = [Item("10482 & Søn", "DKK", Decimal("1234567.50")), Item("K-7", "", Decimal(-20))]


def written(items: list[Item], name: DropName = NAME, importer: str = "ErpCache_OutstandingItem") -> bytes:
    into = io.BytesIO()
    write(iter(items), name, into, importer)
    return into.getvalue()


def inside(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_items_are_written_as_the_page_of_the_interface_has_them() -> None:
    assert inside(written(ITEMS)) == {"ACME_ErpCache_OutstandingItem_7.xml": GOLDEN}


def test_same_items_are_the_same_bytes() -> None:
    assert written(ITEMS) == written(ITEMS)


def test_importer_may_be_another() -> None:
    text = inside(written([], importer="ErpCache_Invoices"))["ACME_ErpCache_OutstandingItem_7.xml"]

    assert text == GOLDEN[: GOLDEN.index("    <OutstandingItem>")].replace(
        "ErpCache_OutstandingItem", "ErpCache_Invoices"
    ) + "  </OutstandingItems>\n</Import>\n"  # fmt: skip


def test_invoice_history_leaves_the_outstanding_amount_empty() -> None:
    into = io.BytesIO()
    write_invoices([InvoiceRow("1", "C1", date(2026, 1, 31), Decimal("100.00"), "https://x.example/1")], INVOICES, into)

    _, records = drop(into.getvalue(), INVOICES)

    assert "<TotalOutstanding></TotalOutstanding>" in inside(into.getvalue())["ACME_ErpCache_Invoice_7.xml"]
    assert records == [
        {"invoice_number": "1", "account_id": "C1", "invoice_date": "2026-01-31", "total_amount": Decimal("100.00"),
         "balance_due": None, "pdf_url": "https://x.example/1"},
    ]  # fmt: skip


@pytest.mark.parametrize("number", ["a\x01b", "a\ufffe", "\ud800"])
def test_number_that_xml_cannot_express_is_refused(number: str) -> None:
    with pytest.raises(Unsayable, match="which XML cannot express"):
        written([Item(number, "", Decimal(1))])


sayable = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)
numbers = sayable.filter(lambda text: text == text.strip() and not set(text) & {"\ufffe", "\uffff"})


@given(
    st.lists(
        st.builds(
            Item, numbers, st.sampled_from(["", "DKK", "EUR"]), st.decimals(-(10**20), 10**20, places=4)
        ),
        max_size=20,
    )
)  # fmt: skip
def test_what_is_written_is_read_back(items: list[Item]) -> None:
    found, records = drop(written(items))

    assert (found.rows, found.warnings) == (len(items), ())
    assert [
        Item(record["invoice_number"], record.get("currency", ""), record["total_outstanding"]) for record in records
    ] == items
