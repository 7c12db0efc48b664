"""The whole document from its parts, in the order of the schema; invoice and credit note differ a little."""

from __future__ import annotations

from base64 import b64encode
from datetime import date

from adaptors.formats.bis3 import amounts, lines, parties, payment
from adaptors.formats.bis3.codes import CUSTOMIZATION, PROFILE, UBL
from adaptors.formats.document import Attachment, OutgoingDocument, Preceding
from adaptors.formats.xml import HEAD, branch, leaf

PROJECT = "50"
"""UNTDID 1001: what a credit note calls the reference to a project."""


def name_of(document: OutgoingDocument) -> str:
    return "CreditNote" if document.kind.is_credit else "Invoice"


def write(document: OutgoingDocument) -> str:
    """The document has no faults that `refusals` knows."""
    root = name_of(document)
    return "".join(
        (
            HEAD,
            f'<{root} xmlns="{UBL}:{root}-2" xmlns:cac="{UBL}:CommonAggregateComponents-2" '
            f'xmlns:cbc="{UBL}:CommonBasicComponents-2">',
            _head(document),
            _references(document),
            _rest(document),
            f"</{root}>\n",
        )
    )


def _head(document: OutgoingDocument) -> str:
    is_credit, tag = document.kind.is_credit, f"cbc:{name_of(document)}TypeCode"
    due, tax_point = _day("cbc:DueDate", document.due_date), _day("cbc:TaxPointDate", document.tax_point_date)
    code, note = leaf(tag, document.kind.code), leaf("cbc:Note", document.note)
    return (
        leaf("cbc:CustomizationID", CUSTOMIZATION)
        + leaf("cbc:ProfileID", PROFILE)
        + leaf("cbc:ID", document.number)
        + _day("cbc:IssueDate", document.issue_date)
        + (tax_point + code + note if is_credit else due + code + note + tax_point)
        + leaf("cbc:DocumentCurrencyCode", document.currency)
        + leaf("cbc:TaxCurrencyCode", amounts.books_currency(document))
        + leaf("cbc:AccountingCost", document.accounting_cost)
        + leaf("cbc:BuyerReference", document.buyer_reference)
    )


def _references(document: OutgoingDocument) -> str:
    contract = branch("cac:ContractDocumentReference", leaf("cbc:ID", document.contract))
    files = "".join(map(_attachment, document.attachments))
    if document.kind.is_credit:
        project = leaf("cbc:ID", document.project) + leaf("cbc:DocumentTypeCode", PROJECT if document.project else "")
        project = branch("cac:AdditionalDocumentReference", project)
    else:
        project = branch("cac:ProjectReference", leaf("cbc:ID", document.project))
    return (
        branch(
            "cac:InvoicePeriod", _day("cbc:StartDate", document.period_start), _day("cbc:EndDate", document.period_end)
        )
        + _order(document)
        + "".join(map(_preceding, document.corrects))
        + contract
        + files
        + project
    )


def _rest(document: OutgoingDocument) -> str:
    is_danish, currency = are_danish(document), document.currency
    has_vat = all(one.vat.category != "O" for one in document.subtotals)
    is_credit, creditor = document.kind.is_credit, document.payment.creditor_id
    return (
        parties.supplier(document.seller, is_danish=is_danish, has_vat=has_vat, creditor_id=creditor)
        + parties.customer(document.buyer, is_danish=is_danish, has_vat=has_vat)
        + parties.delivery(document.delivery)
        + payment.means(document, is_danish=is_danish)
        + payment.terms(document.payment)
        + "".join(amounts.allowance_charge(one, currency) for one in document.allowances_charges)
        + amounts.tax_totals(document)
        + amounts.monetary_total(document)
        + "".join(lines.line(one, currency, is_credit=is_credit) for one in document.lines)
    )


def are_danish(document: OutgoingDocument) -> bool:
    """Whether the rules for documents within Denmark hold (DK-R)."""
    return document.seller.address.country == document.buyer.address.country == parties.DENMARK


def _order(document: OutgoingDocument) -> str:
    """The buyer's order number must stand before the seller's; NA is what Peppol says for none."""
    ours = leaf("cbc:SalesOrderID", document.supplier_order_number)
    theirs = leaf("cbc:ID", document.customer_order_number or ("NA" if ours else ""))
    return branch("cac:OrderReference", theirs, ours)


def _preceding(one: Preceding) -> str:
    what = branch("cac:InvoiceDocumentReference", leaf("cbc:ID", one.number), _day("cbc:IssueDate", one.date))
    return branch("cac:BillingReference", what)


def _attachment(one: Attachment) -> str:
    content = b64encode(one.content).decode()
    return branch(
        "cac:AdditionalDocumentReference",
        leaf("cbc:ID", one.name),
        leaf("cbc:DocumentDescription", one.description),
        branch(
            "cac:Attachment",
            leaf("cbc:EmbeddedDocumentBinaryObject", content, mimeCode=one.media_type, filename=one.name),
            branch("cac:ExternalReference", leaf("cbc:URI", one.url)),
        ),
    )


def _day(tag: str, day: date | None) -> str:
    return f"<{tag}>{day.isoformat()}</{tag}>" if day else ""
