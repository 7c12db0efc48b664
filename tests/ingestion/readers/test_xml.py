from __future__ import annotations

from pathlib import Path

import pytest

from arhub.records import RECORD_TYPES, normalise
from ingestion.errors import Problem, Unreadable
from ingestion.readers.xml_rows import XmlReader
from tests.contracts.reader_contract import ReaderContract
from tests.ingestion.readers.whole import read, written

ITEM = """    <OutstandingItem>
      <InvoiceNumber>{}</InvoiceNumber>
      <Currency>DKK</Currency>
      <TotalOutstanding>{}.25</TotalOutstanding>
    </OutstandingItem>
"""


def cache(items: str, importer: str = "ErpCache_OutstandingItem") -> str:
    return f"""<?xml version="1.0" encoding="utf-8"?>
<Import>
  <ImportSettings>
    <Importer>{importer}</Importer>
    <Version>1.0</Version>
  </ImportSettings>
  <OutstandingItems>
{items}  </OutstandingItems>
</Import>
"""


class TestXmlContract(ReaderContract):
    reader = XmlReader

    @pytest.fixture
    def table_path(self, tmp_path: Path) -> Path:
        items = [ITEM.format(number, number) for number in range(40)]
        items[7] = "<OutstandingItem><Currency>DKK</Currency><Currency>EUR</Currency></OutstandingItem>\n"
        items[9] = "<OutstandingItem/>\n"
        items[30] = "<OutstandingItem><Late>x</Late></OutstandingItem>\n"
        return written(tmp_path / "table.xml", cache("".join(items)))

    @pytest.fixture
    def unreadable_paths(self, tmp_path: Path) -> list[Path]:
        contents = {
            "empty": "",
            "text": "a,b\n1,2\n",
            "cut": cache(ITEM.format(1, 1))[:-30],
            "no rows": cache(""),
            "two lists": "<a><b><x><c>1</c></x></b><d><y><c>1</c></y></d></a>",
            "mixed": "<a><b><c>1</c></b><d><c>1</c></d></a>",
            "deep": "<a>" * 300 + "</a>" * 300,
            "unknown entity": "<a><b><c>&nbsp;</c></b></a>",
            "doctype": "<!DOCTYPE a><a><b><c>1</c></b></a>",
            "wide": "<a><b>" + "".join(f"<c{number}>1</c{number}>" for number in range(600)) + "</b></a>",
        }
        return [written(tmp_path / name, content) for name, content in contents.items()]


def test_file_of_the_erp_cache_is_read(tmp_path: Path) -> None:
    table = read(
        written(tmp_path / "SHOP_ErpCache_OutstandingItem_1.xml", cache(ITEM.format(1, 7) + ITEM.format(2, 8)))
    )

    assert table.layout.header == ["InvoiceNumber", "Currency", "TotalOutstanding"]
    assert (table.lines, table.rows) == ([8, 13], [["1", "DKK", "7.25"], ["2", "DKK", "8.25"]])
    assert table.layout.notes == ()


def test_importer_of_invoices_on_outstanding_items_is_a_warning(tmp_path: Path) -> None:
    table = read(written(tmp_path / "items.xml", cache(ITEM.format(1, 7), "ErpCache_Invoices")))

    assert table.rows == [["1", "DKK", "7.25"]]
    assert table.layout.notes == (
        "The file names the importer ErpCache_Invoices, but holds what ErpCache_OutstandingItem takes; "
        "it was read as that.",
    )


def test_invoice_history_maps_by_itself() -> None:
    fields = {
        "InvoiceNumber": "invoice_number", "AccountNumber": "account_id", "InvoiceDate": "invoice_date",
        "TotalPrice": "total_amount", "TotalOutstanding": "balance_due", "DownloadablePdfUri": "pdf_url",
    }  # fmt: skip
    known = RECORD_TYPES["invoice"].by_header

    assert {name: known[normalise(name)].name for name in fields} == fields
    assert normalise("InvoicePdf") not in known


def test_list_without_an_envelope_and_with_attributes(tmp_path: Path) -> None:
    content = """<invoices xmlns="urn:x" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<invoice no="1"><sum currency="DKK"> 5 </sum><to><city>Aarhus</city></to></invoice>
<invoice no="2" xsi:type="x"><sum>6</sum><!-- no --><note><![CDATA[<b>]]></note></invoice>
</invoices>"""

    table = read(written(tmp_path / "plain.xml", content))

    assert table.layout.header == ["no", "sum.currency", "sum", "to.city", "note"]
    assert table.rows == [["1", "DKK", "5", "Aarhus", None], ["2", None, "6", None, "<b>"]]
    assert table.lines == [2, 3]


def test_rows_of_attributes_only(tmp_path: Path) -> None:
    table = read(written(tmp_path / "file.xml", '<x><items>\n<item no="1" sum="5"/>\n<item no="2"/>\n</items></x>'))

    assert (table.layout.header, table.lines) == (["no", "sum"], [2, 3])
    assert table.rows == [["1", "5"], ["2", None]]


def test_rows_on_one_line_are_numbered(tmp_path: Path) -> None:
    table = read(written(tmp_path / "one.xml", "<a><b><c>1</c></b><b><c>2</c></b></a>"))

    assert (table.lines, table.rows) == ([2, 3], [["1"], ["2"]])


def test_lines_the_parser_does_not_count_are_numbers_of_rows(tmp_path: Path) -> None:
    table = read(written(tmp_path / "many.xml", "<a>\n" + "<b>\n<c>1</c>\n</b>\n" * 22_000 + "</a>"))

    assert table.lines == list(range(2, 22_002))


def test_part_given_twice_is_a_problem(tmp_path: Path) -> None:
    table = read(written(tmp_path / "twice.xml", "<a>\n<b><c>1</c></b>\n<b><c>1</c><c>2</c></b>\n</a>"))

    assert table.lines == [2]
    assert table.problems == [(3, ["<b><c>1</c><c>2</c></b>"], Problem("c", "one value", "several"))]


def test_text_of_more_than_a_megabyte_is_a_problem(tmp_path: Path) -> None:
    table = read(written(tmp_path / "pdf.xml", f"<a>\n<b><c>1</c></b>\n<b><c>{'x' * 1_100_000}</c></b>\n</a>"))

    assert [(line, problem) for line, _, problem in table.problems] == [
        (3, Problem("c", "at most 1 MB of text", "1,100,000 characters"))
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_declared_encoding_counts(tmp_path: Path, encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?><a><b><c>Ærø</c></b></a>'.encode(encoding)

    assert read(written(tmp_path / "file.xml", content)).rows == [["Ærø"]]


def test_two_lists_are_named(tmp_path: Path) -> None:
    content = "<a><b><x><c>1</c></x></b><d><y><c>1</c></y></d></a>"

    with pytest.raises(Unreadable, match="The XML holds “b”, “d”; expected one list of elements of the same name"):
        read(written(tmp_path / "two.xml", content))
