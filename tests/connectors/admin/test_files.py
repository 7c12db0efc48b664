"""Files on the screens: those that went out with what was said of them, and those that came in and became no load."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.domain.outbound import digest_of
from arhub.models import Outbound, Run, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries, intake
from connectors.domain.deliveries import Meaning
from connectors.gateways.base import Receipt
from connectors.models import Connection, Delivery, DeliveryReceipt, Inbox, InboxFile
from ingestion.models import Ingestion
from tests.arhub.admin.conftest import SignIn, World, text_of
from tests.connectors.admin.conftest import SENT, Linked
from tests.servers.sshd import made_key

DELIVERIES = "/connectors/outbounddelivery/"
INBOXES = "/connectors/inbox/"
CONNECTIONS = "/connectors/connection/"
CONTENT = b"<script>alert(1)</script>\r\n"
CUSTOMERS = b"Customer Number,Customer Name\nC-1,Customer 1\n"
State = InboxFile.State


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    settings.FOLDERS, settings.MEDIA_ROOT = tmp_path / "exchange", tmp_path / "media"


@dataclass(frozen=True)
class Share:
    """A tenant's connection to a folder, and an inbox on it."""

    tenant: Tenant
    connection: Connection
    inbox: Inbox

    def send(self, name: str = "INV-1.xml", receipt: Receipt | None = None) -> Delivery:
        with scope(self.tenant.pk):
            delivery = deliveries.send(self.connection, CONTENT, name=name, media_type="text/html")
            if receipt:
                deliveries.keep_receipt(delivery, receipt, Meaning.REFUSED)
            return delivery

    def aside(self, content: bytes = CONTENT) -> InboxFile:
        with scope(self.tenant.pk):
            seen = InboxFile(inbox=self.inbox, name="odd.html")
            return intake.set_aside(seen, ContentFile(content), "It is no list of customers.")

    def states(self) -> list[str]:
        with scope(self.tenant.pk):
            return list(InboxFile.objects.order_by("id").values_list("state", flat=True))


def share(tenant: Tenant, word: str) -> Share:
    with scope(tenant.pk):
        connection = connections.create("folder", name=f"{word} share", values={})
        source = Source.objects.get(kind=Source.Kind.UPLOAD)
        inbox = Inbox.objects.create(name=f"{word} inbox", connection=connection, source=source, record_type="account")
    return Share(tenant, connection, inbox)


@pytest.fixture
def own(world: World) -> Share:
    return share(world.acting.tenant, "own")


@pytest.fixture
def theirs(world: World) -> Share:
    return share(world.hidden.tenant, "Stranger")


def refusal(text: str = "They want none.") -> Receipt:
    return Receipt(text, "mdn", b"Disposition: failed", reference="their-id", speaks_of="sha256:ab", warning="Twice.")


# --- Deliveries ----------------------------------------------------------------------------------------------------


def test_page_of_a_delivery_shows_the_file_and_what_was_said_of_it(client: Client, own: Share) -> None:
    delivery = own.send(receipt=refusal())

    page = text_of(client.get(f"{DELIVERIES}{delivery.outbound_id}/change/"))

    assert f"SHA-256 {digest_of(CONTENT)} · {len(CONTENT)} bytes" in page
    for said in ("MDN, a refusal", "They want none.", "Twice.", "their-id", "sha256:ab", "&lt;script&gt;alert(1)"):
        assert said in page
    assert "<script>alert" not in page


def test_file_and_receipt_are_handed_out_as_they_are_and_never_shown(client: Client, own: Share) -> None:
    delivery = own.send(receipt=refusal())
    with scope(own.tenant.pk):
        receipt = DeliveryReceipt.objects.get()

    file = client.get(f"{DELIVERIES}{delivery.pk}/file/")
    said = client.get(f"{DELIVERIES}receipts/{receipt.pk}/")

    assert b"".join(file.streaming_content) == CONTENT  # type: ignore[attr-defined]
    assert said.content == b"Disposition: failed"
    for answer in (file, said):
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(("show", "names"), [("refused", ["no.xml"]), ("waiting", ["new.xml"]), ("all", None)])
def test_list_shows_what_its_buttons_say(client: Client, own: Share, show: str, names: list[str] | None) -> None:
    refused = own.send("no.xml", refusal())
    with scope(own.tenant.pk):
        Outbound.objects.filter(pk=refused.outbound_id).update(state=Outbound.State.DELIVERED)
    own.send("new.xml")

    rows = client.get(f"{DELIVERIES}?show={show}").context["cl"].result_list

    assert [row.subject for row in rows] == (["new.xml", "no.xml"] if names is None else names)


def test_list_takes_the_same_queries_for_one_and_three(client: Client, own: Share) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            database,
        ) as captured:
            client.get(DELIVERIES)
        return len(captured)

    own.send("1.xml", refusal())
    queries()
    for_one = queries()
    for number in (2, 3):
        own.send(f"{number}.xml", refusal())

    assert queries() == for_one


