"""What one organization has in its books. Money is Decimal in here and a JSON double outside, as with Dinero."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stdnum import luhn

CENT = Decimal("0.01")
VAT = Decimal("0.25")
UNNUMBERED = 9223372036854775807  # what Dinero gives a draft as its number
RATES = {"DKK": Decimal(100), "EUR": Decimal("746.0"), "USD": Decimal("690.5")}  # DKK for 100 of them


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def written(at: datetime | None) -> str | None:
    """Times come in UTC and without a zone."""
    return at.replace(tzinfo=None).isoformat() if at else None


@dataclass(slots=True)
class Line:
    description: str
    quantity: Decimal = Decimal(1)
    price: Decimal = Decimal(0)  # without VAT, not rounded
    unit: str = "parts"
    discount: Decimal = Decimal(0)  # percent
    account: int = 1000
    is_text: bool = False
    has_vat: bool = True
    product: str | None = None
    comments: str | None = None

    @property
    def net(self) -> Decimal:
        return self.quantity * self.price * (1 - self.discount / 100)

    @property
    def factor(self) -> Decimal:
        return 1 + VAT if self.has_vat else Decimal(1)


@dataclass(slots=True)
class Payment:
    guid: str
    amount: Decimal
    on: date
    description: str = "Betaling"
    payment_class: str = "Payment"
    related: str | None = None
    deposit_account: int = 55000
    external_reference: str | None = None


@dataclass(slots=True)
class Voucher:
    """An invoice or a credit note. `number` is None until it is booked."""

    guid: str
    kind: str  # Invoice or CreditNote
    contact: str | None
    contact_name: str
    on: date
    lines: list[Line]
    created_at: datetime
    updated_at: datetime
    number: int | None = None
    currency: str = "DKK"
    terms: str = "Netto"
    days: int = 8
    address: str = ""
    external_reference: str | None = None
    description: str = "Faktura"
    comment: str | None = None
    payments: list[Payment] = field(default_factory=list)
    fees: Decimal = Decimal(0)
    credits: str | None = None
    used: Decimal = Decimal(0)  # of a credit note
    deleted_at: datetime | None = None
    version: int = 1
    mail: str = "NotSent"
    shows_incl_vat: bool = False

    @property
    def net(self) -> Decimal:
        return cents(sum((line.net for line in self.lines), Decimal(0)))

    @property
    def total(self) -> Decimal:
        return cents(sum((line.net * line.factor for line in self.lines), Decimal(0)))

    @property
    def due(self) -> date | None:
        """None for credit notes."""
        if self.kind == "CreditNote":
            return None
        if self.terms == "CurrentMonthOut":
            first = (self.on.replace(day=1) + timedelta(days=32)).replace(day=1)
            return first + timedelta(days=self.days - 1)
        return self.on + timedelta(days=0 if self.terms == "NettoCash" else self.days)

    @property
    def paid(self) -> Decimal:
        return self.used if self.kind == "CreditNote" else sum((one.amount for one in self.payments), Decimal(0))

    @property
    def remaining(self) -> Decimal:
        """Negative when too much was paid."""
        return self.total + self.fees - self.paid

    @property
    def timestamp(self) -> str:
        return f"{self.version:016X}"

    def status(self, today: date, total: Decimal | None = None) -> str:
        """As lists say it, in five values. `total` saves adding up again."""
        if self.number is None:
            return "Draft"
        remaining = (self.total if total is None else total) + self.fees - self.paid
        if remaining <= 0:
            return "OverPaid" if remaining < 0 else "Paid"
        return "Overdue" if self.due and self.due < today else "Booked"

    def touch(self) -> None:
        self.version += 1
        self.updated_at = now()


def new_guid() -> str:
    return str(uuid.uuid4())


def list_row(voucher: Voucher, today: date) -> dict[str, Any]:
    """What lists know of it: no lines and nothing of what is left to pay."""
    rate = RATES.get(voucher.currency, Decimal(100)) / 100
    net, total = voucher.net, voucher.total
    return {
        "Number": UNNUMBERED if voucher.number is None else voucher.number,
        "Guid": voucher.guid,
        "ExternalReference": voucher.external_reference,
        "ContactName": voucher.contact_name,
        "ContactGuid": voucher.contact,
        "Date": voucher.on.isoformat(),
        "PaymentDate": voucher.due.isoformat() if voucher.due else None,
        "Description": voucher.description,
        "Currency": voucher.currency,
        "Status": voucher.status(today, total),
        "MailOutStatus": voucher.mail,
        "LatestMailOutType": None,
        "TotalExclVatInDkk": float(cents(net * rate)),
        "TotalInclVatInDkk": float(cents(total * rate)),
        "TotalExclVat": float(net),
        "TotalInclVat": float(total),
        "CreatedAt": written(voucher.created_at),
        "UpdatedAt": written(voucher.updated_at),
        "DeletedAt": written(voucher.deleted_at),
        "Type": voucher.kind,
    }


def detail(voucher: Voucher, today: date) -> dict[str, Any]:
    taxed = cents(sum((line.net for line in voucher.lines if line.has_vat), Decimal(0)))
    found = {
        "Guid": voucher.guid,
        "Number": UNNUMBERED if voucher.number is None else voucher.number,
        "Status": "Draft" if voucher.number is None else "Booked",
        "PaymentStatus": voucher.status(today),
        "Date": voucher.on.isoformat(),
        "ContactGuid": voucher.contact,
        "ContactName": voucher.contact_name,
        "Address": voucher.address,
        "Currency": voucher.currency,
        "Language": "da-DK",
        "ExternalReference": voucher.external_reference,
        "Description": voucher.description,
        "Comment": voucher.comment,
        "ShowLinesInclVat": voucher.shows_incl_vat,
        "TotalExclVat": float(voucher.net),
        "TotalVatableAmount": float(taxed),
        "TotalNonVatableAmount": float(voucher.net - taxed),
        "TotalVat": float(voucher.total - voucher.net),
        "TotalInclVat": float(voucher.total),
        "TotalLines": [
            {"Type": "SubTotal", "TotalAmount": float(voucher.net), "Position": 1, "Label": "Subtotal"},
            {"Type": "Vat", "TotalAmount": float(voucher.total - voucher.net), "Position": 2, "Label": "Moms (25,00%)"},
            {"Type": "Total", "TotalAmount": float(voucher.total), "Position": 3, "Label": f"Total {voucher.currency}"},
        ],
        "ProductLines": [_line(line) for line in voucher.lines],
        "MailOutStatus": voucher.mail,
        "LatestMailOutType": None,
        "TimeStamp": voucher.timestamp,
        "CreatedAt": written(voucher.created_at),
        "UpdatedAt": written(voucher.updated_at),
        "DeletedAt": written(voucher.deleted_at),
    }
    return found | (_of_credit_note(voucher) if voucher.kind == "CreditNote" else _of_invoice(voucher))


def _of_credit_note(voucher: Voucher) -> dict[str, Any]:
    return {"CreditNoteFor": voucher.credits}


def _fik(number: int) -> str:
    """A slip's line: its payment id ends with a check digit."""
    digits = f"{number:014d}"
    return f"+71{digits}{luhn.calc_check_digit(digits)}+12345678"


