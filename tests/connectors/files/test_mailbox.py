"""A mailbox as an inbox: attachments of many mails, of the same name, and the bounces among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from arhub.models import Run, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, fetching
from connectors.gateways.email import inbox as mails
from connectors.models import Inbox, InboxFile
from tests.connectors.gateways.email.places import imap_values
from tests.servers import imap

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

Work = Callable[[Run], Run]


@pytest.fixture
def server() -> Iterator[imap.ImapServer]:
    with imap.imap_server() as running:
        yield running


@pytest.fixture
def mailbox(tenant: Tenant, server: imap.ImapServer) -> Inbox:
    with scope(tenant.pk):
        connection = connections.create("email", name="Mailbox", values=imap_values(server))
        source = Source.objects.get(kind=Source.Kind.UPLOAD)
        return Inbox.objects.create(
            name="Post", connection=connection, source=source, record_type="account", folder="INBOX"
        )


def customers(number: int) -> bytes:
    return b"Customer Number,Customer Name\nC-%d,Customer %d\n" % (number, number)


def fetch(tenant: Tenant, inbox: Inbox, work: Work) -> Run:
    with scope(tenant.pk):
        run = fetching.start(inbox)
    return work(run)


def test_attachments_of_the_same_name_are_taken_once_each(
    tenant: Tenant, mailbox: Inbox, server: imap.ImapServer, work: Work
) -> None:
    for number in (1, 2):
        server.append(imap.letter(("customers.csv", customers(number))))

    runs = [fetch(tenant, mailbox, work) for _ in range(3)]

    assert [run.counts for run in runs] == [{"Taken in": 2}, {}, {}]
    with scope(tenant.pk):
        assert InboxFile.objects.count() == 2


def test_attachment_that_is_too_large_holds_up_no_other(
    tenant: Tenant, mailbox: Inbox, server: imap.ImapServer, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "LARGEST_PART", 1_000)
    server.append(imap.letter(("large.csv", customers(1) * 100)))
    server.append(imap.letter(("small.csv", customers(2))))

    run = fetch(tenant, mailbox, work)

    assert run.counts == {"Set aside": 1, "Taken in": 1}
    with scope(tenant.pk):
        aside = InboxFile.objects.get(state=InboxFile.State.ASIDE)
    assert (aside.name, aside.text.startswith("Expected at most 1,000 bytes in a mail")) == ("large.csv", True)


def test_bounce_is_kept_and_becomes_no_load(
    tenant: Tenant, mailbox: Inbox, server: imap.ImapServer, work: Work
) -> None:
    bounce = (
        b"From: postmaster@example.com\r\nTo: hub@example.com\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        b"Final-Recipient: rfc822; ap@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
    )
    server.append(bounce)

    run = fetch(tenant, mailbox, work)

    assert run.counts == {"Bounce": 1}
    with scope(tenant.pk):
        kept = InboxFile.objects.get()
        content = kept.content.read()
    assert (kept.state, kept.ingestion) == (InboxFile.State.BOUNCE, None)
    assert b"Status: 5.1.1" in content