def test_what_another_tenant_sent_is_out_of_reach(client: Client, own: Share, theirs: Share) -> None:
    delivery = theirs.send("Stranger.xml", refusal())
    with scope(theirs.tenant.pk):
        receipt = DeliveryReceipt.objects.get()

    assert client.get(f"{DELIVERIES}{delivery.pk}/file/").status_code == 404
    assert client.get(f"{DELIVERIES}receipts/{receipt.pk}/").status_code == 404
    assert client.get(f"{DELIVERIES}{delivery.outbound_id}/change/").status_code == 404
    assert "Stranger" not in text_of(client.get(DELIVERIES))
    for act in ("look-up", "arrived", "did-not-arrive", "send-again", "send-now", "cancel"):
        assert client.post(f"{DELIVERIES}{delivery.outbound_id}/{act}/", SENT).status_code == 404
    with scope(theirs.tenant.pk):
        assert Outbound.objects.get(pk=delivery.outbound_id).state == Outbound.State.WAITING


# --- Sending one by hand -------------------------------------------------------------------------------------------


def chosen(name: str = "INV-7.xml") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, CONTENT, "application/xml"), "number": "7"}


def test_file_is_sent_by_hand_under_the_name_that_the_templates_make(client: Client, own: Share) -> None:
    with scope(own.tenant.pk):
        values = {"file_name": "{number}.{ending}", "folder": "out"}
        connections.change(own.connection, name="own share", values=values, user=None)

    answer = client.post(f"{CONNECTIONS}{own.connection.pk}/send-file/", chosen())

    with scope(own.tenant.pk):
        delivery = Delivery.objects.get()
    assert answer.headers["Location"] == f"{DELIVERIES}{delivery.outbound_id}/change/"
    assert (delivery.name, delivery.folder, delivery.sha256) == ("7.xml", "out", digest_of(CONTENT))
    assert (delivery.media_type, bool(delivery.created_by)) == ("application/xml", True)


def test_file_whose_name_comes_out_empty_is_not_sent(client: Client, own: Share) -> None:
    with scope(own.tenant.pk):
        connections.change(own.connection, name="own share", values={"file_name": "{order_number}"}, user=None)

    asked = text_of(client.post(f"{CONNECTIONS}{own.connection.pk}/send-file/", chosen()))
    page = text_of(client.post(f"{CONNECTIONS}{own.connection.pk}/send-file/", {**chosen(), "order_number": "//"}))

    assert "{order_number} in the settings" in asked and "This field is required." in asked
    assert "comes out empty for this document" in page
    with scope(own.tenant.pk):
        assert Delivery.objects.count() == 0


@pytest.mark.parametrize("role", ["viewer", "clerk"])
def test_only_managers_send_files(world: World, sign_in: SignIn, own: Share, role: str) -> None:
    client = sign_in(world.acting.tenant, role=role)

    assert client.post(f"{CONNECTIONS}{own.connection.pk}/send-file/", chosen()).status_code == 403
    with scope(own.tenant.pk):
        assert Delivery.objects.count() == 0


def test_no_file_goes_through_a_system_of_records_or_anothers_connection(
    client: Client, acting: Linked, theirs: Share
) -> None:
    for connection in (acting.connection, theirs.connection):
        assert client.post(f"{CONNECTIONS}{connection.pk}/send-file/", chosen()).status_code == 404
    with scope(theirs.tenant.pk):
        assert Delivery.objects.count() == 0


@pytest.mark.parametrize(
    ("setting", "template", "shown"),
    [
        ("folder", "{document_type}s/{year}", {"text": "invoices/2026", "is_good": True}),
        ("file_name", "{number}.{ending}", {"text": "INV-2026-1001.xml", "is_good": True}),
        ("subject", "{account_name}: {number}", {"text": "Nordic Pumps A/S: INV-2026-1001", "is_good": True}),
        (
            "file_name",
            "{no}.xml",
            {"text": "Expected a field such as {number} or {date}, found {no}.", "is_good": False},
        ),
    ],
)
def test_preview_shows_what_a_template_makes(client: Client, setting: str, template: str, shown: Any) -> None:
    answer = client.get(f"{CONNECTIONS}preview/", {"setting": setting, "template": template})

    assert answer.json() == shown


# --- What the other side shows, and where it calls -----------------------------------------------------------------


def trusting(tenant: Tenant) -> tuple[Connection, str]:
    """An SFTP connection that knows no host key yet, and one that was shown."""
    values = {"host": "sftp.example.com", "user": "hub", "password": "pw-1"}
    with scope(tenant.pk):
        return connections.create("sftp", name="Server", values=values), made_key("ed25519", "host")[1]


def test_host_key_that_was_shown_is_pinned_by_a_manager(client: Client, world: World) -> None:
    connection, key = trusting(world.acting.tenant)

    client.post(f"{CONNECTIONS}{connection.pk}/confirm/", {"setting": "host_key", "value": key})

    with scope(connection.tenant_id):
        assert Connection.objects.get(pk=connection.pk).values["host_key"] == key


