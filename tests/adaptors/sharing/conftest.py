"""An adaptor and its gateway with everything that can hang on them, all named so that a leak is seen, and people who
were granted more or less of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from adaptors.models import Activation, Answer, CommonSettings, ExportRule, ManualExport, ManualSearch
from arhub.domain import api_keys, incidents, runs, shares
from arhub.models import Membership, Outbound, Role, Run, Schedule, Source, Tenant, User, WebhookEndpoint
from arhub.secrets import Secret
from arhub.tenancy.scope import scope
from connectors.domain import deliveries
from connectors.models import Connection, Inbox, InboxFile, OutboundPush, WriteBack
from tests.adaptors.conftest import account_of, document_of
from tests.adaptors.world import transaction

WORD = "Verborgen"
"""In the name of everything that is not for all."""


@dataclass
class Shared:
    """`rows` by the beginning of the admin's address → the id of a row there that hangs on what is shared."""

    tenant: Tenant
    activation: Activation
    gateway: Connection
    rows: dict[str, int]
    ids: dict[str, int]

    def things(self) -> tuple[Activation, Connection]:
        return self.activation, self.gateway

    def share(self, audience: str) -> None:
        with scope(self.tenant.pk):
            for thing in self.things():
                shares.share(thing, audience)

    def lock(self) -> None:
        with scope(self.tenant.pk):
            for thing in self.things():
                shares.lock(thing, on=True)

    def grant(self, to: Any, level: str) -> None:
        with scope(self.tenant.pk):
            for thing in self.things():
                shares.share(thing, "chosen")
                shares.grant(thing, to, level)

    def program(self, level: str = "") -> Client:
        """With a key for everything, that was granted a level by name."""
        with scope(self.tenant.pk):
            key, text = api_keys.make(f"Program {level}", ["read", "write"])
        if level:
            self.grant(key, level)
        return Client(headers={"Api-Key": text})


Person = Callable[..., Client]


@pytest.fixture
def person(tenant: Tenant) -> Person:
    """person(role) gives a browser in which such a person is signed in; `client.user` is who."""

    def signed_in(role: str = Role.MANAGER) -> Client:
        user = User.objects.create_user(f"{role}{User.objects.count()}@example.com", name=f"{role} person")
        Membership.objects.create(user=user, tenant=tenant, role=role)
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        client.user = user  # type: ignore[attr-defined]
        return client

    return signed_in


@pytest.fixture
def shared(tenant: Tenant, source: Source, gateway: Connection, activation: Activation) -> Iterator[Shared]:
    """Shared with nobody but administrators."""
    with scope(tenant.pk):
        Activation.objects.update(name=f"{WORD} export", format="csv")
        Connection.objects.update(name=f"{WORD} folder")
        activation.refresh_from_db()
        gateway.refresh_from_db()
        made = Shared(tenant, activation, gateway, *_filled(activation, gateway, source))
    made.share("admins")
    yield made


def _filled(activation: Activation, gateway: Connection, source: Source) -> tuple[dict[str, int], dict[str, int]]:
    account = account_of(source)
    own = {"activation": activation}
    rule = ExportRule.objects.create(**own, account=account, is_active=True)
    chosen = CommonSettings.objects.create(**own, name=f"{WORD} settings")
    delivery = deliveries.send(gateway, WORD.encode(), name=f"{WORD}.xml", facts={"number": WORD}, subject=WORD)
    Outbound.objects.update(state=Outbound.State.FAILED, answer=WORD)
    receipt = delivery.receipts.create(
        kind="answer", text=WORD, content=WORD.encode(), sha256="0" * 64, speaks_of="", file_sha256=delivery.sha256
    )
    row = transaction(
        activation, document_of(account), connection=gateway, receiver=WORD, name=f"{WORD}.xml", number=WORD,
        content=ContentFile(WORD.encode(), "x.xml"),
    )  # fmt: skip
    sent = transaction(
        activation, document_of(account, "2"), connection=gateway, delivery=delivery, receiver=WORD, again=1
    )
    push = OutboundPush.objects.create(
        channel="push", destination=str(gateway.pk), identity="p", subject=WORD, answer=WORD, state="failed"
    )
    written = WriteBack.objects.create(
        connection=gateway, record_type="account", record_id=account.pk, system="x", name="id", value=WORD
    )
    inbox = Inbox.objects.create(
        name=f"{WORD} inbox", connection=gateway, source=source, folder=WORD, record_type="account"
    )
    file = InboxFile.objects.create(pk=inbox.pk, inbox=inbox, name=f"{WORD}.csv", state="aside", text=WORD, size=3)
    file.content.save("x.csv", ContentFile(WORD.encode()))
    answer = Answer.objects.create(
        kind="contrl", verdict="accepted", text=WORD, content=WORD.encode(), sha256="1" * 64, transaction=sent
    )
    search = ManualSearch.objects.create(activation=activation, asked={"mode": "numbers", "numbers": [WORD]})
    by_hand = ManualExport.objects.create(activation=activation, total=1)
    runs.start("manual_export", by_hand.pk)
    endpoint = WebhookEndpoint.objects.create(name="Shop", url="https://shop.example/hooks", key=Secret("x"))
    told = Outbound.objects.create(
        channel="webhook", destination=str(endpoint.pk), identity="w", subject=f"adaptor.run_done, {WORD} export",
        content=WORD.encode(), state="delivered",
    )  # fmt: skip
    incident = incidents.report("x", kind="other", subject=WORD, text=WORD, thing=gateway)
    schedule = Schedule.objects.create(name=f"{WORD} schedule", kind="adaptor", subject_id=activation.pk)
    run = Run.objects.create(
        title=f"{WORD} run", kind="fetch", subject_id=inbox.pk, reason=WORD, state=Run.State.FAILED, schedule=None
    )
    rows = {
        "adaptors/activation": activation.pk, "adaptors/transaction": row.pk, "adaptors/exportrule": rule.pk,
        "connectors/connection": gateway.pk, "connectors/inbox": inbox.pk, "connectors/inbox/files": file.pk,
        "connectors/outbounddelivery": delivery.outbound_id, "connectors/outboundpush": push.pk,
        "connectors/outbounddelivery/receipts": receipt.pk, "arhub/run": run.pk, "arhub/schedule": schedule.pk,
        "adaptors/answer": answer.pk, "arhub/incident": incident.pk,
    }  # fmt: skip
    ids = {
        "account": account.pk, "activation": activation.pk, "rule": rule.pk, "set": chosen.pk, "delivery": delivery.pk,
        "sent": sent.pk, "write_back": written.pk, "search": search.pk, "endpoint": endpoint.pk, "told": told.pk,
    }  # fmt: skip
    return rows, ids
