"""Payments and advances: what comes in, what it is applied to, and what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.simulators.intacct.books import Books, Record
from connectors.simulators.intacct.documents import ZERO, add_line, customer_of, in_base, total
from connectors.simulators.intacct.errors import invalid, missing, wrong
from connectors.simulators.intacct.kinds import ADJUSTMENT, ADVANCE, CREDITS, INVOICE, PAYMENT, PAYMENT_DETAIL, Kind
from connectors.simulators.intacct.settlement import credit_left, settle

CREDIT_KINDS = {
    "ADJUSTMENTKEY": ADJUSTMENT, "ADVANCEKEY": ADVANCE, "OVERPAYMENTKEY": PAYMENT, "NEGATIVEINVOICEKEY": INVOICE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Application:
    """What one detail of a payment does to one invoice or debit memo. Amounts are positive."""

    key: str
    cash: Decimal = ZERO
    credits: dict[str, tuple[str, Decimal]] = field(default_factory=dict)
    """By CREDITS: the key of the credit and how much of it is taken."""
    discount: Decimal = ZERO
    line: str = ""
    is_debit_memo: bool = False

    @property
    def amount(self) -> Decimal:
        return self.cash + self.discount + sum((taken for _, taken in self.credits.values()), ZERO)


def receive(
    books: Books, fields: dict[str, Any], applications: Sequence[Application], overpaid: Decimal, day: date,
    record_type: str = "rp",
) -> Record:  # fmt: skip
    """Store a payment and apply it. `fields` come from `header`."""
    payment = books.insert(PAYMENT, {**fields, "RECORDTYPE": record_type, "STATE": "Confirmed", "RAWSTATE": "C"})
    cash = ZERO
    for application in applications:
        _apply(books, payment, application, day)
        cash += application.cash
    books.change_silently(payment, **_sums(payment, cash + overpaid, cash))
    return payment


def advance(books: Books, fields: dict[str, Any], lines: Sequence[dict[str, Any]], *, draft: bool) -> Record:
    """Store money that is for no document yet."""
    if not lines:
        raise missing("AR Advance Items")
    state = {"STATE": "Draft", "RAWSTATE": "D"} if draft else {"STATE": "Posted", "RAWSTATE": "A"}
    record = books.insert(ADVANCE, {**fields, **state, "RECORDTYPE": "rr"})
    for line in lines:
        add_line(books, record, line)
    total(books, record)
    if record["TRX_TOTALENTERED"] <= 0:
        raise wrong("The amount of an advance must be more than zero.")
    return record


def header(
    books: Books, customer: str, *, method: str, received: date | None, paid: date | None, bank: str, undeposited: str,
    batch: str, currency: str, rate: Decimal | None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """The fields of a payment or an advance, checked."""
    company = books.company
    if batch:
        raise invalid("Summary", batch)  # nobody has made one
    if not bank and not undeposited:
        raise missing("Financial Entity")
    if received is None:
        raise missing("Receipt Date")
    code = currency or company.base_currency
    return {
        "CUSTOMERID": customer or None, "CUSTOMERNAME": customer_of(books, customer)["NAME"] if customer else None,
        "PAYMENTMETHOD": company.method(method), "FINANCIALENTITY": company.bank(bank) if bank else None,
        "UNDEPOSITEDACCOUNTNO": company.account(undeposited) if undeposited else None,
        "CURRENCY": code, "BASECURR": company.base_currency, "EXCHANGE_RATE": company.rate(code, rate),
        "RECEIPTDATE": received, "PAYMENTDATE": paid or received, "WHENCREATED": received, "WHENPAID": paid or received,
        **more,
    }  # fmt: skip


def reverse(books: Books, payment: Record, note: str, day: date) -> None:
    """Put back what it was applied to and what it took from credits."""
    if payment["RAWSTATE"] != "C":
        raise wrong(f"Payment '{payment.number}' cannot be reversed in state {payment['STATE']}.")
    if payment["TRX_TOTALPAID"] != sum((detail["TRX_PAYMENTAMOUNT"] for detail in payment.lines), ZERO):
        raise wrong(f"Payment '{payment.number}' cannot be reversed: its overpayment has been applied.")
    for detail in reversed(payment.lines):
        _put_back(books, detail)
    books.change(
        payment, STATE="Voided", RAWSTATE="V", DESCRIPTION=note or payment["DESCRIPTION"], CLRDATE=day,
        TRX_TOTALDUE=ZERO, TOTALDUE=ZERO,
    )  # fmt: skip


def _apply(books: Books, payment: Record, application: Application, day: date) -> None:
    target = _target(books, payment, application)
    line = next((each for each in target.lines if str(each.number) == application.line), None)
    if application.line and line is None:
        raise invalid("Entry Key", application.line)
    if application.amount <= 0:
        raise wrong(f"The amount to apply to {target.kind.title} '{target.number}' must be more than zero.")
    settle(books, target, application.amount, day, line)
    taken: dict[str, Any] = {}
    for name, (key, amount) in application.credits.items():
        credit = _credit(books, name, key, target)
        settle(books, credit, amount, day)
        taken |= {
            name: credit.number,
            CREDITS[name]: amount,
            CREDITS[name].removeprefix("TRX_"): in_base(payment, amount),
        }
    books.add_line(payment, books.insert(PAYMENT_DETAIL, {
        "PAYMENTKEY": payment.number, "POSADJKEY" if application.is_debit_memo else "RECORDKEY": target.number,
        "POSADJENTRYKEY" if application.is_debit_memo else "ENTRYKEY": line.number if line else None,
        "PAYMENTDATE": day, "CURRENCY": payment["CURRENCY"], "STATE": "Confirmed",
        "TRX_PAYMENTAMOUNT": application.cash, "PAYMENTAMOUNT": in_base(payment, application.cash),
        "TRX_TOTALDISCOUNTTOAPPLY": application.discount, "DISCOUNTTOAPPLY": in_base(payment, application.discount),
        **taken,
    }))  # fmt: skip


def _put_back(books: Books, detail: Record) -> None:
    kind, key = (ADJUSTMENT, detail["POSADJKEY"]) if detail["POSADJKEY"] else (INVOICE, detail["RECORDKEY"])
    target = books.tables[kind.name][key]
    entry = detail["POSADJENTRYKEY"] or detail["ENTRYKEY"]
    line = next((each for each in target.lines if each.number == entry), None)
    amount = detail["TRX_PAYMENTAMOUNT"] + detail["TRX_TOTALDISCOUNTTOAPPLY"]
    for name, credit_kind in CREDIT_KINDS.items():
        if detail[name]:
            settle(books, books.tables[credit_kind.name][detail[name]], -detail[CREDITS[name]], None)
            amount += detail[CREDITS[name]]
    settle(books, target, -amount, None, line)
    books.change(detail, STATE="Voided")


def _target(books: Books, payment: Record, application: Application) -> Record:
    kind: Kind = ADJUSTMENT if application.is_debit_memo else INVOICE
    target = books.get(kind, application.key)
    if target is None or (payment["CUSTOMERID"] and target["CUSTOMERID"] != payment["CUSTOMERID"]):
        raise invalid("Record Key", application.key)
    if target["RAWSTATE"] != "A":
        raise wrong(f"{kind.title} '{target.number}' cannot be paid in state {target['STATE']}.")
    if target["TRX_TOTALENTERED"] < 0:
        raise wrong(f"{kind.title} '{target.number}' is a credit and cannot be paid.")
    if target["CURRENCY"] != payment["CURRENCY"]:
        raise wrong(
            f"The currency {payment['CURRENCY']} of the payment is not {target['CURRENCY']} as of the document."
        )
    return target


def _credit(books: Books, name: str, key: str, target: Record) -> Record:
    credit = books.get(CREDIT_KINDS[name], key)
    if credit is None or credit["CUSTOMERID"] != target["CUSTOMERID"]:
        raise invalid(name.removesuffix("KEY").capitalize() + " Key", key)
    if credit["RAWSTATE"] not in {"A", "C"} or not credit_left(credit) or _is_owed(credit):
        raise wrong(f"{credit.kind.title} '{credit.number}' has no credit left to apply.")
    if credit["CURRENCY"] != target["CURRENCY"]:
        raise wrong(f"The currency {credit['CURRENCY']} of the credit is not {target['CURRENCY']} as of the document.")
    if credit["MEGAENTITYID"] != target["MEGAENTITYID"]:
        raise wrong("The credit and the invoice are in different entities.", errorno="BL03002073")
    return credit


def _is_owed(record: Record) -> bool:
    return record.kind in (INVOICE, ADJUSTMENT) and record["TRX_TOTALDUE"] > 0


def _sums(payment: Record, entered: Decimal, applied: Decimal) -> dict[str, Decimal]:
    left = entered - applied
    return {
        "TRX_TOTALENTERED": entered, "TRX_TOTALPAID": applied, "TRX_TOTALDUE": left,
        "TOTALENTERED": in_base(payment, entered), "TOTALPAID": in_base(payment, applied),
        "TOTALDUE": in_base(payment, left),
    }  # fmt: skip
