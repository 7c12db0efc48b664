"""Drops as they come: right, unusual, wrong and hostile."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.erp_cache.errors import BadDrop
from connectors.erp_cache.names import DropName
from tests.connectors.erp_cache.drops import INVOICES, NAME, SETTINGS, drop, invoices, item, items, packed, zipped


def refusal(content: bytes, name: DropName = NAME) -> str:
    with pytest.raises(BadDrop) as caught:
        drop(content, name)
    return str(caught.value)


def test_outstanding_items_are_read_from_a_zip() -> None:
    content = zipped(ACME_ErpCache_OutstandingItem_7=items(item("10482", "750.00"), item("10483", "-20", "EUR")))

    found, records = drop(content)

    assert (found.record_type, found.rows, found.warnings) == ("outstanding_item", 2, ())
    assert records == [
        {"invoice_number": "10482", "currency": "DKK", "total_outstanding": Decimal("750.00")},
        {"invoice_number": "10483", "currency": "EUR", "total_outstanding": Decimal("-20")},
    ]


def test_xml_that_is_not_packed_is_read_too() -> None:
    _, records = drop(items(item("Æ & <1>".replace("&", "&amp;").replace("<", "&lt;"), ".5", "")))

    assert records == [{"invoice_number": "Æ & <1>", "currency": None, "total_outstanding": Decimal("0.5")}]


def test_invoice_history_is_read_with_its_own_outstanding_amount() -> None:
    rows = (
        {"InvoiceNumber": "1", "AccountNumber": "C1", "InvoiceDate": "2026-01-31", "TotalPrice": "100.00",
         "TotalOutstanding": "", "DownloadablePdfUri": "https://shop.example/1.pdf", "InvoicePdf": "JVBERg=="},
        {"InvoiceNumber": "2", "AccountNumber": "C1", "InvoiceDate": "2026-02-01T00:00:00", "TotalOutstanding": "7"},
    )  # fmt: skip

    found, records = drop(invoices(*rows), INVOICES)

    assert (found.record_type, found.rows) == ("invoice", 2)
    assert found.warnings == ("Left out, since the hub has no place for it: InvoicePdf.",)
    assert records == [
        {"invoice_number": "1", "account_id": "C1", "invoice_date": "2026-01-31", "total_amount": Decimal("100.00"),
         "balance_due": None, "pdf_url": "https://shop.example/1.pdf"},
        {"invoice_number": "2", "account_id": "C1", "invoice_date": "2026-02-01",
         "balance_due": Decimal(7)},
    ]  # fmt: skip


def test_file_without_items_is_read() -> None:
    found, records = drop(items())

    assert (found.rows, records) == (0, [])


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (items(importer="ErpCache_Invoices"),
         "The file names the Importer ErpCache_Invoices; it was read as ErpCache_OutstandingItem."),
        (items(settings="<ImportSettings><Version>1.0</Version></ImportSettings>"),
         "The file names no Importer; it was read as ErpCache_OutstandingItem."),
        (items(settings="<ImportSettings><Importer>{}</Importer></ImportSettings>"),
         "The file names no Version; it was read as 1.0."),
        (items(item(1, 2).replace("</Out", "<Batch>4</Batch></Out")),
         "Left out, since the hub has no place for it: Batch."),
        (packed({"other.xml": items()}),
         "Expected ACME_ErpCache_OutstandingItem_7.xml in the ZIP, found other.xml; it was read as that."),
    ],
)  # fmt: skip
def test_what_is_unusual_is_a_warning(content: bytes, warning: str) -> None:
    found, _ = drop(content)

    assert found.warnings == (warning,)


def test_file_without_settings_is_read_with_both_warnings() -> None:
    found, _ = drop(items(settings=""))

    assert found.warnings == (
        "The file names no Version; it was read as 1.0.",
        "The file names no Importer; it was read as ErpCache_OutstandingItem.",
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (items(importer="ErpCache_Orders"), "Expected the Importer ErpCache_OutstandingItem, found ErpCache_Orders."),
        (items(settings=SETTINGS.replace("1.0", "1.1")),
         "Expected Version 1.0, found 1.1: what that says is not known here."),
        (b"<Export/>", "Expected the XML to begin with Import, found Export."),
        (b"<Import/>", "Expected OutstandingItems in Import, found nothing."),
        (invoices(), "Expected OutstandingItems in Import, found ImportSettings, Invoices."),
        (items().replace(b"</Import>", b"<OutstandingItems/></Import>"),
         "Expected ImportSettings and OutstandingItems, each once, found another OutstandingItems."),
        (items("<Invoice/>"), "Expected nothing but OutstandingItem in OutstandingItems, found Invoice."),
        (items(item(1, 2), item(2, "12,50")),
         "OutstandingItem 2, line 6: expected a number such as 1250.00 as TotalOutstanding, found “12,50”."),
        (items(item(1, "1.234.567")),
         "OutstandingItem 1, line 5: expected a number such as 1250.00 as TotalOutstanding, found “1.234.567”."),
        (items(item(1, "1e5")),
         "OutstandingItem 1, line 5: expected a number such as 1250.00 as TotalOutstanding, found “1e5”."),
        (items(item(1, "9" * 61)), "OutstandingItem 1, line 5: expected a number such as 1250.00 as TotalOutstanding, "
                                   f"found “{'9' * 40}”."),
        (items(item(1, "")), "OutstandingItem 1, line 5: expected a number such as 1250.00 as TotalOutstanding, "
                             "found none."),
        (items(item(" ", 1)), "OutstandingItem 1, line 5: expected a text as InvoiceNumber, found none."),
        (items(item("1</InvoiceNumber><InvoiceNumber>2", 1)),
         "OutstandingItem 1, line 5: expected one InvoiceNumber, found several."),
        (items(item("<b>1</b>", 1)),
         "OutstandingItem 1, line 5: expected a text as InvoiceNumber, found elements in it."),
        (items(item(1, 2))[:-20], "The file is not valid XML: see line 6."),
        (b"", "The file is not valid XML: see line 1."),
        (items(item("Ærø", 2)).decode().encode("cp1252"), "The file is not valid XML: see line 5."),
        (packed({}), "Expected one XML file in the ZIP, found 0 files."),
        (packed({"a.xml": items(), "b.xml": items()}),
         "Expected one XML file in the ZIP, found 2 files: a.xml, b.xml."),
        (packed({"a.csv": b"1"}), "Expected one XML file in the ZIP, found 1 file: a.csv."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    assert refusal(content) == sentence


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"InvoiceDate": "31-01-2026"},
         "Invoice 1, line 2: expected a date such as 2026-01-31 as InvoiceDate, found “31-01-2026”."),
        ({"AccountNumber": ""}, "Invoice 1, line 2: expected a text as AccountNumber, found none."),
        ({"TotalPrice": "100 kr"}, "Invoice 1, line 2: expected a number such as 1250.00 as TotalPrice, "
                                   "found “100 kr”."),
    ],
)  # fmt: skip
def test_invoice_that_cannot_be_read_is_refused(row: dict[str, str], sentence: str) -> None:
    right = {"InvoiceNumber": "1", "AccountNumber": "C1", "InvoiceDate": "2026-01-31", "TotalPrice": "100"}

    assert refusal(invoices(right | row), INVOICES) == sentence


def test_interface_that_the_hub_takes_no_part_in_is_refused() -> None:
    sentence = refusal(items(), DropName("ACME", "Order", "1"))

    assert sentence == "Expected OutstandingItem or Invoice in the file's name, found Order."


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Import><OutstandingItems>&b;</OutstandingItems></Import>"""


