"""Reads invoices and credit notes by XPath, as a receiver would: it shares nothing with what writes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lxml import etree

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:Common"
_PREFIXES = {"cac": f"{_UBL}AggregateComponents-2", "cbc": f"{_UBL}BasicComponents-2"}
_CATEGORY = "cac:TaxScheme[cbc:ID='VAT']/.."


class Reading:
    def __init__(self, content: bytes) -> None:
        self.root = etree.fromstring(content)
        self.currency = self.text("/*/cbc:DocumentCurrencyCode")

    def text(self, path: str, start: Any = None) -> str:
        """Of the one element that the path leads to, or nothing; more than one is an error."""
        found = self.all(path, start)
        assert len(found) <= 1, f"{path}: {len(found)} elements"
        return (found[0] if isinstance(found[0], str) else found[0].text) if found else ""

    def all(self, path: str, start: Any = None) -> list[Any]:
        return (self.root if start is None else start).xpath(path, namespaces=_PREFIXES)

    def amount(self, path: str, start: Any = None) -> Decimal:
        """In the document's currency; 0 where none stands."""
        return Decimal(self.text(f"{path}[@currencyID='{self.currency}']", start) or 0)

    @property
    def head(self) -> dict[str, Any]:
        return {
            "number": self.text("/*/cbc:ID"),
            "date": self.text("/*/cbc:IssueDate"),
            "code": self.text("/*/cbc:InvoiceTypeCode | /*/cbc:CreditNoteTypeCode"),
            "note": self.text("/*/cbc:Note"),
            "due": self.text("/*/cbc:DueDate | /*/cac:PaymentMeans/cbc:PaymentDueDate"),
            "currency": self.currency,
            "reference": self.text("/*/cbc:BuyerReference"),
            "order": self.text("/*/cac:OrderReference/cbc:ID"),
            "terms": self.text("/*/cac:PaymentTerms/cbc:Note"),
            "corrects": [one.text for one in self.all("/*/cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID")],
        }

    @property
    def totals(self) -> dict[str, Decimal | None]:
        names = {
            "lines": "LineExtensionAmount", "net": "TaxExclusiveAmount", "gross": "TaxInclusiveAmount",
            "allowances": "AllowanceTotalAmount", "charges": "ChargeTotalAmount", "prepaid": "PrepaidAmount",
            "rounding": "PayableRoundingAmount", "payable": "PayableAmount",
        }  # fmt: skip
        books, tax = self.text("/*/cbc:TaxCurrencyCode"), "/*/cac:TaxTotal/cbc:TaxAmount"
        return {
            **{name: self.amount(f"/*/cac:LegalMonetaryTotal/cbc:{tag}") for name, tag in names.items()},
            "tax": self.amount(tax),
            "tax_in_books": Decimal(self.text(f"/*/cac:TaxTotal/cbc:TaxAmount[@currencyID='{books}']"))
            if books
            else None,
        }

    @property
    def vat(self) -> list[tuple[str, Decimal | None, Decimal, Decimal]]:
        taxable, tax = "cbc:TaxableAmount", "cbc:TaxAmount"
        return [
            (*self._category("cac:TaxCategory", one), self.amount(taxable, one), self.amount(tax, one))
            for one in self.all("/*/cac:TaxTotal/cac:TaxSubtotal")
        ]

    @property
    def seller(self) -> dict[str, str]:
        return self._party("/*/cac:AccountingSupplierParty/cac:Party")

    @property
    def buyer(self) -> dict[str, str]:
        return self._party("/*/cac:AccountingCustomerParty/cac:Party")

    @property
    def paid(self) -> tuple[str, str, str, str]:
        """Code, reference, account and bank."""
        means, account = "/*/cac:PaymentMeans", "cac:PayeeFinancialAccount"
        paths = "cbc:PaymentMeansCode", "cbc:PaymentID", f"{account}/cbc:ID", f"{account}/*/cbc:ID"
        code, reference, number, bank = (self.text(f"{means}/{path}") for path in paths)
        return code, reference, number, bank

    @property
    def project(self) -> str:
        on_credit_note = "/*/cac:AdditionalDocumentReference[cbc:DocumentTypeCode='50']/cbc:ID"
        return self.text(f"/*/cac:ProjectReference/cbc:ID | {on_credit_note}")

    @property
    def lines(self) -> list[tuple[Any, ...]]:
        quantity = "cbc:InvoicedQuantity | cbc:CreditedQuantity"
        return [
            (
                self.text("cbc:ID", one), self.text("cac:Item/cbc:Name", one), Decimal(self.text(quantity, one)),
                self.text("cbc:InvoicedQuantity/@unitCode | cbc:CreditedQuantity/@unitCode", one),
                self.amount("cac:Price/cbc:PriceAmount", one), self.amount("cbc:LineExtensionAmount", one),
                *self._category("cac:Item/cac:ClassifiedTaxCategory", one),
            )
            for one in self.all("/*/cac:InvoiceLine | /*/cac:CreditNoteLine")
        ]  # fmt: skip

    def _category(self, path: str, start: Any) -> tuple[str, Decimal | None]:
        rate = self.text(f"{path}/{_CATEGORY}/cbc:Percent", start)
        return self.text(f"{path}/{_CATEGORY}/cbc:ID", start), Decimal(rate) if rate else None

    def _party(self, path: str) -> dict[str, str]:
        return {
            "name": self.text(f"{path}/cac:PartyLegalEntity/cbc:RegistrationName"),
            "endpoint": f"{self.text(f'{path}/cbc:EndpointID/@schemeID')}:{self.text(f'{path}/cbc:EndpointID')}",
            "vat": self.text(f"{path}/cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID"),
            "city": self.text(f"{path}/cac:PostalAddress/cbc:CityName"),
            "registration": self.text(f"{path}/cac:PartyLegalEntity/cbc:CompanyID"),
            "country": self.text(f"{path}/cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
            "street": self.text(f"{path}/cac:PostalAddress/cbc:StreetName"),
            "contact": self.text(f"{path}/cac:Contact/cbc:Name"),
        }
