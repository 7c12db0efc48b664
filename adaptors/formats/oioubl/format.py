"""OIOUBL 2.1: invoices and credit notes in the Danish form of UBL, checked by the authority's rules 1.17.2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from adaptors.formats.base import Format, Problem, Rendered, Unsayable
from adaptors.formats.document import ZERO, OutgoingDocument, Party, Payment
from adaptors.formats.oioubl import checks, parties, payment, tax
from adaptors.formats.oioubl.lines import line
from adaptors.formats.oioubl.pieces import amount
from adaptors.formats.oioubl.references import references
from adaptors.formats.xml import HEAD, branch, leaf

_PROFILE = "urn:www.nesubl.eu:profiles:profile5:ver2.0"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_VERSIONS = (
    "<cbc:UBLVersionID>2.1</cbc:UBLVersionID><cbc:CustomizationID>OIOUBL-2.1</cbc:CustomizationID>"
    f'<cbc:ProfileID schemeAgencyID="320" schemeID="urn:oioubl:id:profileid-1.2">{_PROFILE}</cbc:ProfileID>'
)
_INVOICE = (
    '<cbc:InvoiceTypeCode listAgencyID="320" listID="urn:oioubl:codelist:invoicetypecode-1.1">380</cbc:InvoiceTypeCode>'
)
"""For debit notes too, of which OIOUBL has none."""


class OioublFormat(Format):
    kind = "oioubl"
    label = "OIOUBL 2.1"
    summary = "The Danish format that NemHandel carries: to public bodies and companies in Denmark."
    ending = "xml"
    media_type = "application/xml"
    rules = ("ubl", "oioubl")

    def lacks(self, seller: Party, buyer: Party, payment: Payment, buyer_reference: str) -> Iterable[Problem]:
        return checks.lacks(seller, buyer, payment, buyer_reference)

    def render(self, document: OutgoingDocument) -> Rendered:
        if problems := tuple(checks.problems(document)):
            raise Unsayable(*problems)
        return Rendered(_written(document).encode(), self.media_type, self.ending, facts(document))


def facts(document: OutgoingDocument) -> Mapping[str, str]:
    """What an access point of NemHandel asks for."""
    root = _root(document)
    return {
        "document_type_id": f"busdox-docid-qns::{_UBL}{root}-2::{root}##OIOUBL-2.1::2.1",
        "process_id": f"nes-procid-ubl::{_PROFILE}",
        "sender": str(document.seller.endpoint or ""),
        "receiver": str(document.buyer.endpoint or ""),
        "country": document.seller.address.country,
    }


def _root(document: OutgoingDocument) -> str:
    return "CreditNote" if document.kind.is_credit else "Invoice"


def _written(document: OutgoingDocument) -> str:
    root, currency, is_credit = _root(document), document.currency, document.kind.is_credit
    categories = tax.Categories(document)
    return "".join((
        f'{HEAD}<{root} xmlns="{_UBL}{root}-2" xmlns:cac="{_UBL}CommonAggregateComponents-2" '
        f'xmlns:cbc="{_UBL}CommonBasicComponents-2">',
        _header(document),
        *references(document),
        parties.supplier(document),
        parties.customer(document),
        "" if is_credit else _settlement(document),
        *tax.allowances_charges(document.allowances_charges, currency, categories),
        tax.of_document(document),
        _totals(document),
        *(line(one, currency, categories, is_credit=is_credit) for one in document.lines),
        f"</{root}>\n",
    ))  # fmt: skip


def _header(document: OutgoingDocument) -> str:
    note = leaf("cbc:Note", document.note)
    tax_point = leaf("cbc:TaxPointDate", _day(document.tax_point_date))
    return "".join((
        _VERSIONS,
        leaf("cbc:ID", document.number),
        leaf("cbc:IssueDate", _day(document.issue_date)),
        tax_point + note if document.kind.is_credit else _INVOICE + note + tax_point,  # as the schemas have them
        leaf("cbc:DocumentCurrencyCode", document.currency),
        leaf("cbc:TaxCurrencyCode", tax.currency_in_books(document)),
        leaf("cbc:AccountingCost", document.accounting_cost),
    ))  # fmt: skip


def _settlement(document: OutgoingDocument) -> str:
    """What an invoice has and a credit note has not: delivery, and how to pay."""
    return "".join((
        parties.delivery(document.delivery) if document.delivery else "",
        payment.means(document),
        payment.terms(document),
        payment.prepaid(document.totals.prepaid, document.currency),
    ))  # fmt: skip


def _totals(document: OutgoingDocument) -> str:
    """OIOUBL's TaxExclusiveAmount is the VAT, not what is without it; its TaxInclusiveAmount is rounded already."""
    totals, currency = document.totals, document.currency
    optional = {
        "AllowanceTotalAmount": totals.allowances,
        "ChargeTotalAmount": totals.charges,
        "PrepaidAmount": totals.prepaid,
        "PayableRoundingAmount": totals.rounding,
    }
    return branch(
        "cac:LegalMonetaryTotal",
        amount("cbc:LineExtensionAmount", totals.lines, currency),
        amount("cbc:TaxExclusiveAmount", sum((one.tax for one in document.subtotals), ZERO), currency),
        amount("cbc:TaxInclusiveAmount", totals.gross + totals.rounding, currency),
        (amount(f"cbc:{name}", value, currency) for name, value in optional.items() if value),
        amount("cbc:PayableAmount", totals.payable, currency),
    )


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