def test_nobody_else_pins_a_host_key(world: World, sign_in: SignIn) -> None:
    connection, key = trusting(world.acting.tenant)
    given = {"setting": "host_key", "value": key}
    clerk, stranger = sign_in(world.acting.tenant, role="clerk"), sign_in(world.hidden.tenant, role="manager")

    codes = [one.post(f"{CONNECTIONS}{connection.pk}/confirm/", given).status_code for one in (clerk, stranger)]

    assert codes == [403, 404]
    with scope(connection.tenant_id):
        assert not Connection.objects.get(pk=connection.pk).values.get("host_key")


# --- Inboxes -------------------------------------------------------------------------------------------------------


def test_file_that_was_set_aside_is_told_and_handed_out(client: Client, own: Share) -> None:
    file = own.aside()

    page = text_of(client.get(f"{INBOXES}{own.inbox.pk}/change/"))
    answer = client.get(f"{INBOXES}files/{file.pk}/")

    assert "It is no list of customers." in page and "Take in again" in page
    assert "_continue" not in page and "_addanother" not in page
    assert b"".join(answer.streaming_content) == CONTENT  # type: ignore[attr-defined]
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_page_narrows_down_to_files_of_a_kind(client: Client, own: Share) -> None:
    own.aside()
    with scope(own.tenant.pk):
        InboxFile.objects.create(inbox=own.inbox, name="waits.csv")

    files = client.get(f"{INBOXES}{own.inbox.pk}/change/?files=seen").context["rows"]

    assert [file.name for file, _ in files] == ["waits.csv"]


def test_clerk_takes_a_file_in_that_was_set_aside(world: World, sign_in: SignIn, own: Share) -> None:
    file = own.aside(CUSTOMERS)
    client = sign_in(world.acting.tenant, role="clerk")

    client.post(f"{INBOXES}files/{file.pk}/again/")

    assert own.states() == [State.REPEATED, State.TAKEN]
    with scope(own.tenant.pk):
        assert Ingestion.objects.filter(origin=Ingestion.Origin.FETCH).count() == 1


def test_viewer_looks_and_does_nothing(world: World, sign_in: SignIn, own: Share) -> None:
    file = own.aside(CUSTOMERS)
    client = sign_in(world.acting.tenant, role="viewer")

    page = text_of(client.get(f"{INBOXES}{own.inbox.pk}/change/"))

    assert "It is no list of customers." in page and "Take in again" not in page
    for path in (
        f"files/{file.pk}/again/",
        *(f"{own.inbox.pk}/{act}/" for act in ("fetch-now", "switch-off", "remove")),
    ):
        assert client.post(f"{INBOXES}{path}", SENT).status_code == 403, path
    assert own.states() == [State.ASIDE]


def test_file_is_taken_in_again_by_a_post_alone(client: Client, own: Share) -> None:
    file = own.aside(CUSTOMERS)

    assert client.get(f"{INBOXES}files/{file.pk}/again/").status_code == 403
    assert own.states() == [State.ASIDE]


def test_clerk_has_an_inbox_looked_into(world: World, sign_in: SignIn, own: Share) -> None:
    client = sign_in(world.acting.tenant, role="clerk")

    client.post(f"{INBOXES}{own.inbox.pk}/fetch-now/", SENT)

    with scope(own.tenant.pk):
        assert [run.subject_id for run in Run.objects.filter(kind="fetch")] == [own.inbox.pk]


def test_inbox_is_switched_and_deleted_by_a_manager(client: Client, own: Share) -> None:
    own.aside()
    client.post(f"{INBOXES}{own.inbox.pk}/switch-off/", SENT)
    with scope(own.tenant.pk):
        is_enabled = Inbox.objects.get().is_enabled
    client.post(f"{INBOXES}{own.inbox.pk}/remove/", SENT)

    assert is_enabled is False
    with scope(own.tenant.pk):
        assert (Inbox.objects.count(), InboxFile.objects.count()) == (0, 0)


def test_inbox_of_another_tenant_is_out_of_reach(client: Client, own: Share, theirs: Share) -> None:
    file = theirs.aside(CUSTOMERS)

    assert client.get(f"{INBOXES}files/{file.pk}/").status_code == 404
    assert client.post(f"{INBOXES}files/{file.pk}/again/").status_code == 404
    assert client.get(f"{INBOXES}{theirs.inbox.pk}/change/").status_code == 404
    for act in ("fetch-now", "switch-off", "remove"):
        assert client.post(f"{INBOXES}{theirs.inbox.pk}/{act}/", SENT).status_code == 404
    assert "Stranger" not in text_of(client.get(INBOXES))
    assert theirs.states() == [State.ASIDE]
    with scope(theirs.tenant.pk):
        assert Inbox.objects.get().is_enabled


def test_search_finds_inboxes_and_deliveries_of_the_tenant_alone(client: Client, own: Share, theirs: Share) -> None:
    own.send("found-1.xml"), theirs.send("found-2.xml")

    page = text_of(client.get("/search/?extended=1&s=found"))

    assert "found-1.xml" in page and "found-2.xml" not in page
