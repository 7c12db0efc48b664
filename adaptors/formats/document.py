"""A document as it goes out, in the terms of EN 16931 (BT and BG numbers are that standard's).

Amounts are Decimals in the document's currency with at most its digits, signed so that an ordinary invoice and an
ordinary credit note are both positive. Quantities and prices keep their digits; a price is never below zero. Texts have
no characters that XML forbids. `adaptors.formats.sums` makes the totals, and says where they do not add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Kind(StrEnum):
    """What a document is; the hub's own document types."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_memo"
    DEBIT_NOTE = "debit_memo"

    @property
    def is_credit(self) -> bool:
        return self is Kind.CREDIT_NOTE

    @property
    def code(self) -> str:
        """UNTDID 1001: 380, 381 or 383."""
        return {"invoice": "380", "credit_memo": "381", "debit_memo": "383"}[self]

    @property
    def label(self) -> str:
        return {"invoice": "Invoice", "credit_memo": "Credit note", "debit_memo": "Debit note"}[self]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a party takes documents (BT-34, BT-49): `scheme` is a code of ISO 6523 such as 0184, 0088, 0096, 0198; or
    EM with a mail address."""

    scheme: str
    identifier: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.identifier}"


@dataclass(frozen=True, slots=True)
class Address:
    """`lines` are at most three, the street first. `country` is two letters of ISO 3166."""

    lines: tuple[str, ...] = ()
    city: str = ""
    postal_code: str = ""
    region: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to ask at a party (BG-6, BG-9)."""

    name: str = ""
    phone: str = ""
    email: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.email)


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer. `number` is what the seller calls the buyer, or the buyer the seller (BT-29, BT-46);
    `registration_number` that of its register, in Denmark the CVR number of 8 digits without a prefix; `vat_number`
    with its country's letters (BT-31, BT-48); `gln` 13 digits."""

    name: str
    endpoint: Endpoint | None = None
    number: str = ""
    registration_number: str = ""
    vat_number: str = ""
    gln: str = ""
    trading_name: str = ""
    address: Address = Address()
    contact: Person = Person()


@dataclass(frozen=True, slots=True)
class Vat:
    """A VAT category (BT-118, BT-151: S, Z, E, AE, K, G, O, L, M) and its rate in percent; None with O alone."""

    category: str
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class AllowanceCharge:
    """An allowance or a charge, of the document (BG-20, BG-21) or of a line (BG-27, BG-28; those have no VAT of their
    own). `amount` is positive; `percent` of `base` where it was worked out so. `reason_code` is UNCL 5189 for
    allowances, UNCL 7161 for charges."""

    is_charge: bool
    amount: Decimal
    reason: str
    reason_code: str = ""
    base: Decimal | None = None
    percent: Decimal | None = None
    vat: Vat | None = None

    @property
    def signed(self) -> Decimal:
        return self.amount if self.is_charge else -self.amount


@dataclass(frozen=True, slots=True)
class Line:
    """BG-25. `net` (BT-131) is quantity times price, plus charges, less allowances, within 0.02. `unit` is a code of
    UN/ECE Recommendation 20. A credited or returned item has a quantity below zero."""

    id: str
    name: str
    quantity: Decimal
    price: Decimal
    net: Decimal
    vat: Vat
    unit: str = "C62"
    description: str = ""
    note: str = ""
    seller_item: str = ""
    buyer_item: str = ""
    gtin: str = ""
    order_line: str = ""
    allowances_charges: tuple[AllowanceCharge, ...] = ()


@dataclass(frozen=True, slots=True)
class Subtotal:
    """VAT of one category and rate (BG-23). `reason` and `reason_code` say why none is due (VATEX)."""

    vat: Vat
    taxable: Decimal
    tax: Decimal
    reason: str = ""
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22. `tax_in_books` (BT-111) is the VAT in the accounting currency, where that is another one."""

    lines: Decimal  # BT-106
    allowances: Decimal  # BT-107
    charges: Decimal  # BT-108
    net: Decimal  # BT-109
    tax: Decimal  # BT-110
    gross: Decimal  # BT-112
    prepaid: Decimal  # BT-113
    rounding: Decimal  # BT-114
    payable: Decimal  # BT-115
    tax_in_books: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """How it is to be paid (BG-16). `code` is of UNCL 4461: 30 or 58 transfer (`iban`, or `account` with the bank's
    `branch`, in Denmark its registration number of 4 digits; 42 when local in Denmark), 49 or 59 direct debit
    (`mandate`, `creditor_id`, `debited_account`), 93 a Danish FIK slip (`card_type` 71, 73 or 75, `reference` the
    payment id where the type has one, `account` the creditor's 8 digits), 1 or 10, 48 and others without an account.
    `reference` (BT-83) is what to quote. `terms` (BT-20) is a text for people."""

    code: str = "1"
    text: str = ""
    reference: str = ""
    terms: str = ""
    iban: str = ""
    bic: str = ""
    branch: str = ""
    account: str = ""
    account_name: str = ""
    card_type: str = ""
    mandate: str = ""
    creditor_id: str = ""
    debited_account: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """BG-13. `location` with its `scheme` of ISO 6523 is BT-71, such as 0088 and a GLN."""

    name: str = ""
    date: date | None = None
    location: str = ""
    scheme: str = ""
    address: Address = Address()


@dataclass(frozen=True, slots=True)
class Preceding:
    """The invoice that a credit note corrects (BG-3)."""

    number: str
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """BG-24: a file that goes along, or the address of one. `is_alternative` says that it is this very document in
    another format, such as its XML in a PDF: whoever renders that format first marks it so."""

    name: str
    media_type: str = "application/pdf"
    content: bytes = b""
    description: str = ""
    url: str = ""
    is_alternative: bool = False


@dataclass(frozen=True, slots=True)
class OutgoingDocument:
    """What a format writes. `currency` is of the amounts, `books_currency` the seller's accounting currency (BT-6).
    `language` is two letters, for texts that people read."""

    kind: Kind
    number: str
    issue_date: date
    currency: str
    seller: Party
    buyer: Party
    lines: Sequence[Line]
    subtotals: Sequence[Subtotal]
    totals: Totals
    due_date: date | None = None
    tax_point_date: date | None = None
    period_start: date | None = None
    period_end: date | None = None
    books_currency: str = ""
    allowances_charges: Sequence[AllowanceCharge] = ()
    payment: Payment = Payment()
    delivery: Delivery | None = None
    corrects: Sequence[Preceding] = ()
    buyer_reference: str = ""  # BT-10
    customer_order_number: str = ""  # BT-13
    supplier_order_number: str = ""  # BT-14
    contract: str = ""  # BT-12
    project: str = ""  # BT-11
    accounting_cost: str = ""  # BT-19
    note: str = ""  # BT-22
    attachments: Sequence[Attachment] = ()
    language: str = "en"