@pytest.mark.parametrize("declared", [BOMB, BOMB.replace(b'<!ENTITY a "ha">', b'<!ENTITY a SYSTEM "/etc/passwd">')])
def test_xml_with_entities_is_refused(declared: bytes) -> None:
    said = refusal(declared)

    assert said == "The XML holds a document type declaration, as no export needs one; it is not read."


def test_archive_that_unpacks_to_far_more_than_its_size_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.xml", "w") as member:
        for _ in range(80):
            member.write(b" " * (1 << 20))

    assert refusal(file.getvalue()) == "The archive unpacks to far more than its size; it is not read."


def test_archive_that_was_cut_off_is_refused() -> None:
    whole = zipped(a=items(item(1, 2)))

    assert refusal(whole[:-30]).startswith("The archive is damaged or was cut off on its way.")


def test_archive_whose_content_is_damaged_is_refused(tmp_path: Path) -> None:
    whole = bytearray(zipped(a=items(*(item(number, number) for number in range(500)))))
    whole[200:260] = bytes(60)

    assert refusal(bytes(whole)).startswith("The archive is damaged or was cut off on its way.")


@pytest.mark.parametrize("encoding", ["klingon", "utf-16"])
def test_encoding_that_is_not_that_of_the_text_is_refused(encoding: str) -> None:
    assert refusal(items().replace(b"utf-8", encoding.encode())) == "The file is not valid XML: see line 1."


CHANGES = st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=6)), min_size=1, max_size=4)


@given(CHANGES, st.booleans(), st.integers(1, 10_000))
def test_whatever_comes_is_read_or_refused(changes: list[tuple[int, bytes]], is_packed: bool, cut: int) -> None:
    xml = items(item("10", "1.50"), item("11", "2"))
    content = bytearray(zipped(ACME_ErpCache_OutstandingItem_7=xml) if is_packed else xml)
    for place, piece in changes:
        content[place % len(content) : place % len(content) + len(piece)] = piece

    try:
        found, records = drop(bytes(content[:cut]))
    except BadDrop as problem:
        assert str(problem)
    else:
        assert found.rows == len(records)


def test_element_that_never_ends_is_refused() -> None:
    text = refusal(items(item("9" * (11 << 20), 1)))

    assert text == "The XML has a text of more than 10 MB, see line 5; this is not a table of rows."
