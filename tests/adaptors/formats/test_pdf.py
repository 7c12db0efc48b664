"""Pages as pypdf reads them."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import pypdf
import pytest

from adaptors.formats.base import Unsayable
from adaptors.formats.document import Attachment, Kind, Payment
from adaptors.formats.pdf import labels
from adaptors.formats.pdf.format import PdfFormat
from adaptors.formats.pdf.payment import slip_of
from adaptors.formats.pdf.words import day, number, percent
from tests.adaptors.samples import BUYER, FIK_71, FIK_73, FIK_75, IBAN, PDF, SAMPLES, D, document, line

XML = Attachment("10482.xml", "application/xml", b"<Invoice/>", "Peppol BIS Billing 3.0", is_alternative=True)


def reader(of: Any, **options: Any) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(PdfFormat(options).render(of).content))


def text(of: Any, **options: Any) -> str:
    """What stands on all pages, without the blanks that places on paper make."""
    return " ".join(" ".join(page.extract_text() for page in reader(of, **options).pages).split())


def lacking(found: str, *texts: str) -> list[str]:
    return [one for one in texts if one not in found]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("plain", ("Faktura 10482", "15. marts 2026", "14. april 2026", "PO-4711", "0440116243", "Side 1 af 1", "25 %",
                   "1.000,00", "250,00", "DKK 1.250,00", "At betale", "CVR-nr. 25313763", "2. sal", "8000 Aarhus C")),
        ("export", ("Invoice 10482", "15 March 2026", "14 April 2026", "USD 1,000.00", "Export 0%", "UNITED STATES",
                    "San Francisco CA 94105", "DK50 0040 0440 1162 43", "Export outside the EU")),
        ("reverse_charge", ("Rechnung 10482", "15. März 2026", "DKK 1.000,00", "Reverse Charge 0 %", "DE136695976",
                            "Straße des 17. Juni 135", "GERMANY")),
        ("credit", ("Kreditnota 90017", "Vedrører faktura 10482", "Til gode", "DKK 1.250,00")),
        ("foreign_currency", ("EUR 1.250,00", "Moms i DKK 1.865,20")),
        ("two_rates", ("25 % 1.000,00 250,00", "12 % 100,00 12,00", "DKK 1.362,00")),
        ("document_percent", ("Varer i alt 1.000,00", "Rabat 5 % −50,00", "I alt uden moms 950,00", "DKK 1.187,50")),
        ("rounded", ("Afrunding 0,02", "DKK 1.250,00")),
        ("item_numbers", ("Varenr. P-100 · Deres varenr. 778899 · GTIN 5790000000012", "Serienummer 4711")),
        ("attachment", ("specification.pdf", "https://example.com/drawing.pdf")),
        ("many_decimals", ("1.234,567 kWh 0,87654 1.082,15",)),
    ],
)  # fmt: skip
def test_page_says_what_the_document_says(name: str, texts: tuple[str, ...]) -> None:
    of = SAMPLES[name]()

    assert lacking(text(of), *texts, of.seller.name, of.buyer.name) == []


def test_text_that_is_no_text_of_ours_is_shown_as_it_is() -> None:
    of = SAMPLES["odd_characters"]()

    found = text(replace(of, number="<img src=file:///etc/passwd>", note=f"{of.note} {{{{ seller }}}} &lt;"))

    assert lacking(found, "<img src=file:///etc/passwd>", "Rør & <bøjning> ½\" ']]>'", "æøåÆØÅ ß é € –", "漢字") == []
    assert lacking(found, "{{ seller }} &lt;", "Ærø & Søn “I/S”") == []


def test_long_document_repeats_its_heading_and_counts_pages() -> None:
    pages = [" ".join(page.extract_text().split()) for page in reader(SAMPLES["two_hundred_lines"]()).pages]

    assert len(pages) > 3
    for at, page in enumerate(pages, start=1):
        assert lacking(page, "Vare Antal Enhed Pris Beløb DKK", f"Side {at} af {len(pages)}") == []
    assert sum(len(re.findall(r"\d+ Vare \d+ 1 stk\. 1,00 1,00", page)) for page in pages) == 200
    assert "DKK 250,00" in pages[-1]


def test_long_words_stay_on_the_paper() -> None:
    long = line(name="W" * 300, description="Ord " * 3000)
    of = document(lines=[long], buyer=replace(BUYER, name="N" * 120), note="x" * 500, number="7" * 80)

    found = text(of).replace(" ", "")

    assert lacking(found, "W" * 300, "N" * 120, "x" * 500) == []
    assert found.count("Ord") == 3000


def test_what_is_paid_or_credited_names_no_account() -> None:
    paid, owed = text(SAMPLES["prepaid_in_full"]()), text(SAMPLES["negative_total"]())

    assert lacking(paid, "Betalt, intet udestående", "Betalt −1.250,00", "Betalt med kort") == []
    assert ("Til gode DKK 625,00" in owed, "0440116243" in owed) == (True, False)


def test_language_and_paper_may_be_chosen() -> None:
    page = reader(document(), language="en", paper="letter").pages[0]

    assert (float(page.mediabox.width), float(page.mediabox.height)) == (612, 792)
    assert "Amount due DKK 1,250.00" in " ".join(page.extract_text().split())
    assert "Invoice 10482" in text(document(language="fi"))


def test_files_go_inside_an_archived_pdf() -> None:
    found = reader(document(attachments=(XML, PDF)), attach="bis3")

    embedded = [one.get_object() for one in found.trailer["/Root"]["/AF"]]
    assert {name: content for name, (content,) in found.attachments.items()} == {
        "10482.xml": b"<Invoice/>", "specification.pdf": PDF.content,
    }  # fmt: skip
    assert [(one["/UF"], one["/AFRelationship"]) for one in embedded] == [
        ("10482.xml", "/Alternative"), ("specification.pdf", "/Supplement"),
    ]  # fmt: skip
    assert _archived(found) == ("3", "U")
    assert "10482.xml" not in " ".join(page.extract_text() for page in found.pages)


def test_pdf_without_files_is_archived_only_when_asked() -> None:
    assert (reader(document()).xmp_metadata, _archived(reader(document(), pdf_a=True))) == (None, ("3", "U"))


def _archived(found: pypdf.PdfReader) -> tuple[str, ...]:
    assert found.xmp_metadata is not None
    said = found.xmp_metadata.stream.get_data().decode()
    return tuple(re.findall(r'pdfaid:(?:part|conformance)="(\w+)"', said))


def test_e_invoice_that_was_not_made_holds_the_document() -> None:
    with pytest.raises(Unsayable, match=r"^The e-invoice that is to go into the PDF was not made\.$"):
        PdfFormat({"attach": "bis3"}).render(document(attachments=(PDF,)))


def test_same_document_makes_the_same_bytes_at_any_time() -> None:
    of = document(attachments=(XML,))
    before = PdfFormat().render(of)
    time.sleep(1.1)  # dates of a PDF count seconds

    assert PdfFormat().render(of) == before
    assert pypdf.PdfReader(io.BytesIO(before.content)).metadata["/CreationDate"] == "D:20260315"  # type: ignore[index]


def test_party_without_a_name_holds_the_document() -> None:
    with pytest.raises(Unsayable) as held:
        PdfFormat().render(document(buyer=replace(BUYER, name="")))

    assert [(one.text, one.field) for one in held.value.problems] == [("The customer has no name.", "customer_name")]


@pytest.mark.parametrize(
    ("payment", "line"),
    [
        (FIK_71, "+71<000000000104828+12345678<"),
        (FIK_73, "+73<+12345678<"),
        (FIK_75, "+75<0000000000104828+12345678<"),
        (IBAN, ""),
        (Payment("93", card_type="71"), ""),
    ],
)
def test_payment_slip_is_a_line_as_banks_read_it(payment: Payment, line: str) -> None:
    assert slip_of(payment) == line
    assert line in text(document(payment=payment))


def test_numbers_and_dates_are_as_the_language_writes_them() -> None:
    of = document().issue_date

    assert [number(D("-1234567.5"), one, 2) for one in labels.LANGUAGES] == [
        "−1.234.567,50", "−1,234,567.50", "−1.234.567,50",
    ]  # fmt: skip
    assert [percent(D("12.50"), one) for one in labels.LANGUAGES] == ["12,5\u00a0%", "12.5%", "12,5\u00a0%"]
    assert [day(of, one) for one in labels.LANGUAGES] == ["15. marts 2026", "15 March 2026", "15. März 2026"]
    assert [list(titles) for titles in labels.TITLES.values()] == [list(Kind)] * 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"accent": "red}"}, "Colour: expected one such as #1f5673, found 'red}'."),
        ({"language": "fr"}, "Language: expected one of nothing, da, en, de, found 'fr'."),
        ({"attach": "pdf"}, "E-invoice inside: expected one of nothing, bis3, oioubl, json, found 'pdf'."),
    ],
)
def test_options_that_are_wrong_are_refused_with_a_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        PdfFormat(options)

    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("ImportError", "PDFs need weasyprint, which is not installed: run pip install 'arhub[pdf]'."),
        ("OSError", "PDFs need Pango, which this machine has not: install libpango-1.0-0"),
    ],
)
def test_machine_without_what_it_needs_is_told_what_to_install(error: str, sentence: str) -> None:
    """In a process of its own, where importing weasyprint fails as it does on such a machine."""
    program = f"""
import sys
from importlib.abc import MetaPathFinder
class Missing(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "weasyprint":
            raise {error}("cannot load library")
sys.meta_path.insert(0, Missing())
from adaptors.formats.base import Unsayable
from adaptors.formats.pdf.format import PdfFormat
from tests.adaptors.samples import document
try:
    PdfFormat().render(document())
except Unsayable as held:
    print(held)
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.startswith(sentence)
