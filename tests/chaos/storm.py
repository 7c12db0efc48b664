"""Records on their way to a simulator of Sage Intacct while workers are killed, put to sleep and cut off, and the other
side does whatever goes wrong. Afterwards it is counted there."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection as database

from arhub.domain import outbound
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Application, Ledger, Outbound, SourceRecord, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, pushes, settling
from connectors.domain.subjects import model_of
from connectors.domain.write_backs import of_record
from connectors.models import Connection, Push
from connectors.simulators.server import RunningSimulator
from tests.chaos.haste import LATE_SECONDS, LEASE_SECONDS
from tests.chaos.workers import Workers
from tests.connectors.faults.world import ACCESS, document, intacct, receipt

WORKERS = 3
MOST_FAULTS = 5
"""That wait for their request at a time."""
CUSTOMERS = 3
STORM_SECONDS = 8.0
CALM_SECONDS = 90.0
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "refuse"}, {"kind": "drop"}, {"kind": "garbage"}, {"kind": "duplicate"},
    {"kind": "status", "status": 503}, {"kind": "status", "status": 429}, {"kind": "stored_status", "status": 502},
    {"kind": "slow", "seconds": LATE_SECONDS}, {"kind": "late", "seconds": LATE_SECONDS},
)  # fmt: skip
CREATING = ("<CUSTOMERID>", "<create_invoice>", "<create_aradjustment>", "<ARADVANCE>", "<ARPYMT>")
CUT = (
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
    " and pid <> pg_backend_pid() and usename = current_user order by random() limit 1"
)


@dataclass(slots=True)
class Tally:
    """What became of the records, a line for each that did not arrive once with the right key."""

    records: int = 0
    blows: Counter[str] = field(default_factory=Counter)
    """What was done to them, and how often."""
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.records += other.records
        self.blows += other.blows
        self.lost += other.lost
        self.double += other.double
        self.stuck += other.stuck


def run(seed: str) -> Tally:
    """One storm over records of a new tenant, and the calm after it. Stops by itself."""
    chance = random.Random(seed)
    tenant = create_tenant(f"chaos-{time.time_ns()}", name="Chaos", currency="USD")
    with intacct() as running:
        _send(tenant, running, chance)
        with Workers(WORKERS) as workers:
            blows = _storm(running, workers, chance)
            _calm(tenant, running)
        tally = _counted(tenant, running)
    tally.blows = blows + Counter(fault=sum(many for name, many in running.simulator.counts.items() if "fault" in name))
    return tally


def _send(tenant: Tenant, running: RunningSimulator, chance: random.Random) -> None:
    """Each customer goes over a connection of its own, since a connection sends one thing at a time; in any order, so
    that some have to wait."""
    with scope(tenant.pk):
        ledger = Ledger.objects.get(is_default=True)
        wishes: list[tuple[Connection, str, int]] = []
        for number in range(CUSTOMERS):
            address = f"{running.url}{running.simulator.path}"
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


def _storm(running: RunningSimulator, workers: Workers, chance: random.Random) -> Counter[str]:
    asleep: dict[int, float] = {}
    blows: Counter[str] = Counter()
    ends_at = time.monotonic() + STORM_SECONDS
    while time.monotonic() < ends_at:
        if len(running.simulator.faults) < MOST_FAULTS:
            running.misbehave(**chance.choice(FAULTS), on=chance.choice(("", *CREATING)))
        place = chance.randrange(len(workers))
        match chance.random():
            case luck if luck < 0.06:
                blows["kill"] += 1
                asleep.pop(place, None)
                workers.replace(place)
            case luck if luck < 0.08 and not asleep:
                blows["sleep"] += 1
                workers.stop(place)
                asleep[place] = time.monotonic() + LEASE_SECONDS * chance.uniform(0.2, 1.5)
            case luck if luck < 0.16:
                blows["cut"] += 1
                _cut_a_connection()
        _wake(workers, asleep, time.monotonic())
        outbound.sweep()
        time.sleep(chance.uniform(0.02, 0.2))
    _wake(workers, asleep, float("inf"))
    return blows


def _wake(workers: Workers, asleep: dict[int, float], now: float) -> None:
    for place in [place for place, until in asleep.items() if until <= now]:
        workers.wake(place)
        del asleep[place]


def _cut_a_connection() -> None:
    """Any connection to this database but ours, in the middle of whatever it does."""
    with database.cursor() as cursor:
        cursor.execute(CUT)


def _calm(tenant: Tenant, running: RunningSimulator) -> None:
    """Nothing goes wrong any more, and a person looks after what was given up."""
    running.simulator.faults.clear()
    ends_at = time.monotonic() + CALM_SECONDS
    while _left(tenant) and time.monotonic() < ends_at:
        outbound.sweep()
        with scope(tenant.pk):
            for row in Outbound.objects.filter(state__in=("failed", "uncertain")):
                settling.send_again(row, None)
                if row.next_attempt_at is None:
                    settling.look_up(row, None)
        time.sleep(0.2)


def _left(tenant: Tenant) -> int:
    with scope(tenant.pk):
        return Outbound.objects.exclude(state=Outbound.State.DELIVERED).count()


def _counted(tenant: Tenant, running: RunningSimulator) -> Tally:
    state = running.simulator.state()
    by_control_id: dict[str, list[dict[str, Any]]] = {}
    for made in state["documents"]:
        by_control_id.setdefault(made["control_id"], []).append(made)
    tally = Tally()
    with scope(tenant.pk):
        for push in Push.objects.select_related("outbound"):
            record = model_of(push.record_type).objects.get(pk=push.record_id)
            tally.records += 1
            _judge(tally, push, record, by_control_id.pop(push.outbound.identity, []))
    tally.double += [f"{one['object']} {one['number']} nobody sent" for some in by_control_id.values() for one in some]
    if state["CUSTOMER"] > CUSTOMERS:
        tally.double.append(f"{state['CUSTOMER']} customers")
    return tally


def _judge(tally: Tally, push: Push, record: SourceRecord, there: list[dict[str, Any]]) -> None:
    said = f"{push.outbound.subject}: {push.outbound.state}, {push.outbound.answer}"
    keys = {row.value for row in of_record(record)}
    if push.outbound.state != Outbound.State.DELIVERED:
        tally.stuck.append(said)
    elif not keys or (push.record_type != "account" and not any(str(one["recordno"]) in keys for one in there)):
        tally.lost.append(f"{said} Keys {keys}, there {there}.")
    if len(there) > 1:
        tally.double.append(f"{said} There {there}.")
