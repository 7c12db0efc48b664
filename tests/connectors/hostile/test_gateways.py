"""Files, inboxes and participants of another company are out of reach, by whatever number they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from arhub.models import Outbound, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries, intake, participants
from connectors.models import Connection, Delivery, DeliveryReceipt, Inbox, InboxFile, Participant
from ingestion.models import MappingProfile
from tests.arhub.admin.conftest import World, text_of
from tests.connectors.admin.conftest import SENT

HIDDEN = "hidden-7"


@dataclass(frozen=True)
class Files:
    """All that a company has of gateways, one of each."""

    tenant: Tenant
    connection: Connection
    delivery: Delivery
    receipt: DeliveryReceipt
    inbox: Inbox
    file: InboxFile
    participant: Participant
    profile: MappingProfile

    @classmethod
    def of(cls, tenant: Tenant, name: str) -> Files:
        with scope(tenant.pk):
            connection = connections.create("folder", name=name, values={})
            delivery = deliveries.send(connection, name.encode(), name=f"{name}.xml")
            receipt = DeliveryReceipt.objects.create(
                delivery=delivery, kind="answer", text=name, content=name.encode(), sha256="", file_sha256=""
            )
            source = Source.objects.filter(kind=Source.Kind.UPLOAD)[0]
            inbox = Inbox.objects.create(name=name, connection=connection, source=source, record_type="account")
            file = intake.set_aside(InboxFile(inbox=inbox, name=f"{name}.csv"), ContentFile(name.encode()), "No.")
            participant = participants.add({"endpoint": "0088:5798000000124", "name": name})
            profile = MappingProfile.objects.create(name=name, source=source, record_type="account", options={})
            return cls(tenant, connection, delivery, receipt, inbox, file, participant, profile)


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    settings.FOLDERS, settings.MEDIA_ROOT = tmp_path / "exchange", tmp_path / "media"


@pytest.fixture
def own(world: World) -> Files:
    return Files.of(world.acting.tenant, "own-7")


@pytest.fixture
def theirs(world: World) -> Files:
    return Files.of(world.hidden.tenant, HIDDEN)


def pages(of: Files) -> list[str]:
    delivery, connection = f"/connectors/outbounddelivery/{of.delivery.outbound_id}/", f"{of.connection.pk}/"
    acts = ("change", "look-up", "arrived", "did-not-arrive", "send-again", "send-now", "cancel")
    files = "/connectors/inbox/files/"
    return [
        *(f"{delivery}{act}/" for act in acts),
        f"/connectors/outbounddelivery/{of.delivery.pk}/file/",
        f"/connectors/outbounddelivery/receipts/{of.receipt.pk}/",
        *(f"/connectors/connection/{connection}{act}/" for act in ("confirm", "send-file", "new-address", "test")),
        *(f"/connectors/inbox/{of.inbox.pk}/{act}/" for act in ("change", "fetch-now", "switch-off", "remove")),
        f"{files}{of.file.pk}/", f"{files}{of.file.pk}/again/",
        *(f"/connectors/participant/{of.participant.pk}/{act}/" for act in ("change", "delete", "look-up-now")),
    ]  # fmt: skip


def stands(of: Files) -> Any:
    """All of it, as it is stored."""
    with scope(of.tenant.pk):
        rows = [Connection, Delivery, DeliveryReceipt, Inbox, InboxFile, Participant, Outbound]
        return [list(model.objects.order_by("pk").values()) for model in rows]  # type: ignore[attr-defined]


def test_nothing_of_another_company_is_shown_or_changed(client: Client, theirs: Files) -> None:
    before = stands(theirs)
    for page in pages(theirs):
        for given in (client.get(page), client.post(page, {**SENT, "setting": "start", "value": "x"})):
            said = b"".join(given.streaming_content) if given.streaming else given.content
            assert HIDDEN.encode() not in said, page
            assert given.status_code in (302, 403, 404, 405) or "_form_submitted" in said.decode(), page

    assert stands(theirs) == before


def test_own_ones_are_found_the_same_way(client: Client, own: Files) -> None:
    """So that the test above looks where there is something to see."""
    found = [page for page in pages(own) if client.get(page).status_code == 200]

    assert {page.rstrip("/").rpartition("/")[2] for page in found} >= {"change", "file", "send-file", "delete"}
    assert text_of(client.get(f"/connectors/inbox/{own.inbox.pk}/change/"))


@pytest.mark.parametrize("name", ["connection", "source", "profile"])
def test_inbox_takes_nothing_of_another_company(client: Client, own: Files, theirs: Files, name: str) -> None:
    given = {
        "name": "Mine", "connection": own.connection.pk, "source": own.inbox.source_id, "pattern": "*",
        "order": "name", "contents": "records", "record_type": "account", "afterwards": "remember",
        "settle_seconds": "0",
    }  # fmt: skip
    foreign = {
        "connection": theirs.connection.pk, "source": theirs.inbox.source_id, "profile": theirs.profile.pk,
    }  # fmt: skip

    page = text_of(client.post("/connectors/inbox/add/", {**given, name: foreign[name]}))

    assert "Select a valid choice." in page
    with scope(own.tenant.pk):
        assert list(Inbox.objects.values_list("name", flat=True)) == ["own-7"]
    assert client.post("/connectors/inbox/add/", given).status_code == 302


def test_ways_of_another_company_are_none(client: Client, own: Files, theirs: Files) -> None:
    with scope(theirs.tenant.pk):
        sftp = connections.create("sftp", name="Line", values={"host": "x.example", "user": "u"})
    posts = {
        "/connectors/participant/add/": {
            "endpoint": "0088:5790000000012", "name": "P", "route": "vans", "connection": theirs.connection.pk
        },
        "/connectors/connection/add/?kind=vans": {
            "name": "V", "setting-carrier": sftp.pk, "setting-file_name": "{name}"
        },
    }  # fmt: skip

    said = [text_of(client.post(page, given)) for page, given in posts.items()]

    assert ["Select a valid choice." in page for page in said] == [True, True]
    with scope(own.tenant.pk):
        assert (Participant.objects.count(), Connection.objects.count()) == (1, 1)


def test_confirming_changes_no_carrier_to_one_of_another_company(client: Client, own: Files, theirs: Files) -> None:
    with scope(own.tenant.pk):
        line = connections.create("sftp", name="Line", values={"host": "x.example", "user": "u"})
        vans = connections.create("vans", name="V", values={"carrier": line.pk})
    with scope(theirs.tenant.pk):
        other = connections.create("sftp", name="Line", values={"host": "x.example", "user": "u"})

    for value in (other.pk, vans.pk, "x", 10**30, ""):
        client.post(f"/connectors/connection/{vans.pk}/confirm/", {"setting": "carrier", "value": value})

    with scope(own.tenant.pk):
        assert Connection.objects.get(pk=vans.pk).values["carrier"] == line.pk
