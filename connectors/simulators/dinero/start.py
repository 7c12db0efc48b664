"""The sales that an organization starts with: every state there is, twice or more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.simulators.dinero.books import Line, Payment, Voucher, cents

STATES = (  # days since it was issued, of its total paid
    (90, "1"), (80, "0"), (75, "0.5"), (60, "1"), (55, "1.2"), (40, "0"), (35, "1"), (2, "0"), (2, "0.25"), (1, "0"),
    (90, "1"), (85, "0"), (70, "1"), (65, "0.4"), (50, "1"), (45, "0"), (3, "0"), (1, "1"), (1, "0"), (0, "0"),
)  # fmt: skip
DRAFTS = 2


def first_vouchers(contacts: Mapping[str, Mapping[str, Any]], started: datetime) -> list[Voucher]:
    customers = list(contacts.values())
    found = [_invoice(number, customers, started) for number in range(1, len(STATES) + 1)]
    number = len(found) + 1
    for invoice, share in ((found[1], "1"), (found[5], "0.5")):
        found.append(_credit_note(number, invoice, Decimal(share), started))
        number += 1
    found.append(_credit_note(number, found[0], Decimal("0.1"), started))  # paid already: still to be used
    drafts = [_invoice(len(found) + one, customers, started) for one in range(1, DRAFTS + 1)]
    for draft in drafts:
        draft.number, draft.payments = None, []
    return found + drafts


def _invoice(number: int, customers: list[Mapping[str, Any]], started: datetime) -> Voucher:
    customer = customers[number % len(customers)]
    days, share = STATES[(number - 1) % len(STATES)]
    at = started - timedelta(days=days, hours=1)
    voucher = Voucher(
        guid=f"a0000000-0000-4000-8000-{number:012x}", kind="Invoice", contact=customer["ContactGuid"],
        contact_name=customer["Name"], on=at.date(), lines=_lines(number, customer["CountryKey"] == "DK"),
        created_at=at, updated_at=at, number=number, currency=customer["PreferredInvoiceCurrencyKey"],
        terms=customer["PaymentConditionType"], days=int(customer["PaymentConditionNumberOfDays"]), mail="Sent",
        address=f"{customer['Street']}\n{customer['ZipCode']} {customer['City']}",
        external_reference=f"Webshop: {4000 + number}" if number % 3 == 0 else None,
        comment="Rekvisition 4711" if number % 4 == 0 else None,
    )  # fmt: skip
    if amount := cents(voucher.total * Decimal(share)):
        on = min(voucher.on + timedelta(days=10), started.date())
        voucher.payments = [Payment(f"b0000000-0000-4000-8000-{number:012x}", amount, on)]
    voucher.fees = Decimal(100) if number == 12 else Decimal(0)  # a reminder was sent
    return voucher


def _lines(number: int, has_vat: bool) -> list[Line]:
    """Prices of which the VAT does not come out even, so that lines and totals differ by a cent."""
    account = 1000 if has_vat else 1050
    found = [Line("Pumpe, 2 kW", Decimal(number % 4 + 1), Decimal("333.33"), account=account, has_vat=has_vat)]
    if number % 2:
        found.insert(0, Line("Leverance i uge 12", Decimal(0), is_text=True))
    for text, price in (("Montage", "99.99"), ("Kørsel", "3.79"))[: number % 3]:
        found.append(
            Line(
                text,
                Decimal("1.5"),
                Decimal(price),
                "hours",
                Decimal(10),
                account,
                has_vat=has_vat,
                comments="Efter aftale",
            )
        )
    return found


def _credit_note(number: int, invoice: Voucher, share: Decimal, started: datetime) -> Voucher:
    at = started - timedelta(days=1)
    credit = Voucher(
        guid=f"a1000000-0000-4000-8000-{number:012x}", kind="CreditNote", contact=invoice.contact,
        contact_name=invoice.contact_name, on=at.date(), created_at=at, updated_at=at, number=number,
        lines=[
            replace(one, quantity=one.quantity * share)
            for one in invoice.lines
        ],
        currency=invoice.currency, address=invoice.address, description="Kreditnota", credits=invoice.guid, mail="Sent",
    )  # fmt: skip
    amount = min(credit.total, max(invoice.remaining, Decimal(0)))
    if amount:
        credit.used = amount
        payment = Payment(f"b1000000-0000-4000-8000-{number:012x}", amount, at.date(), f"Kreditnota {number}")
        payment.payment_class, payment.related = "CreditNote", credit.guid
        invoice.payments.append(payment)
        invoice.updated_at = at
    return credit
