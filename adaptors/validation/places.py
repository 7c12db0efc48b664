"""Where in a document a finding is, and what people mend there."""

from __future__ import annotations

import re
from typing import Any

_NAMESPACED = re.compile(r"\*:(\w+)\[namespace-uri\(\)\s*=\s*(?:'[^']*'|\"[^\"]*\")\]")
_LOCAL = re.compile(
    r"\*\[local-name\(\)\s*=\s*['\"](\w+)['\"](?:\s+and\s+namespace-uri\(\)\s*=\s*(?:'[^']*'|\"[^\"]*\"))?\]"
)
_LINE = re.compile(r"/(?:Invoice|CreditNote)Line(?:\[(\d+)\])?(?=/|$)")
_PARTIES = {"AccountingSupplierParty": "supplier", "AccountingCustomerParty": "customer"}

# The first that the path holds counts.
_OF_PARTY = (
    ("EndpointID/@schemeID", "endpoint_scheme"),
    ("EndpointID", "endpoint_id"),
    ("PartyIdentification", "gln"),
    ("PostalAddress/Country", "country"),
    ("PostalAddress/CityName", "city"),
    ("PostalAddress/PostalZone", "postal_code"),
    ("PostalAddress/AdditionalStreetName", "address_line2"),
    ("PostalAddress/CountrySubentity", "region"),
    ("PostalAddress", "address_line1"),
    ("PartyTaxScheme", "vat_number"),
    ("PartyLegalEntity/RegistrationName", "name"),
    ("PartyLegalEntity", "registration_number"),
    ("Contact/Telephone", "contact_phone"),
    ("Contact/ElectronicMail", "contact_email"),
    ("Contact", "contact_name"),
    ("", "name"),
)
_OF_LINE = (
    ("Price", "unit_price"),
    ("InvoicedQuantity/@unitCode", "unit_code"),
    ("CreditedQuantity/@unitCode", "unit_code"),
    ("InvoicedQuantity", "quantity"),
    ("CreditedQuantity", "quantity"),
    ("AllowanceCharge", "allowances_charges"),
    ("TaxTotal", "tax_amount"),
    ("Item/ClassifiedTaxCategory/Percent", "tax_rate"),
    ("Item/ClassifiedTaxCategory", "tax_category"),
    ("Item/StandardItemIdentification", "item_gtin"),
    ("Item/SellersItemIdentification", "product_code"),
    ("Item/BuyersItemIdentification", "buyer_item_number"),
    ("Item", "description"),
    ("LineExtensionAmount", "net_amount"),
    ("ID", "line_number"),
)
_OF_DOCUMENT = (
    ("LegalMonetaryTotal/TaxExclusiveAmount", "net_amount"),
    ("LegalMonetaryTotal/LineExtensionAmount", "net_amount"),
    ("LegalMonetaryTotal/PrepaidAmount", "prepaid_amount"),
    ("LegalMonetaryTotal/PayableRoundingAmount", "rounding_amount"),
    ("LegalMonetaryTotal/AllowanceTotalAmount", "allowances_charges"),
    ("LegalMonetaryTotal/ChargeTotalAmount", "allowances_charges"),
    ("LegalMonetaryTotal", "total_amount"),
    ("TaxTotal/TaxSubtotal", "vat_breakdown"),
    ("TaxTotal", "tax_amount"),
    ("AllowanceCharge", "allowances_charges"),
    ("PaymentMeans/PayeeFinancialAccount/FinancialInstitutionBranch", "supplier_bank_branch"),
    ("PaymentMeans/PayeeFinancialAccount", "supplier_iban"),
    ("PaymentMeans/PaymentMandate", "customer_mandate"),
    ("PaymentMeans/CreditAccount", "supplier_fik_creditor"),
    ("PaymentMeans/PaymentID", "payment_reference"),
    ("PaymentMeans/InstructionID", "payment_reference"),
    ("PaymentMeans/PaymentDueDate", "due_date"),
    ("PaymentMeans", "supplier_payment_means"),
    ("PaymentTerms", "payment_terms"),
    ("BillingReference", "corrected_document"),
    ("OrderReference/SalesOrderID", "supplier_order_number"),
    ("OrderReference", "customer_order_number"),
    ("ContractDocumentReference", "contract"),
    ("Delivery/ActualDeliveryDate", "delivery_date"),
    ("Delivery/DeliveryParty", "delivery_name"),
    ("Delivery", "delivery_location"),
    ("InvoicePeriod", "period_start"),
    ("BuyerReference", "customer_buyer_reference"),
    ("AccountingCost", "accounting_cost"),
    ("IssueDate", "invoice_date"),
    ("DueDate", "due_date"),
    ("TaxPointDate", "tax_point_date"),
    ("DocumentCurrencyCode", "currency"),
    ("Note", "note"),
    ("ID", "invoice_number"),
)


def path_of(location: str) -> str:
    """The location of a schematron's report as a plain path: /Invoice/InvoiceLine[2]/Item. A first place is left out,
    for elements of which there may be but one have it too."""
    plain = _LOCAL.sub(r"\1", _NAMESPACED.sub(r"\1", location))
    return re.sub(r"/\w+:(?=\w)", "/", plain).replace("[1]", "").strip()


def path_to(element: Any) -> str:
    """The same for an element."""
    steps: list[str] = []
    while element is not None:
        before = sum(1 for _ in element.itersiblings(element.tag, preceding=True))
        name = element.tag.rpartition("}")[2]
        steps.append(f"{name}[{before + 1}]" if before else name)
        element = element.getparent()
    return "/" + "/".join(reversed(steps))


def line_of(path: str, root: Any) -> str:
    """The number of the document's line that the path leads to; its place where it has none; empty off the lines."""
    found = _LINE.search(path)
    if found is None:
        return ""
    place = int(found[1] or 1)
    lines = root.xpath("*[local-name()='InvoiceLine' or local-name()='CreditNoteLine']")
    number = lines[place - 1].xpath("string(*[local-name()='ID'])") if place <= len(lines) else ""
    return number.strip() or str(place)


def party_of(path: str) -> str:
    """supplier or customer, of whom the path speaks; else empty."""
    return next((side for element, side in _PARTIES.items() if f"/{element}" in path), "")


def field_of(path: str) -> str:
    """What to mend at a path; empty where it is not known."""
    plain = re.sub(r"\[\d+\]", "", path)
    if side := party_of(plain):
        return f"{side}_{_first(_OF_PARTY, plain.partition('/Party')[2])}"
    if found := _LINE.search(plain):
        return _first(_OF_LINE, plain[found.end() :])
    return _first(_OF_DOCUMENT, "/" + plain.lstrip("/").partition("/")[2])


def _first(table: tuple[tuple[str, str], ...], path: str) -> str:
    return next((field for start, field in table if not start or f"{path}/".startswith(f"/{start}/")), "")
