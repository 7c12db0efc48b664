"""A document as a page that people read, with the document for programs inside where that is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from adaptors.formats.base import Format, Problem, Rendered, Unsayable
from adaptors.formats.document import OutgoingDocument, Party, Payment
from adaptors.formats.lacks import CUSTOMER, SUPPLIER, required
from adaptors.formats.pdf import words
from adaptors.formats.pdf.page import Page
from adaptors.formats.pdf.paper import as_pdf, printed
from connectors.base import Setting

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_PAPERS = {"a4": "A4", "letter": "letter"}


class PdfFormat(Format):
    kind = "pdf"
    label = "PDF"
    summary = "A page for people, in Danish, English or German; the e-invoice can go inside it (PDF/A-3)."
    ending, media_type = "pdf", "application/pdf"
    options: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "language", "Language", kind="choice", default="",  required=False,
            choices=(("", "The customer's"), ("da", "Danish"), ("en", "English"), ("de", "German")),
        ),
        Setting("paper", "Paper", kind="choice", default="a4", choices=(("a4", "A4"), ("letter", "Letter"))),
        Setting("accent", "Colour", "Of headings and lines, as #rrggbb.", default="#1f5673"),
        Setting(
            "attach", "E-invoice inside", "Programs read it from the PDF.", kind="choice", default="", required=False,
            choices=(("", "None"), ("bis3", "Peppol BIS Billing 3.0"), ("oioubl", "OIOUBL 2.1"), ("json", "JSON")),
        ),
        Setting(
            "pdf_a", "For archives (PDF/A-3)", "What has something inside always is.", kind="bool", default=False,
            required=False,
        ),
    )  # fmt: skip

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        if not _COLOUR.fullmatch(self.values["accent"]):
            raise ValueError(f"Colour: expected one such as #1f5673, found {self.values['accent'][:60]!r}.")

    def lacks(self, seller: Party, buyer: Party, payment: Payment, buyer_reference: str) -> Iterable[Problem]:
        for side, party in ((SUPPLIER, seller), (CUSTOMER, buyer)):
            yield from required(party.name, f"{side}_name", f"The {side} has no name.")

    def render(self, document: OutgoingDocument) -> Rendered:
        if problems := tuple(self.lacks(document.seller, document.buyer, document.payment, document.buyer_reference)):
            raise Unsayable(*problems)
        embedded = [one for one in document.attachments if one.content]
        if self.values["attach"] and not any(one.is_alternative for one in embedded):
            raise Unsayable(Problem("The e-invoice that is to go into the PDF was not made."))
        language = words.language_of(self.values["language"] or document.language)
        look = {"paper": _PAPERS[self.values["paper"]], "accent": self.values["accent"]}
        html = printed({**Page(document, language).context(), **look})
        is_archived = bool(embedded) or self.values["pdf_a"]
        return Rendered(as_pdf(html, embedded, document.issue_date, archived=is_archived), self.media_type, self.ending)
