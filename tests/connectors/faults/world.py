"""Records of a company in the hub, and a simulator of Sage Intacct to send them to; whatever goes wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from arhub.domain import outbound
from arhub.models import (
    Account,
    Application,
    Contact,
    Document,
    DocumentLine,
    Ledger,
    Outbound,
    Payment,
    SourceRecord,
    Tenant,
)
from arhub.tenancy.scope import scope
from connectors.domain import connections, pushes, write_backs
from connectors.models import Connection
from connectors.simulators.intacct.simulator import IntacctSimulator
from connectors.simulators.server import RunningSimulator

ACCESS = {
    "sender_id": "sender-1", "sender_password": "sender-secret", "company_id": "COMPANY1", "user_id": "xml_gateway",
    "user_password": "user-secret", "account": "4000", "term": "N30", "bank": "BOFA1435",
}  # fmt: skip
DAY = date(2026, 3, 1)
OBJECTS = {"customer": "CUSTOMER", "invoice": "ARINVOICE", "credit note": "ARADJUSTMENT", "advance": "ARADVANCE",
           "payment": "ARPYMT"}  # fmt: skip
TYPES = {"customer": "account", "invoice": "invoice", "credit note": "adjustment", "advance": "payment",
         "payment": "payment"}  # fmt: skip
BEFORE = {"customer": (), "invoice": ("customer",), "credit note": ("customer",), "advance": ("customer",),
          "payment": ("customer", "invoice", "second invoice")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    tenant: Tenant
    records: Mapping[str, Any]

    def record(self, name: str) -> SourceRecord:
        found: SourceRecord = self.records[name]
        return found


def make_world(tenant: Tenant) -> World:
    """A customer with contacts, two invoices of two lines, a credit note, an advance, a payment of both invoices."""
    with scope(tenant.pk):
        ledger = Ledger.objects.get(is_default=True)
        account = Account.objects.create(
            ledger=ledger, erp_key="C-1001", number="C-1001", name="Nordic Pumps", email="ap@nordic.example",
            address_line1="Pump Street 1", city="Aarhus", country="DK", currency="USD",
        )  # fmt: skip
        Contact.objects.create(
            ledger=ledger, erp_key="K-1", account=account, name="Anna Holm", email="anna@nordic.example",
            role_code="BILLTO", is_primary=True,
        )  # fmt: skip
        invoices = [document(ledger, account, number, "invoice", ("60.00", "40.00")) for number in ("10481", "10482")]
        credit = document(ledger, account, "90017", "credit_memo", ("25.00",))
        advance = receipt(ledger, account, "A-1", "30.00")
        payment = receipt(ledger, account, "P-1", "150.00")
        for entry, (invoice, amount) in enumerate(zip(invoices, ("100.00", "50.00"), strict=True), 1):
            Application.objects.create(
                ledger=ledger, erp_key=f"P-1|{entry}", application_type="payment", payment=payment, document=invoice,
                amount=Decimal(amount), entry_number=entry, applied_date=DAY,
            )  # fmt: skip
        records = {
            "customer": account, "invoice": invoices[0], "second invoice": invoices[1], "credit note": credit,
            "advance": advance, "payment": payment,
        }  # fmt: skip
        return World(tenant, records)


def document(ledger: Ledger, account: Account, number: str, kind: str, amounts: tuple[str, ...]) -> Document:
    total = sum(map(Decimal, amounts), Decimal(0))
    document = Document.objects.create(
        ledger=ledger, erp_key=f"D-{number}", number=number, account=account, document_type=kind, total_amount=total,
        currency="USD", invoice_date=DAY, due_date=date(2026, 3, 31),
    )  # fmt: skip
    for line, amount in enumerate(amounts, 1):
        DocumentLine.objects.create(
            ledger=ledger, erp_key=f"D-{number}|{line}", document=document, line_number=str(line),
            total_amount=Decimal(amount), account_number="4000", description=f"Line {line}",
        )  # fmt: skip
    return document


def receipt(ledger: Ledger, account: Account, number: str, amount: str) -> Payment:
    return Payment.objects.create(
        ledger=ledger, erp_key=number, number=number, account=account, amount=Decimal(amount), currency="USD",
        payment_date=DAY, tender_type="Cash",
    )  # fmt: skip


@contextmanager
def intacct() -> Iterator[RunningSimulator]:
    with RunningSimulator(IntacctSimulator()) as running:
        yield running


def connect(world: World, running: RunningSimulator, name: str) -> Connection:
    address = f"{running.url}{IntacctSimulator.path}"
    with scope(world.tenant.pk):
        return connections.create("intacct", name=name, values={**ACCESS, "address": address})


def push(world: World, connection: Connection, name: str) -> Outbound:
    """Queue a record of the world; gives what carries it."""
    record_type = "invoice" if name == "second invoice" else TYPES[name]
    with scope(world.tenant.pk):
        pushes.push(connection, record_type, [world.record(name).pk])
        return pushes.of_record(record_type, world.record(name).pk)[0].outbound


def deliver(world: World, rounds: int = 1) -> list[str]:
    """Do what is to be sent or looked up, whenever it is due; the states that were left."""
    states: list[str] = []
    for _ in range(rounds):
        with scope(world.tenant.pk):
            due = Outbound.objects.filter(next_attempt_at__isnull=False)
            if not due.update(next_attempt_at=timezone.now()):
                break
        while claimed := outbound.claim():
            states.append(str(outbound.deliver(*claimed)))
    return states


def prepare(world: World, connection: Connection, name: str) -> None:
    """Send what has to be there before a record."""
    for before in BEFORE[name]:
        push(world, connection, before)
    states = deliver(world, 3)
    assert states == ["delivered"] * len(BEFORE[name]), states


def there(running: RunningSimulator, name: str) -> int:
    """How many of a record's kind the simulator holds."""
    return int(running.simulator.state()[OBJECTS[name]])


def keys(world: World, connection: Connection, name: str) -> dict[str, str]:
    with scope(world.tenant.pk):
        rows = write_backs.of_record(world.record(name))
        return {row.name: row.value for row in rows if row.connection_id == connection.pk}
