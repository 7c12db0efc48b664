"""Records pushed to a simulator of Sage Intacct that does whatever goes wrong. Afterwards it is counted there."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack
from decimal import Decimal
from typing import Any, ClassVar, Self

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Application, Ledger, Outbound, SourceRecord, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, pushes, settling
from connectors.domain.subjects import model_of
from connectors.domain.write_backs import of_record
from connectors.models import Connection, Push
from tests.chaos.haste import LATE_SECONDS
from tests.chaos.scene import Scene, Tally
from tests.connectors.faults.world import ACCESS, document, intacct, receipt

MOST_FAULTS = 5
"""That wait for their request at a time."""
CUSTOMERS = 3
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "refuse"}, {"kind": "drop"}, {"kind": "garbage"}, {"kind": "duplicate"},
    {"kind": "status", "status": 503}, {"kind": "status", "status": 429}, {"kind": "stored_status", "status": 502},
    {"kind": "slow", "seconds": LATE_SECONDS}, {"kind": "late", "seconds": LATE_SECONDS},
)  # fmt: skip
CREATING = ("<CUSTOMERID>", "<create_invoice>", "<create_aradjustment>", "<ARADVANCE>", "<ARPYMT>")


class Records(Scene):
    """Each customer goes over a connection of its own, since a connection sends one thing at a time."""

    lets_sleep: ClassVar[float] = 1.5  # what comes late is known again

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def __enter__(self) -> Self:
        self.tenant = create_tenant(f"chaos-{time.time_ns()}", name="Chaos", currency="USD")
        with ExitStack() as stack:
            self.running = stack.enter_context(intacct())
            _send(self.tenant, f"{self.running.url}{self.running.simulator.path}", self._chance)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def go_on(self, chance: random.Random) -> None:
        while len(self.running.simulator.faults) < MOST_FAULTS:
            self.running.misbehave(**chance.choice(FAULTS), on=chance.choice(("", *CREATING)))

    def calm(self) -> None:
        self.running.simulator.faults.clear()

    def tend(self) -> bool:
        with scope(self.tenant.pk):
            for row in Outbound.objects.filter(state__in=("failed", "uncertain")):
                settling.send_again(row, None)
                if row.next_attempt_at is None:
                    settling.look_up(row, None)
            return not Outbound.objects.exclude(state=Outbound.State.DELIVERED).exists()

    def counted(self) -> Tally:
        state = self.running.simulator.state()
        by_control_id: dict[str, list[dict[str, Any]]] = {}
        for made in state["documents"]:
            by_control_id.setdefault(made["control_id"], []).append(made)
        tally = Tally()
        counts = self.running.simulator.counts
        tally.blows["fault"] = sum(many for name, many in counts.items() if "fault" in name)
        with scope(self.tenant.pk):
            for push in Push.objects.select_related("outbound"):
                record = model_of(push.record_type).objects.get(pk=push.record_id)
                tally.sent["records"] += 1
                _judge(tally, push, record, by_control_id.pop(push.outbound.identity, []))
        unknown = [one for some in by_control_id.values() for one in some]
        tally.double += [f"{one['object']} {one['number']} nobody sent" for one in unknown]
        if state["CUSTOMER"] > CUSTOMERS:
            tally.double.append(f"{state['CUSTOMER']} customers")
        return tally


def _send(tenant: Tenant, address: str, chance: random.Random) -> None:
    """In any order, so that some have to wait."""
    with scope(tenant.pk):
        ledger = Ledger.objects.get(is_default=True)
        wishes: list[tuple[Connection, str, int]] = []
        for number in range(CUSTOMERS):
            there = connections.create("intacct", name=f"Intacct {number}", values={**ACCESS, "address": address})
            wishes += [(there, *record) for record in _records(ledger, number)]
        chance.shuffle(wishes)
        for there, record_type, pk in wishes:
            pushes.push(there, record_type, [pk])


def _records(ledger: Ledger, number: int) -> list[tuple[str, int]]:
    """A customer, two invoices, a payment of both, a credit note and an advance."""
    name = f"C-{number}"
    account = Account.objects.create(ledger=ledger, erp_key=name, number=name, name=f"Customer {number}")
    invoices = [document(ledger, account, f"{number}1{one}", "invoice", ("60.00", "40.00")) for one in range(2)]
    credit = document(ledger, account, f"{number}90", "credit_memo", ("25.00",))
    payment = receipt(ledger, account, f"P-{number}", "150.00")
    advance = receipt(ledger, account, f"A-{number}", "30.00")
    for entry, (invoice, amount) in enumerate(zip(invoices, ("100.00", "50.00"), strict=True), 1):
        Application.objects.create(
            ledger=ledger, erp_key=f"P-{number}|{entry}", application_type="payment", payment=payment, document=invoice,
            amount=Decimal(amount), entry_number=entry,
        )  # fmt: skip
    return [
        ("account", account.pk), *(("invoice", one.pk) for one in invoices), ("adjustment", credit.pk),
        ("payment", payment.pk), ("payment", advance.pk),
    ]  # fmt: skip


def _judge(tally: Tally, push: Push, record: SourceRecord, there: list[dict[str, Any]]) -> None:
    said = f"{push.outbound.subject}: {push.outbound.state}, {push.outbound.answer}"
    keys = {row.value for row in of_record(record)}
    if push.outbound.state != Outbound.State.DELIVERED:
        tally.stuck.append(said)
    elif not keys or (push.record_type != "account" and not any(str(one["recordno"]) in keys for one in there)):
        tally.lost.append(f"{said} Keys {keys}, there {there}.")
    if len(there) > 1:
        tally.double.append(f"{said} There {there}.")
