"""A company with an activation, a mail server and a receiver of calls on loopback, and a clock that can be moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from adaptors import tasks
from adaptors.domain.notifications import notification_settings
from adaptors.domain.transactions import ladder
from adaptors.domain.transactions.ladder import Place
from adaptors.models import Activation, NoticeMessage, Transaction
from arhub import tasks as hub_tasks
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Attempt, Outbound, Source, Tenant, User
from arhub.secrets import Secret
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.models import Connection
from tests.adaptors import world
from tests.adaptors.conftest import COMPANY
from tests.arhub.network.servers import Behaviour, Server, answer, in_turn, serve
from tests.ingestion.conftest import keeping_files
from tests.servers.smtp import MailServer, Taken, mail_server

State = Transaction.State
Receive = Callable[..., Server]
DOWN = "The server does not answer."


@pytest.fixture
def tenant(transactional_db: None, settings: Any, tmp_path: Path, folders: Path) -> Iterator[Tenant]:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with keeping_files(tmp_path / "media"):
        yield create_tenant("acme", name="Acme", time_zone="Europe/Copenhagen", **COMPANY)


@pytest.fixture
def person(tenant: Tenant) -> User:
    return add_member("ada@example.com", tenant, "manager", name="Ada")


@pytest.fixture
def mail(tmp_path: Path, settings: Any) -> Iterator[MailServer]:
    """The hub's own server."""
    with mail_server(tmp_path, starttls=False) as server:
        settings.SMTP = {
            "security": "none", "host": "127.0.0.1", "port": str(server.port), "user": "", "password": "",
        }  # fmt: skip
        settings.MAIL_FROM = "hub@example.com"
        yield server


@pytest.fixture
def receive() -> Iterator[Receive]:
    """receive(behaviour, ...) starts a receiver that behaves so in turn; by default it takes everything."""
    with ExitStack() as running:

        def start(*behaviours: Behaviour) -> Server:
            return running.enter_context(serve(in_turn(*(behaviours or (answer(),)))))

        yield start


class Company:
    """An activation whose documents fail and arrive as told."""

    def __init__(self, activation: Activation, source: Source) -> None:
        self.activation, self.tenant_id = activation, activation.tenant_id or 0
        with scope(self.tenant_id):
            self.account = world.customer(source, "10042", email="ap@nordic.example")
            world.rule(activation, self.account)
        self.made = 0

    def tell(self, level: str = "document", tone: str = "negative", **values: Any) -> str:
        """Set a cell; returns the webhook's key if one was made."""
        urls = ("slack_url", "teams_url", "webhook_url")
        given = {name: Secret(value) if name in urls else value for name, value in values.items()}
        with scope(self.tenant_id):
            setting = notification_settings.cell_of(self.activation, level, tone)
            assert setting is not None
            known = {name: getattr(setting, name) for name in notification_settings.FIELDS if name not in urls}
            return notification_settings.change(setting, {**known, "is_on": True, **given})

    def document(self, **fields: Any) -> Transaction:
        self.made += 1
        with scope(self.tenant_id):
            sent = world.document(self.account, f"INV-{self.made}")
            known = {"state": State.SENDING, "connection": self.activation.destination, **fields}
            return world.transaction(self.activation, sent, **known)

    def move(self, row: Transaction, state: str, said: str = "", *, asks_person: bool = True) -> Transaction:
        with scope(self.tenant_id):
            row = Transaction.objects.select_related("tenant").get(pk=row.pk)
            ladder.move_all([(row, Place(State(state), said, asks_person and state in Transaction.IN_TROUBLE))])
        return row

    def fail(self, said: str = DOWN, count: int = 1) -> list[Transaction]:
        return [self.move(self.document(), "failed", said) for _ in range(count)]

    def arrive(self) -> Transaction:
        return self.move(self.document(), "delivered")

    def messages(self) -> list[tuple[str, str]]:
        """Kind and subject of each, the oldest first."""
        with scope(self.tenant_id):
            return list(NoticeMessage.objects.order_by("pk").values_list("kind", "subject"))

    def attempts(self) -> list[tuple[str, str]]:
        with scope(self.tenant_id):
            return list(Attempt.objects.order_by("pk").values_list("outcome", "text"))

    def outbounds(self) -> list[Outbound]:
        with scope(self.tenant_id):
            return list(Outbound.objects.order_by("pk"))


@pytest.fixture
def company(activation: Activation, source: Source) -> Company:
    return Company(activation, source)


@pytest.fixture
def mailbox(tenant: Tenant, mail: MailServer) -> Connection:
    """An e-mail connection of the tenant's own."""
    values = {"smtp_host": "127.0.0.1", "smtp_port": str(mail.port), "smtp_security": "none",
              "from_address": "ar@acme.example", "subject": "{number}"}  # fmt: skip
    with scope(tenant.pk):
        return connections.create("email", name="Post", values=values)


def later(minutes: float = 2) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


def look(minutes: float = 2) -> None:
    """Make what is due so many minutes from now, and send it."""
    with time_machine.travel(later(minutes)):
        tasks.tell_notices()
        send_all()


def send_all() -> None:
    while hub_tasks.answer_outbound() != "nothing due":
        pass


def texts(taken: list[Taken]) -> list[tuple[str, str]]:
    """Subject and plain text of mails."""
    found = []
    for one in taken:
        part = one.message.get_body(("plain",))
        assert part is not None
        found.append((str(one.message["Subject"]), part.get_content().replace("\r\n", "\n").strip()))
    return found
