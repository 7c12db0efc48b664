"""A company with its books at Dinero, an adaptor with a rule for each of seven customers, and a clock that is turned on
while its workers do what is due."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import requests
import time_machine
from django.db import connections as databases
from django.test import Client

from adaptors import tasks
from adaptors.domain import activations
from adaptors.domain.customers import rules
from adaptors.domain.notifications import notification_settings
from adaptors.domain.running import KIND
from adaptors.models import Activation, DayCount, ExportRule, Transaction
from arhub import tasks as hub_tasks
from arhub.domain import schedules
from arhub.models import Attempt, Incident, Schedule, Source, Tenant
from arhub.secrets import Secret
from arhub.tenancy.scope import scope
from connectors.domain import connections, fetching, pulls, receivers
from connectors.models import Connection, Inbox
from connectors.simulators.dinero.simulator import DineroSimulator
from connectors.simulators.http_receiver.simulator import HttpReceiver
from connectors.simulators.server import RunningSimulator
from ingestion import tasks as loads
from tests.adaptors.day.customers import IN, Came, Customer
from tests.servers.smtp import MailServer

OPERATIONS = "drift@acme.example"
STEP, AT_NIGHT = timedelta(minutes=10), timedelta(hours=1)
SUPPLIER = {"supplier_bank_branch": "0040", "supplier_bank_account": "0440116243"}


class Clock:
    """Of Copenhagen. The day is the one after today: certificates are valid then."""

    def __init__(self, tenant: Tenant, traveller: time_machine.Traveller, today: date) -> None:
        self._zone, self._traveller, self.today = tenant.zone, traveller, today
        self.now = datetime.now(UTC)

    def at(self, hour: int, minute: int = 0, *, days: int = 0) -> datetime:
        local = datetime.combine(self.today + timedelta(days=days), time(hour, minute), self._zone)
        return local.astimezone(UTC)

    def turn_to(self, moment: datetime) -> None:
        self.now = moment
        self._traveller.move_to(moment)


class Company:
    def __init__(self, tenant: Tenant, clock: Clock, hub: str, customers: Sequence[Customer]) -> None:
        self.tenant, self.clock, self.hub, self.customers = tenant, clock, hub, customers
        self.to: dict[str, Connection] = {}
        self.activation: Activation

    # --- The books ---------------------------------------------------------------------------------------------------

    def keep_books(self, dinero: RunningSimulator) -> None:
        """Connect Dinero, which has the customers and an invoice of today for each time they bought something."""
        simulator = dinero.simulator
        assert isinstance(simulator, DineroSimulator)
        books = simulator.organizations[123456]
        for customer in self.customers:
            contact = books.save_contact({
                "Name": customer.name, "Street": "Industrivej 7", "ZipCode": "8000", "City": "Aarhus C",
                "VatNumber": customer.registration_number, "EanNumber": customer.gln or None, "AttPerson": "Bo Lind",
                "Email": getattr(customer, "address", ""),
            })  # fmt: skip
            for _ in range(customer.invoices):
                line = {"Description": "Pumpe", "Quantity": 2, "BaseAmountValue": 500, "Unit": "parts"}
                values = {"ContactGuid": contact["ContactGuid"], "ProductLines": [line]}
                draft = books.draft("Invoice", values)
                books.book("Invoice", draft.guid, {"Timestamp": draft.timestamp})
        values = {
            "api_url": dinero.url, "sign_in_url": dinero.url, "client_id": "client-1", "payments": True,
            "client_secret": "client-secret", "api_key": "api-key-1", "organization": "", "requests_per_minute": 6000,
        }  # fmt: skip
        with scope(self.tenant.pk):
            self.dinero = connections.create("dinero", name="Dinero", values=values)
            self._schedule(pulls.KINDS[0], self.dinero.pk, "Pull", at=time(6, 30))

    # --- The adaptor -------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """A connection to each customer, and inboxes for what they say."""
        with scope(self.tenant.pk):
            uploads = Source.objects.get(kind=Source.Kind.UPLOAD)
            for customer in self.customers:
                made = connections.create(customer.kind, name=customer.name, values=dict(customer.values(self.hub)))
                self.to[customer.kind] = made
            for kind, folder in (("sftp", IN), ("ftp", IN), ("dropbox", IN), ("email", "INBOX")):
                inbox = Inbox.objects.create(
                    name=f"From {kind}", connection=self.to[kind], source=uploads, folder=folder, record_type="account",
                    settle_seconds=0,
                )  # fmt: skip
                self._schedule(
                    fetching.KIND, inbox.pk, f"Answers by {kind}", every="hourly", minute=15, quiet_from=time(18),
                    quiet_until=time(7),
                )  # fmt: skip
            Connection.objects.filter(pk=self.to["as2"].pk).update(receipt_hours=2)
            self.answer_to = f"{self.hub}{receivers.new_address(self.to['http'])}"

    def activate(self) -> None:
        """The adaptor with a rule for each of the customers, on, and run at seven."""
        with scope(self.tenant.pk):
            made = self.activation = activations.activate(
                "dinero_invoices", name="Invoices", destination=self.to["dropbox"]
            )
            activations.connect(made, Connection.objects.select_related("source").get(pk=self.dinero.pk))
            made.supplier = SUPPLIER
            made.customer = {"customer_buyer_reference": "7"}
            made.save(update_fields=["supplier", "customer"])
            tasks.follow(self.tenant.pk, made.pk)
            for customer in self.customers:
                rule = ExportRule.objects.filter(activation=made, account__name=customer.name)
                rules.activate(
                    made, rule, format=customer.format, destination=self.to[customer.kind], takes_existing=True
                )
                rules.set_own(rule.get(), customer.own)
            activations.switch(made, on=True)
            self._schedule(KIND, made.pk, "Export", at=time(7))

    def tell_operations(self, webhook: str) -> None:
        """By e-mail and webhook, of whatever goes wrong."""
        with scope(self.tenant.pk):
            for level in ("document", "adaptor"):
                cell = notification_settings.cell_of(self.activation, level, "negative")
                assert cell is not None
                known = {name: getattr(cell, name) for name in notification_settings.FIELDS}
                given = {"is_on": True, "addresses": [OPERATIONS], "webhook_url": Secret(webhook)}
                notification_settings.change(cell, {**known, **given})

    def _schedule(self, kind: str, subject_id: int, name: str, **fields: Any) -> None:
        schedules.save(Schedule(name=name, kind=kind, subject_id=subject_id, zone="Europe/Copenhagen", **fields))

    # --- Time goes by ------------------------------------------------------------------------------------------------

    def go_on_until(self, hour: int, minute: int = 0, *, days: int = 0, step: timedelta = STEP) -> None:
        """Every ten minutes until then, and then, everybody does what is due."""
        ends_at = self.clock.at(hour, minute, days=days)
        while (following := self.clock.now + step) < ends_at:
            self._pass(following)
        self._pass(ends_at)

    def _pass(self, moment: datetime) -> None:
        self.clock.turn_to(moment)
        hub_tasks.fire_schedules()
        tasks.look_for_answers()
        tasks.tell_notices()
        self.work()

    def work(self) -> None:
        """As the clusters do, until nothing is due any more."""
        do = (hub_tasks.answer_run, loads.answer, hub_tasks.answer_outbound)
        while {one() for one in do} != {"nothing due"}:
            pass

    def fire_twice_at(self, hour: int, *, days: int = 0) -> int:
        """Two schedulers at the same moment; how many runs they made."""
        self.clock.turn_to(self.clock.at(hour, days=days))
        gate, fired = threading.Barrier(2), list[str]()

        def fire() -> None:
            gate.wait(30)
            try:
                fired.append(hub_tasks.fire_schedules())
            finally:
                databases.close_all()

        threads = [threading.Thread(target=fire) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return sum(int(one.split()[0]) for one in fired)

    def post_answer(self, content: bytes) -> int:
        """A customer posts what it says; the status it is answered."""
        return requests.post(self.answer_to, data=content, auth=("shop", "s3cret"), timeout=30).status_code

    # --- What the hub says -------------------------------------------------------------------------------------------

    def transactions(self, kind: str = "") -> list[Transaction]:
        """In the order of their numbers; of one gateway, or of all."""
        with scope(self.tenant.pk):
            rows = Transaction.objects.select_related("delivery__outbound", "connection").order_by("pk")
            return list(rows.filter(connection__kind=kind) if kind else rows)

    def sent(self, customer: Customer) -> list[Came]:
        """What is stored as having gone to a customer, as far as he can tell."""
        rows = [row for row in self.transactions(customer.kind) if row.delivery]
        return [_as_told(row, customer) for row in rows]

    def attempts(self, kind: str) -> list[tuple[str, datetime]]:
        """What became of each, and when it began."""
        with scope(self.tenant.pk):
            rows = Attempt.objects.filter(outbound__delivery__connection__kind=kind).order_by("pk")
            return list(rows.values_list("outcome", "started_at"))

    def incidents(self) -> list[tuple[str, str, bool]]:
        with scope(self.tenant.pk):
            return list(Incident.objects.order_by("id").values_list("subject", "state", "by_arrival"))

    def counted(self) -> dict[str, int]:
        """By the days' summaries."""
        names = ("delivered", "acknowledged", "rejected", "failed")
        with scope(self.tenant.pk):
            rows = list(DayCount.objects.filter(activation=self.activation).values(*names))
        return {name: sum(row[name] for row in rows) for name in names}

    def dashboard(self, client: Client) -> tuple[dict[str, int], str]:
        """What the page says in sum, and the page."""
        page = client.get(f"/adaptors/activation/{self.activation.pk}/dashboard/")
        total = page.context["total"]
        return {name: getattr(total, name) for name in self.counted()}, page.content.decode()


