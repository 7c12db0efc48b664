"""A document as a row of ERP Cache's invoice history: zipped XML, one document in a file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

from adaptors.formats.base import Format, Problem, Rendered, Unsayable
from adaptors.formats.document import OutgoingDocument, Party, Payment
from adaptors.formats.lacks import required
from connectors.base import Setting
from connectors.erp_cache.interfaces import INVOICE
from connectors.erp_cache.names import LONGEST_INDEX, TIMESTAMP_DIGITS, DropName, parse
from connectors.erp_cache.writing import InvoiceRow, write_invoices
from connectors.erp_cache.writing import Unsayable as UnsayableText

_PDF = "application/pdf"
_OF_DAY = 8
"""Digits of a date."""


class ErpCacheFormat(Format):
    kind = "erp_cache"
    label = "ERP Cache"
    summary = "A row of a web shop's invoice history (Shoxl, formerly Vendisto), as zipped XML."
    ending, media_type = "zip", "application/zip"
    options: ClassVar[tuple[Setting, ...]] = (
        Setting("shop", "Shop", "The name that the shop's host gave you.", default="SHOP"),
        Setting("pdf", "With the PDF", "The document as a PDF in the XML.", kind="bool", default=False, required=False),
        Setting(
            "outstanding", "Outstanding amount", "Where it is given, the shop never looks at outstanding items.",
            kind="choice", default="empty",
            choices=(("empty", "Left to outstanding items"), ("payable", "The amount to pay")),
        ),
    )  # fmt: skip

    @property
    def takes_along(self) -> str:
        return "pdf" if self.values["pdf"] else ""

    def lacks(self, seller: Party, buyer: Party, payment: Payment, buyer_reference: str) -> Iterable[Problem]:
        text = "ERP Cache knows a customer by its number, and this one has none."
        return required(buyer.number, "customer_number", text)

    def drop_name(self, document: OutgoingDocument) -> DropName:
        """The name its rules ask for. Index is the date and the digits of the document's number, in at least 14 digits:
        the shop takes it for a time, which only orders. Raises `Unsayable` when the shop's name cannot stand in one."""
        digits = re.sub(r"[^0-9]", "", document.number)[: LONGEST_INDEX - _OF_DAY]
        index = f"{document.issue_date:%Y%m%d}{digits.zfill(TIMESTAMP_DIGITS - _OF_DAY)}"
        name = DropName(self.values["shop"].strip(), INVOICE.name, index)
        if parse(f"{name.stem}.zip") != name:
            raise Unsayable(Problem(f"The shop's name “{name.shop[:60]}” cannot stand in the name of a file."))
        return name

    def render(self, document: OutgoingDocument) -> Rendered:
        if problems := tuple(self.lacks(document.seller, document.buyer, document.payment, document.buyer_reference)):
            raise Unsayable(*problems)
        into, name = io.BytesIO(), self.drop_name(document)
        try:
            write_invoices([self._row(document)], name, into)
        except UnsayableText as problem:
            raise Unsayable(Problem(str(problem))) from None
        return Rendered(into.getvalue(), self.media_type, self.ending, name=f"{name.stem}.{self.ending}")

    def _row(self, document: OutgoingDocument) -> InvoiceRow:
        """Amounts of credit notes have a minus, as those of outstanding items do."""
        sign = Decimal(-1 if document.kind.is_credit else 1)
        totals = document.totals
        is_told = self.values["outstanding"] == "payable"
        return InvoiceRow(
            document.number, document.buyer.number, document.issue_date, sign * totals.gross,
            pdf=self._pdf(document) if self.values["pdf"] else b"",
            outstanding=sign * totals.payable if is_told else None,
        )  # fmt: skip

    def _pdf(self, document: OutgoingDocument) -> bytes:
        for one in document.attachments:
            if one.is_alternative and one.media_type == _PDF and one.content:
                return one.content
        raise Unsayable(Problem("The PDF that is to go into the XML was not made."))
