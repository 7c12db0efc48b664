"""Thirty drops on a real FTPS server, what is wrong with them among them, and a delivery that another company reads."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from arhub.domain import outbound, runs
from arhub.models import Document, Incident, OutstandingItem, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, fetching, inboxes
from connectors.domain.publishing import publication_for, publish
from connectors.gateways.ftp.settings import EXPLICIT
from connectors.models import Connection, Inbox, InboxFile
from ingestion.models import Ingestion
from tests.connectors.erp_cache.conftest import company, inbox_of
from tests.connectors.erp_cache.drops import invoices, item, items, packed, zipped
from tests.connectors.erp_cache.test_fetching import loading
from tests.connectors.erp_cache.test_publishing import open_documents
from tests.ingestion.conftest import load_files
from tests.servers.ftp_place import FtpServer
from tests.servers.vsftpd import vsftpd

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

TAKEN, ASIDE, REPEATED = InboxFile.State.TAKEN, InboxFile.State.ASIDE, InboxFile.State.REPEATED
SHOP = "ACME_ErpCache_OutstandingItem_"


@pytest.fixture
def server() -> Iterator[FtpServer]:
    with vsftpd(EXPLICIT) as running:
        (running.files / "ErpCache").mkdir()
        (running.files / "ErpCache").chmod(0o777)
        yield running


def connected(tenant: Tenant, server: FtpServer) -> Connection:
    with scope(tenant.pk):
        return connections.create("ftp", name="Cache", values=server.values())


def inbox_for(tenant: Tenant, server: FtpServer) -> Inbox:
    inbox = inbox_of(connected(tenant, server))
    with scope(tenant.pk):
        Inbox.objects.update(folder="ErpCache", pattern="*", settle_seconds=0)
        inbox.refresh_from_db()
    return inbox


def drop(server: FtpServer, name: str, content: bytes) -> None:
    path = server.files / "ErpCache" / name
    path.write_bytes(content)
    path.chmod(0o644)


def good(number: int, amount: object, **given: str) -> bytes:
    """The drop of an index: one item of its own, and the one that all of them tell."""
    name = f"{SHOP}{number}"
    return zipped(**{name: items(item(f"INV-{number}", amount), item("INV-all", number), **given)})


def fetch(inbox: Inbox) -> None:
    with scope(inbox.tenant_id):
        fetching.start(inbox)
    with loading():
        while claimed := runs.claim():
            runs.work(*claimed)


def test_thirty_drops_are_taken_in_order_and_the_bad_ones_set_aside(tenant: Tenant, server: FtpServer) -> None:
    load_files(tenant, account="account_id,account_name,currency\nC1,Alpha,DKK\n")
    inbox = inbox_for(tenant, server)
    indexes = [*range(1, 7), *range(9, 15), *range(16, 24)]  # 7, 8 and 15 lack
    for number in indexes:
        drop(server, f"{SHOP}{number}.zip", good(number, number * 10))
    for part in (1, 2, 3):
        name = f"{SHOP}24_{part}"
        drop(server, f"{name}.zip", zipped(**{name: items(item(f"INV-24-{part}", part))}))
    drop(server, f"{SHOP}3.zip", good(3, 30, importer="ErpCache_Invoices"))  # the other name of the page
    drop(server, f"{SHOP}4.zip", good(4, 40, importer="ErpCache_Nonsense"))
    drop(server, f"{SHOP}10.zip", zipped(**{f"{SHOP}10": b"<Import><ImportSettings>"}))
    drop(server, f"{SHOP}11.zip", good(11, 110)[:-40])
    drop(server, f"{SHOP}12.zip", good(12, "1.234,50"))
    drop(server, f"{SHOP}13.zip", packed({"a.xml": items(item("1", 1)), "b.xml": items(item("2", 2))}))
    drop(server, f"{SHOP}005.zip", zipped(**{f"{SHOP}005": items(item("INV-5", 999))}))  # index 5 once more
    drop(server, f"{SHOP}25.zip", good(25, 250))
    drop(server, f"{SHOP}26.zip", good(26, 0))
    drop(server, "read me.txt", b"Hello")
    history = {"InvoiceNumber": "INV-5", "AccountNumber": "C1", "InvoiceDate": "2026-01-31", "TotalPrice": "500"}
    drop(server, "ACME_ErpCache_Invoice_1.zip", zipped(ACME_ErpCache_Invoice_1=invoices(history)))
    drop(server, f"{SHOP}27.xml", items(item("INV-27", "27.50")))
    drop(server, f"{SHOP}28.zip.part", b"still being written")
    assert len(list((server.files / "ErpCache").iterdir())) == 30

    fetch(inbox)

    aside = {
        "read me.txt", f"{SHOP}4.zip", f"{SHOP}10.zip", f"{SHOP}11.zip", f"{SHOP}12.zip", f"{SHOP}13.zip",
        f"{SHOP}5.zip",
    }  # fmt: skip
    with scope(tenant.pk):
        found = {row.name: row for row in InboxFile.objects.all()}
        order = list(InboxFile.objects.filter(state=TAKEN).order_by("ingestion").values_list("index", "sub"))
        loads = set(Ingestion.objects.filter(origin="fetch").values_list("state", "reason"))
        stored = dict(OutstandingItem.objects.values_list("number", "amount"))
        document = Document.objects.get(number="INV-5")
        incidents = dict(Incident.objects.values_list("kind", "text"))
    assert {name for name, row in found.items() if row.state == ASIDE} == aside
    assert len([row for row in found.values() if row.state == TAKEN]) == 22
    numbers = [(int(index), sub or 0) for index, sub in order if index]
    assert numbers[1:] == sorted(numbers[1:])  # the first is the invoice history
    assert loads == {("committed", "")}
    assert stored["INV-all"] == 26
    assert stored["INV-27"] == Decimal("27.50")
    assert {number: stored[f"INV-24-{number}"] for number in (1, 2, 3)} == {1: 1, 2: 2, 3: 3}
    assert "INV-4" not in stored
    assert "ErpCache_Invoices" in found[f"{SHOP}3.zip"].text
    assert "ErpCache_Nonsense" in found[f"{SHOP}4.zip"].text
    assert "1.234,50" in found[f"{SHOP}12.zip"].text
    assert (document.outstanding_amount, document.outstanding_origin) == (999, "outstanding item")
    assert set(incidents) == {"missing", "repeated"}


def test_drop_that_was_set_aside_is_taken_when_a_person_says_so(tenant: Tenant, server: FtpServer) -> None:
    inbox = inbox_for(tenant, server)
    drop(server, f"{SHOP}2.zip", good(2, 20))
    fetch(inbox)
    drop(server, f"{SHOP}1.zip", good(1, 10))
    fetch(inbox)
    with scope(tenant.pk):
        late = InboxFile.objects.get(state=ASIDE)
        before = Incident.objects.get(state="open").kind
        inboxes.take_again(late, None)
    with loading():
        pass

    with scope(tenant.pk):
        after = dict(OutstandingItem.objects.values_list("number", "amount"))
        still_open = Incident.objects.filter(state="open").count()
    assert (late.name, before, still_open) == (f"{SHOP}1.zip", "out_of_order", 0)
    assert after == {"INV-2": 20, "INV-1": 10, "INV-all": 1}


def test_items_that_come_before_their_invoices_are_linked_later(tenant: Tenant, server: FtpServer) -> None:
    load_files(tenant, account="account_id,account_name,currency\nC1,Alpha,DKK\n")
    inbox = inbox_for(tenant, server)
    drop(server, f"{SHOP}1.zip", good(1, 10))
    fetch(inbox)
    with scope(tenant.pk):
        linked_before = OutstandingItem.objects.filter(document__isnull=False).count()
    history = {"InvoiceNumber": "INV-1", "AccountNumber": "C1", "InvoiceDate": "2026-01-31", "TotalPrice": "500"}
    drop(server, "ACME_ErpCache_Invoice_1.zip", zipped(ACME_ErpCache_Invoice_1=invoices(history)))

    fetch(inbox)

    with scope(tenant.pk):
        document = Document.objects.get(number="INV-1")
    assert (linked_before, document.outstanding_amount) == (0, 10)


def test_what_one_company_publishes_another_reads_as_the_same_amounts(tenant: Tenant, server: FtpServer) -> None:
    open_documents(tenant, n10="40.50", n11="50", n12="60")
    with scope(tenant.pk):
        publication = publication_for(connected(tenant, server), "ACME", is_staging=False)
    shop = company("shop")
    inbox = inbox_for(shop, server)

    for amounts in ({}, {"n10": "0.01", "n11": "0"}):
        open_documents(tenant, **amounts)
        with scope(tenant.pk):
            publish(publication)
        while claimed := outbound.claim():
            outbound.deliver(*claimed)
        fetch(inbox)

    with scope(tenant.pk):
        ours = dict(Document.objects.values_list("number", "outstanding_amount"))
    with scope(shop.pk):
        theirs = dict(OutstandingItem.objects.values_list("number", "amount"))
        indexes = list(InboxFile.objects.order_by("id").values_list("index", flat=True))
    assert theirs == ours == {"10": Decimal("0.01"), "11": 0, "12": 60}
    assert indexes == ["1", "2"]


def test_gap_stays_open_until_all_that_lacked_was_taken(tenant: Tenant, server: FtpServer) -> None:
    inbox = inbox_for(tenant, server)
    for number in (1, 4):
        drop(server, f"{SHOP}{number}.zip", good(number, number))
    fetch(inbox)
    states = []
    for number in (2, 3):
        drop(server, f"{SHOP}{number}.zip", good(number, number))
        fetch(inbox)
        with scope(tenant.pk):
            inboxes.take_again(InboxFile.objects.get(state=ASIDE), None)
            states.append(Incident.objects.get(kind="missing").state)

    assert states == ["open", "closed"]