class Operations:
    """Who is told what goes wrong, and counts it."""

    def __init__(self, post: MailServer, webhook: HttpReceiver) -> None:
        self._post, self._webhook = post, webhook

    def mails(self) -> list[tuple[str, str]]:
        """Message-ID and subject of each that came."""
        mine = [one.message for one in self._post.taken if one.recipients == (OPERATIONS,)]
        return [(str(one["Message-ID"]), str(one["Subject"])) for one in mine]

    def calls(self) -> list[tuple[str, str]]:
        """Event id and subject of each that came."""
        return [
            (one.headers["x-arhub-event-id"], json.loads(one.body)["data"]["subject"]) for one in self._webhook.kept
        ]


@contextmanager
def copenhagen(tenant: Tenant) -> Iterator[Clock]:
    """A clock that stands at six on the day after today."""
    today = datetime.now(UTC).astimezone(tenant.zone).date() + timedelta(days=1)
    six = datetime.combine(today, time(6), tenant.zone).astimezone(UTC)
    with time_machine.travel(six) as traveller:
        yield Clock(tenant, traveller, today)


def stored_bytes(row: Transaction) -> bytes:
    with row.content.open("rb") as file:
        content: bytes = file.read()
    assert hashlib.sha256(content).hexdigest() == row.sha256
    return content


def _as_told(row: Transaction, customer: Customer) -> Came:
    assert row.delivery is not None
    name = row.delivery.name if "name" in customer.tells else ""
    return Came(name, stored_bytes(row), row.delivery.outbound.identity if "message_id" in customer.tells else "")


def came_to(customers: Sequence[Customer]) -> Mapping[str, int]:
    """What the customers counted: documents that came, and what they said of them."""
    said = [customer.verdicts() for customer in customers]
    return {
        "delivered": sum(len(customer.came()) for customer in customers),
        "acknowledged": sum(one["accepted"] for one in said),
        "rejected": sum(one["rejected"] for one in said),
    }
