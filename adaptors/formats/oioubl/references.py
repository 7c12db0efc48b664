"""What the document refers to: orders, contracts, corrected invoices, files that go along."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from adaptors.formats.document import Attachment, OutgoingDocument, Preceding
from adaptors.formats.xml import branch, leaf

MEDIA_TYPES = frozenset({
    "image/tiff", "image/png", "image/jpeg", "image/gif", "application/pdf", "text/xml", "text/csv",
    "application/vnd.ms-excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
})  # fmt: skip
NO_ORDER = "n/a"
PROJECT = "AEP"  # UNTDID 1153, as in the authority's own conversion from Peppol


def references(document: OutgoingDocument) -> Iterator[str]:
    """In the order of the schema, which is the same for invoices and credit notes."""
    yield branch(
        "cac:InvoicePeriod",
        leaf("cbc:StartDate", document.period_start.isoformat() if document.period_start else ""),
        leaf("cbc:EndDate", document.period_end.isoformat() if document.period_end else ""),
    )
    yield _order(document)
    yield from map(_preceding, document.corrects)
    yield branch("cac:ContractDocumentReference", leaf("cbc:ID", document.contract))
    if document.project:
        yield branch(
            "cac:AdditionalDocumentReference", leaf("cbc:ID", document.project), leaf("cbc:DocumentTypeCode", PROJECT)
        )
    yield from map(_attachment, document.attachments)


def _order(document: OutgoingDocument) -> str:
    """An order on a line asks for one here, and the supplier's own number for the customer's."""
    is_told = document.supplier_order_number or any(line.order_line for line in document.lines)
    number = document.customer_order_number or (NO_ORDER if is_told else "")
    return branch(
        "cac:OrderReference", leaf("cbc:ID", number), leaf("cbc:SalesOrderID", document.supplier_order_number)
    )


def _preceding(one: Preceding) -> str:
    issued = leaf("cbc:IssueDate", one.date.isoformat() if one.date else "")
    return branch(
        "cac:BillingReference", branch("cac:InvoiceDocumentReference", leaf("cbc:ID", one.number), issued)
    )  # fmt: skip


def _attachment(one: Attachment) -> str:
    if one.content:
        text = b64encode(one.content).decode()
        inside = leaf("cbc:EmbeddedDocumentBinaryObject", text, mimeCode=one.media_type, filename=one.name)
    else:
        inside = branch("cac:ExternalReference", leaf("cbc:URI", one.url))
    return branch(
        "cac:AdditionalDocumentReference",
        leaf("cbc:ID", one.name),
        leaf("cbc:DocumentType", one.description or one.name),
        branch("cac:Attachment", inside),
    )
