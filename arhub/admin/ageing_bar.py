"""Ageing drawn as a stacked bar of which every part has its number beside it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from arhub.amounts import amount_text
from arhub.domain.ageing import BUCKETS, Ageing


@dataclass(frozen=True, slots=True)
class Part:
    """`share` in percent of what is open on invoices; a negative bucket has none."""

    name: str
    label: str
    amount: str
    share: str


@dataclass(frozen=True, slots=True)
class AgeingBar:
    currency: str
    parts: list[Part]
    overdue: str
    unapplied_credits: str
    unapplied_payments: str
    outstanding: str
    balance: str


def bar_of(row: Ageing) -> AgeingBar:
    amounts = [(name, label, getattr(row, name)) for name, label in BUCKETS]
    whole = sum((amount for _, _, amount in amounts if amount > 0), Decimal(0))
    parts = [Part(name, label, amount_text(amount), _share(amount, whole)) for name, label, amount in amounts]
    return AgeingBar(
        row.currency,
        parts,
        amount_text(row.overdue),
        amount_text(row.unapplied_credits),
        amount_text(row.unapplied_payments),
        amount_text(row.outstanding),
        amount_text(row.balance),
    )


def _share(amount: Decimal, whole: Decimal) -> str:
    return f"{100 * amount / whole:.2f}" if amount > 0 and whole else "0"
