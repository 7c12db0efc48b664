"""Every field a column can hold: of the document, its parties, its payment, its totals, and of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from adaptors.formats.document import ZERO, AllowanceCharge, Line, OutgoingDocument

Value = str | Decimal | date | None

GROUPS = {
    "document": "Document", "seller": "Supplier", "buyer": "Customer", "payment": "Payment", "totals": "Totals",
    "line": "Line",
}  # fmt: skip
"""Group → label, in the order the screen has them."""


class Holds(StrEnum):
    """What a field holds, and so how it may be written: dates have a date form; amounts, quantities and numbers a
    decimal sign and digits. Amounts and quantities follow the sign that credit notes are given."""

    TEXT = "text"
    DATE = "date"
    AMOUNT = "amount"
    QUANTITY = "quantity"
    NUMBER = "number"

    @property
    def is_numeric(self) -> bool:
        return self in (Holds.AMOUNT, Holds.QUANTITY, Holds.NUMBER)

    @property
    def is_signed(self) -> bool:
        return self in (Holds.AMOUNT, Holds.QUANTITY)


@dataclass(frozen=True, slots=True)
class Row:
    """What a row is about. `line` is None in a file with one row for each document."""

    document: OutgoingDocument
    line: Line | None

    @property
    def corrected(self) -> str:
        return ", ".join(one.number for one in self.document.corrects)

    @property
    def corrected_date(self) -> date | None:
        return next((one.date for one in self.document.corrects), None)

    @property
    def attachments(self) -> str:
        return ", ".join(one.name for one in self.document.attachments)

    @property
    def line_allowances(self) -> Decimal:
        return _sum(one for one in self._of_line if not one.is_charge)

    @property
    def line_charges(self) -> Decimal:
        return _sum(one for one in self._of_line if one.is_charge)

    @property
    def _of_line(self) -> tuple[AllowanceCharge, ...]:
        return self.line.allowances_charges if self.line else ()


@dataclass(frozen=True, slots=True)
class TableField:
    """`path` leads to it from a `Row`; where something on the way is not there, the cell is empty. `example` is as the
    screen shows it."""

    name: str
    label: str
    group: str
    holds: Holds
    path: str
    example: str

    def of(self, row: Row) -> Value:
        found: Any = row
        for name in self.path.split("."):
            if found is None:
                return None
            found = next(iter(found[int(name) :]), None) if name.isdigit() else getattr(found, name)
        return str(found) if self.holds is Holds.TEXT and found is not None else found


T, D, A, Q, N = Holds.TEXT, Holds.DATE, Holds.AMOUNT, Holds.QUANTITY, Holds.NUMBER


def _sum(amounts: Iterator[AllowanceCharge]) -> Decimal:
    return sum((one.amount for one in amounts), ZERO)


def _party(group: str, called: dict[str, str]) -> Iterator[tuple[str, str, str, Holds, str, str]]:
    """The fields of a party; `called` are its examples, in their order."""
    labels = (
        ("name", "Name", "name"),
        ("trading_name", "Trading name", "trading_name"),
        ("number", "Number", "number"),
        ("registration_number", "Registration number", "registration_number"),
        ("vat_number", "VAT number", "vat_number"),
        ("gln", "GLN", "gln"),
        ("endpoint", "Endpoint", "endpoint"),
        ("address_1", "Address line 1", "address.lines.0"),
        ("address_2", "Address line 2", "address.lines.1"),
        ("address_3", "Address line 3", "address.lines.2"),
        ("city", "City", "address.city"),
        ("postal_code", "Postal code", "address.postal_code"),
        ("region", "Region", "address.region"),
        ("country", "Country", "address.country"),
        ("contact_name", "Contact", "contact.name"),
        ("contact_phone", "Contact's phone", "contact.phone"),
        ("contact_email", "Contact's e-mail", "contact.email"),
    )
    for name, label, path in labels:
        example = called.get(name, "")
        yield f"{group}_{name}", f"{GROUPS[group]}: {label}", group, T, f"document.{group}.{path}", example


_SELLER = {
    "name": "Vestjysk Pumpefabrik ApS", "registration_number": "12345674", "vat_number": "DK12345674",
    "gln": "5790000000012", "endpoint": "0184:12345674", "address_1": "Havnegade 12", "city": "Esbjerg",
    "postal_code": "6700", "country": "DK", "contact_name": "Karin Østergård", "contact_phone": "+45 75 12 34 56",
    "contact_email": "faktura@example.com",
}  # fmt: skip
_BUYER = {
    "name": "Nordic Pumps A/S", "number": "10042", "registration_number": "25313763", "vat_number": "DK25313763",
    "endpoint": "0184:25313763", "address_1": "Industrivej 7", "address_2": "2. sal", "city": "Aarhus C",
    "postal_code": "8000", "country": "DK", "contact_name": "Søren Ågård", "contact_phone": "+45 86 12 34 56",
    "contact_email": "ap@example.com",
}  # fmt: skip

_FIELDS = (
    ("document_type", "Document type", "document", T, "document.kind.value", "invoice"),
    ("document_name", "Document type in words", "document", T, "document.kind.label", "Invoice"),
    ("type_code", "Type code (UNTDID 1001)", "document", T, "document.kind.code", "380"),
    ("number", "Document number", "document", T, "document.number", "10482"),
    ("issue_date", "Date", "document", D, "document.issue_date", "2026-03-15"),
    ("due_date", "Due date", "document", D, "document.due_date", "2026-04-14"),
    ("tax_point_date", "Tax point date", "document", D, "document.tax_point_date", "2026-03-12"),
    ("period_start", "Period from", "document", D, "document.period_start", "2026-03-01"),
    ("period_end", "Period to", "document", D, "document.period_end", "2026-03-31"),
    ("currency", "Currency", "document", T, "document.currency", "DKK"),
    ("books_currency", "Accounting currency", "document", T, "document.books_currency", "DKK"),
    ("buyer_reference", "Buyer reference", "document", T, "document.buyer_reference", "Indkøb"),
    ("customer_order_number", "Customer order number", "document", T, "document.customer_order_number", "PO-4711"),
    ("supplier_order_number", "Supplier order number", "document", T, "document.supplier_order_number", "SO-88"),
    ("contract", "Contract", "document", T, "document.contract", "K-2026"),
    ("project", "Project", "document", T, "document.project", "P-7"),
    ("accounting_cost", "Accounting cost", "document", T, "document.accounting_cost", "4217"),
    ("corrected_number", "Corrected invoice", "document", T, "corrected", "10481"),
    ("corrected_date", "Corrected invoice's date", "document", D, "corrected_date", "2026-03-01"),
    ("note", "Note", "document", T, "document.note", "Thank you"),
    ("language", "Language", "document", T, "document.language", "da"),
    ("delivery_name", "Delivery: Name", "document", T, "document.delivery.name", "Nordic Pumps, store 3"),
    ("delivery_date", "Delivery: Date", "document", D, "document.delivery.date", "2026-03-12"),
    ("delivery_location", "Delivery: Location", "document", T, "document.delivery.location", "5798000000124"),
    (
        "delivery_address_1",
        "Delivery: Address line 1",
        "document",
        T,
        "document.delivery.address.lines.0",
        "Lagervej 3",
    ),
    ("delivery_city", "Delivery: City", "document", T, "document.delivery.address.city", "Horsens"),
    ("delivery_postal_code", "Delivery: Postal code", "document", T, "document.delivery.address.postal_code", "8700"),
    ("delivery_country", "Delivery: Country", "document", T, "document.delivery.address.country", "DK"),
    ("attachments", "Names of attachments", "document", T, "attachments", "specification.pdf"),
    *_party("seller", _SELLER),
    *_party("buyer", _BUYER),
    ("payment_code", "Payment means code (UNCL 4461)", "payment", T, "document.payment.code", "42"),
    ("payment_text", "Payment means in words", "payment", T, "document.payment.text", "Bank transfer"),
    ("payment_reference", "Payment reference", "payment", T, "document.payment.reference", "10482"),
    ("payment_terms", "Payment terms", "payment", T, "document.payment.terms", "Netto 30 dage"),
    ("payment_iban", "IBAN", "payment", T, "document.payment.iban", "DK5000400440116243"),
    ("payment_bic", "BIC", "payment", T, "document.payment.bic", "NDEADKKK"),
    ("payment_branch", "Registration number of the bank", "payment", T, "document.payment.branch", "0040"),
    ("payment_account", "Account", "payment", T, "document.payment.account", "0440116243"),
    ("payment_account_name", "Account holder", "payment", T, "document.payment.account_name", "Vestjysk Pumpefabrik"),
    ("payment_card_type", "FIK card type", "payment", T, "document.payment.card_type", "71"),
    ("payment_mandate", "Direct debit: Mandate", "payment", T, "document.payment.mandate", "M-2026-17"),
    (
        "payment_creditor_id",
        "Direct debit: Creditor",
        "payment",
        T,
        "document.payment.creditor_id",
        "DK98ZZZ1234567890",
    ),
    ("payment_debited_account", "Direct debit: Account", "payment", T, "document.payment.debited_account", "DE89…3000"),
    ("lines_amount", "Sum of lines", "totals", A, "document.totals.lines", "1000.00"),
    ("allowances_amount", "Sum of allowances", "totals", A, "document.totals.allowances", "0.00"),
    ("charges_amount", "Sum of charges", "totals", A, "document.totals.charges", "0.00"),
    ("net_amount", "Total without VAT", "totals", A, "document.totals.net", "1000.00"),
    ("tax_amount", "VAT", "totals", A, "document.totals.tax", "250.00"),
    ("tax_amount_in_books", "VAT in the accounting currency", "totals", A, "document.totals.tax_in_books", "1865.20"),
    ("total_amount", "Total with VAT", "totals", A, "document.totals.gross", "1250.00"),
    ("prepaid_amount", "Prepaid", "totals", A, "document.totals.prepaid", "0.00"),
    ("rounding_amount", "Rounding", "totals", A, "document.totals.rounding", "0.00"),
    ("payable_amount", "Amount to pay", "totals", A, "document.totals.payable", "1250.00"),
    ("line_number", "Line number", "line", T, "line.id", "1"),
    ("line_name", "Item", "line", T, "line.name", "Pumpe P-100"),
    ("line_description", "Item's description", "line", T, "line.description", "Dykpumpe, 230 V"),
    ("line_note", "Line's note", "line", T, "line.note", "Serienummer 4711"),
    ("line_quantity", "Quantity", "line", Q, "line.quantity", "2"),
    ("line_unit", "Unit (UN/ECE Rec 20)", "line", T, "line.unit", "C62"),
    ("line_price", "Unit price", "line", N, "line.price", "500.00"),
    ("line_allowances", "Line's allowances", "line", A, "line_allowances", "0.00"),
    ("line_charges", "Line's charges", "line", A, "line_charges", "0.00"),
    ("line_net_amount", "Line's amount without VAT", "line", A, "line.net", "1000.00"),
    ("line_vat_category", "VAT category", "line", T, "line.vat.category", "S"),
    ("line_vat_rate", "VAT rate in percent", "line", N, "line.vat.rate", "25"),
    ("line_seller_item", "Supplier's item number", "line", T, "line.seller_item", "P-100"),
    ("line_buyer_item", "Customer's item number", "line", T, "line.buyer_item", "778899"),
    ("line_gtin", "GTIN", "line", T, "line.gtin", "5790000000012"),
    ("line_order_line", "Order line", "line", T, "line.order_line", "10"),
)

FIELDS: dict[str, TableField] = {row[0]: TableField(*row) for row in _FIELDS}
"""By name, group by group."""