def _of_invoice(voucher: Voucher) -> dict[str, Any]:
    return {
        "PaymentDate": voucher.due.isoformat() if voucher.due else None,
        "PaymentConditionType": voucher.terms,
        "PaymentConditionNumberOfDays": voucher.days,
        "FikCode": _fik(voucher.number) if voucher.number else None,
        "DepositAccountNumber": 55000,
        "IsSentToDebtCollection": False,
        "IsMobilePayInvoiceEnabled": False,
        "IsPensoPayEnabled": False,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "ProductGuid": line.product,
        "Description": line.description,
        "Comments": line.comments,
        "Quantity": float(line.quantity),
        "AccountNumber": line.account,
        "AccountName": "Salg af varer/ydelser m/moms" if line.has_vat else "Salg til udlandet",
        "Unit": None if line.is_text else line.unit,
        "Discount": float(line.discount),
        "LineType": "Text" if line.is_text else "Product",
        "BaseAmountValue": float(line.price),
        "BaseAmountValueInclVat": float(line.price * line.factor),
        "TotalAmount": float(line.net),
        "TotalAmountInclVat": float(line.net * line.factor),
    }


def payments_of(voucher: Voucher) -> dict[str, Any]:
    return {
        "Payments": [_payment(one, voucher.currency) for one in voucher.payments],
        "PaidAmount": float(voucher.paid),
        "RemainingAmount": float(voucher.remaining),
        "InvoiceTotalIncludingReminderExpenses": float(voucher.total + voucher.fees),
        "RemainderAsFeeAvailable": False,
    }


def _payment(payment: Payment, currency: str) -> dict[str, Any]:
    return {
        "Guid": payment.guid,
        "DepositAccountNumber": None if payment.related else payment.deposit_account,
        "Currency": currency,
        "ExchangeRate": float(RATES.get(currency, Decimal(100))),
        "PaymentClass": payment.payment_class,
        "RelatedVoucherId": payment.related,
        "ExternalReference": payment.external_reference,
        "PaymentDate": payment.on.isoformat(),
        "Description": payment.description,
        "Amount": float(payment.amount),
    }
