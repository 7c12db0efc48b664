"""A year of business: invoices, credit memos and the payments that follow them, some of them late."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ingestion.demo.names import PRODUCTS
from ingestion.demo.parties import Party

DAYS, INVOICES, CREDITS, ADVANCES = 425, 5_000, 150, 26
_RATES = {"DKK": Decimal(1), "EUR": Decimal("0.134"), "SEK": Decimal("1.49"), "USD": Decimal("0.146")}
_CENT = Decimal("0.01")


@dataclass(slots=True)
class Document:
    """An invoice, or a credit memo that corrects one. `applied` is (date, amount) of all that reduces it."""

    number: str
    party: Party
    issued: date
    due: date
    lines: list[tuple[str, str, int, Decimal]]
    order_number: str = ""
    corrects: Document | None = None
    disputed_on: date | None = None
    applied: list[tuple[date, Decimal]] = field(default_factory=list)

    @property
    def net(self) -> Decimal:
        return sum((quantity * price for _, _, quantity, price in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return (self.net / 4).quantize(_CENT) if self.party.country.code == "DK" else Decimal("0.00")

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    def open_on(self, day: date) -> Decimal:
        return self.total - sum((amount for when, amount in self.applied if when <= day), Decimal(0))


@dataclass(slots=True)
class Payment:
    """Money of one account on one day; `parts` are the invoices it pays. Without parts it is an advance."""

    number: str
    party: Party
    day: date
    amount: Decimal
    parts: list[tuple[Document, Decimal]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CreditApplied:
    credit: Document
    invoice: Document
    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Trade:
    invoices: list[Document]
    credits: list[Document]
    credits_applied: list[CreditApplied]
    payments: list[Payment]


Plans = dict[str, list[tuple[date, Decimal]]]
"""Number of an invoice → when its customer pays how much of it."""


def make_trade(random: Random, parties: list[Party], today: date) -> Trade:
    buyers = [party for party in parties if party.kind == "Customer" and party.row["is_active"] == "true"]
    invoices = _invoices(random, buyers, today)
    plans = {invoice.number: _plan(random, invoice) for invoice in invoices}
    credits = _credits(random, invoices, today)
    applied = [used for credit in credits if (used := _apply(credit, plans))]
    return Trade(invoices, credits, applied, _payments(random, buyers, invoices, plans, today))


def _invoices(random: Random, buyers: list[Party], today: date) -> list[Document]:
    days = sorted(today - timedelta(days=random.randint(0, DAYS)) for _ in range(INVOICES))
    parties = random.choices(buyers, [min(party.weight, 12) for party in buyers], k=INVOICES)
    found = []
    for number, (day, party) in enumerate(zip(days, parties, strict=True), start=200_001):
        order = f"PO-{random.randint(10_000, 99_999)}" if random.random() < 0.7 else ""
        invoice = Document(str(number), party, day, day + timedelta(days=party.days), _lines(random, party), order)
        if random.random() < 0.015:
            invoice.disputed_on = day + timedelta(days=random.randint(4, 25))
        found.append(invoice)
    return found


def _lines(random: Random, party: Party) -> list[tuple[str, str, int, Decimal]]:
    rate = _RATES[party.country.currency]
    return [
        (code, name, random.randint(1, 6), (price * rate * random.randint(90, 110) / 100).quantize(_CENT))
        for code, name, price in random.sample(PRODUCTS, random.choices((1, 2, 3, 5), (40, 30, 20, 10))[0])
    ]


def _credits(random: Random, invoices: list[Document], today: date) -> list[Document]:
    """Goods returned: one line of an invoice, or a part of it, is given back."""
    days = [(invoice, invoice.issued + timedelta(days=random.randint(3, 20))) for invoice in invoices]
    corrected = random.sample([pair for pair in days if pair[1] < today], CREDITS)
    found = []
    for number, (invoice, day) in enumerate(sorted(corrected, key=lambda pair: pair[1]), start=90_001):
        code, name, quantity, price = random.choice(invoice.lines)
        lines = [(code, f"Returned: {name}", random.randint(1, quantity), price)]
        found.append(Document(str(number), invoice.party, day, day, lines, corrects=invoice))
    return found


def _apply(credit: Document, plans: Plans) -> CreditApplied | None:
    """A credit memo reduces its invoice when that is not being paid yet; otherwise it stays open."""
    invoice = credit.corrects
    plan = plans[invoice.number] if invoice else []
    if invoice is None or (plan and (plan[0][0] <= credit.issued or plan[-1][1] <= credit.total)):
        return None
    if plan:
        plan[-1] = (plan[-1][0], plan[-1][1] - credit.total)
    invoice.applied.append((credit.issued, credit.total))
    credit.applied.append((credit.issued, credit.total))
    return CreditApplied(credit, invoice, credit.issued, credit.total)


def _payments(
    random: Random, buyers: list[Party], invoices: list[Document], plans: Plans, today: date
) -> list[Payment]:
    """What an account pays on one day is one payment."""
    due: dict[tuple[date, str], list[tuple[Document, Decimal]]] = defaultdict(list)
    for invoice in invoices:
        for day, amount in plans[invoice.number]:
            if day <= today:
                due[day, invoice.party.number].append((invoice, amount))
    numbers = iter(range(50_001, 99_999))
    found = []
    for (day, _), parts in sorted(due.items(), key=lambda item: item[0]):
        payment = Payment(f"B-{next(numbers)}", parts[0][0].party, day, sum((a for _, a in parts), Decimal(0)), parts)
        for invoice, amount in parts:
            invoice.applied.append((day, amount))
        found.append(payment)
    for party in random.sample(buyers, ADVANCES):
        day = today - timedelta(days=random.randint(0, 75))
        amount = (random.randint(20, 400) * 100 * _RATES[party.country.currency]).quantize(_CENT)
        found.append(Payment(f"B-{next(numbers)}", party, day, amount))
    return found


def _plan(random: Random, invoice: Document) -> list[tuple[date, Decimal]]:
    """When an invoice is paid: mostly about its due date, sometimes in two parts, a few of them never."""
    luck = random.random()
    if (invoice.disputed_on is not None and luck < 0.6) or luck < 0.012:
        return []
    late = random.gauss(invoice.party.delay, 6) if luck < 0.86 else random.uniform(10, 60 if luck < 0.95 else 150)
    day = max(invoice.issued, invoice.due + timedelta(days=int(late)))
    if luck > 0.97:
        half = (invoice.total / 2).quantize(_CENT)
        return [(day, half), (day + timedelta(days=random.randint(14, 90)), invoice.total - half)]
    return [(day, invoice.total)]
