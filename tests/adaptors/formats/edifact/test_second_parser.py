"""What pydifact reads back out of each golden file is what the document says."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from pydifact.segmentcollection import Interchange

from adaptors.formats.document import OutgoingDocument
from tests.adaptors import golden
from tests.adaptors.formats.edifact.cases import CASES

pytestmark = pytest.mark.filterwarnings("ignore:segments.xml not found")  # pydifact brings no directories

TOTALS = {"79": "lines", "125": "net", "176": "tax", "77": "gross", "9": "payable", "113": "prepaid", "165": "rounding"}
CASES_IN_LATIN_1 = [name for name in CASES if not name.startswith("odd_characters")]
CASES_OF_EANCOM = [name for name in CASES_IN_LATIN_1 if "." not in name]


class Read:
    """A file as pydifact reads it. Elements are lists of components."""

    def __init__(self, name: str) -> None:
        text = golden.stored(CASES[name][0], name).read_bytes().decode("latin-1")
        self.interchange = Interchange.from_str(text)
        (self.message,) = self.interchange.get_messages()
        self.segments = [
            (one.tag, [part if isinstance(part, list) else [part] for part in one.elements])
            for one in self.message.segments
        ]
        tags = [tag for tag, _ in self.segments]
        self.first_line, self.end = tags.index("LIN"), tags.index("UNS")

    def found(self, tag: str, begin: int = 0, end: int | None = None) -> list[list[list[str]]]:
        return [elements for name, elements in self.segments[begin:end] if name == tag]

    def lines(self) -> list[list[tuple[str, list[list[str]]]]]:
        starts = [place for place, (tag, _) in enumerate(self.segments) if tag == "LIN"]
        return [self.segments[begin:end] for begin, end in pairwise([*starts, self.end])]


def _document(name: str) -> OutgoingDocument:
    return CASES[name][1]()


@pytest.mark.parametrize("name", CASES_OF_EANCOM)
def test_totals_come_back(name: str) -> None:
    read, totals = Read(name), _document(name).totals

    amounts = [element for (element,) in read.found("MOA", read.end) if len(element) == 2]
    summary = {code: Decimal(amount) for code, amount in amounts[: -2 * len(_document(name).subtotals)]}

    adjustments = summary.pop("131", Decimal(0))
    assert {TOTALS[code]: amount for code, amount in summary.items()} == {
        name: getattr(totals, name) for code, name in TOTALS.items() if code in summary
    }
    assert {"79", "125", "176", "77", "9"} <= set(summary)
    assert adjustments == totals.charges - totals.allowances
    assert summary.get("113", 0) == totals.prepaid
    assert summary.get("165", 0) == totals.rounding


@pytest.mark.parametrize("name", CASES_OF_EANCOM)
def test_vat_comes_back_by_rate(name: str) -> None:
    read, document = Read(name), _document(name)
    after = read.segments[read.end :]

    found = []
    for (tag, elements), (_, taxable), (_, tax) in zip(after, after[1:], after[2:], strict=False):
        if tag == "TAX":
            rate = elements[4][3] if len(elements[4]) > 3 else None
            found.append((elements[5][0], rate and Decimal(rate), Decimal(taxable[0][1]), Decimal(tax[0][1])))

    assert found == [
        ({"AE": "E", "K": "E"}.get(one.vat.category, one.vat.category), one.vat.rate, one.taxable, one.tax)
        for one in document.subtotals
    ]


@pytest.mark.parametrize("name", CASES_IN_LATIN_1)
def test_number_dates_and_references_come_back(name: str) -> None:
    read, document = Read(name), _document(name)

    dates = {element[0][0]: element[0][1] for element in read.found("DTM", 0, read.first_line)}
    references = [tuple(element[:2]) for (element,) in read.found("RFF", 0, read.first_line)]

    assert read.found("BGM")[0] == [[document.kind.code], [document.number], ["9"]]
    assert dates["137"] == f"{document.issue_date:%Y%m%d}"
    assert dates.get("13") == (f"{document.due_date:%Y%m%d}" if document.due_date else None)
    assert [number for code, number in references if code == "IV"] == [one.number for one in document.corrects]
    assert [number for code, number in references if code == "ON"] == list(
        filter(None, [document.customer_order_number])
    )


def _joined(parts: Sequence[str]) -> str:
    return " ".join(part for part in parts if part)


@pytest.mark.parametrize("name", [name for name in CASES_IN_LATIN_1 if "retail" not in name])
def test_parties_come_back(name: str) -> None:
    read, document = Read(name), _document(name)

    parties = {elements[0][0]: elements for elements in read.found("NAD")}
    found = [
        (_joined(parties[role][3]), _joined(parties[role][4]), parties[role][5][0], parties[role][8][0])
        for role in ("SU" if "SU" in parties else "SE", "BY")
    ]

    assert found == [
        (one.name, _joined(one.address.lines), one.address.city, one.address.country)
        for one in (document.seller, document.buyer)
    ]


@pytest.mark.parametrize("name", CASES_IN_LATIN_1)
def test_lines_come_back(name: str) -> None:
    found = []
    for segments in Read(name).lines():
        by_tag = dict(reversed(segments))
        texts = [_joined(elements[2][3:]) for tag, elements in segments if tag == "IMD" and elements[0] == ["F"]]
        found.append((
            by_tag["LIN"][0][0], _joined(texts), Decimal(by_tag["QTY"][0][1]), Decimal(by_tag["PRI"][0][1]),
            Decimal(by_tag["MOA"][0][1]),
        ))  # fmt: skip

    assert found == [
        (line.id, line.name.strip(), line.quantity, line.price, line.net) for line in _document(name).lines
    ]
