"""What a shop is told, and when."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.conf import settings as hub
from django.core.management import CommandError, call_command
from django.db import connections as databases
from django.db import transaction

from arhub.models import Document, Ledger, Outbound, Tenant
from arhub.tenancy.scope import scope
from connectors.domain.publishing import CannotPublish, preview, publication_for, publish
from connectors.models import Connection, Delivery, ErpCachePublication, PublishedItem
from tests.connectors.erp_cache.conftest import Deliver, bring, company, folder_of, inbox_of
from tests.connectors.erp_cache.drops import drop
from tests.ingestion.conftest import another_source, load_files

ACCOUNTS = "account_id,account_name,currency\nC1,Alpha,DKK\n"
HEAD = "account_id,invoice_number,invoice_date,total_amount,balance_due,currency\n"
CREDIT_HEAD = "account_id,credit_memo_number,credit_date,total_amount,remaining_amount,currency\n"

Open = Callable[..., None]
Publish = Callable[..., dict[str, Decimal] | None]


def open_documents(tenant: Tenant, source: str | None = None, **amounts: str) -> None:
    """number=amount, as a source gives them: n10="5.00"."""
    rows = "".join(f"C1,{number[1:]},2026-01-31,100,{amount},DKK\n" for number, amount in amounts.items())
    load_files(tenant, account=ACCOUNTS, invoice=f"{HEAD}{rows}", source=source)


@pytest.fixture
def publication(connection: Connection) -> ErpCachePublication:
    with scope(connection.tenant_id):
        return publication_for(connection, "ACME", is_staging=False)


def told_by(delivery: Delivery | None) -> dict[str, Decimal] | None:
    """Number → amount in the drop of a delivery."""
    if delivery is None:
        return None
    with delivery.content.open() as file:
        _, records = drop(file.read())
    return {record["invoice_number"]: record["total_outstanding"] for record in records}


def publish_now(publication: ErpCachePublication) -> Delivery | None:
    with scope(publication.tenant_id):
        return publish(publication)


def refusal(publication: ErpCachePublication) -> str:
    with pytest.raises(CannotPublish) as caught:
        publish_now(publication)
    return str(caught.value)


def end(delivery: Delivery | None, state: str) -> None:
    """What became of a delivery, when it was none of the usual."""
    assert delivery is not None
    with scope(delivery.tenant_id):
        Outbound.objects.filter(pk=delivery.outbound_id).update(state=state, next_attempt_at=None)


def files(tenant: Tenant) -> list[str]:
    folder = Path(hub.FOLDERS, tenant.slug)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_first_drop_has_every_open_document(tenant: Tenant, publication: ErpCachePublication, deliver: Deliver) -> None:
    open_documents(tenant, n10="40.50", n11="0", n12="100")
    load_files(tenant, adjustment=f"{CREDIT_HEAD}C1,K1,2026-01-31,30,30,DKK\n")

    delivery = publish_now(publication)

    assert delivery is not None
    assert (delivery.name, delivery.folder, delivery.media_type) == (
        "ACME_ErpCache_OutstandingItem_1.zip", "ErpCache", "application/zip",
    )  # fmt: skip
    assert told_by(delivery) == {"10": Decimal("40.50"), "12": Decimal(100), "K1": Decimal(-30)}
    assert deliver() == ["delivered"]
    assert files(tenant) == ["ErpCache/ACME_ErpCache_OutstandingItem_1.zip"]


def test_next_drop_has_what_changed_and_what_is_settled_once(
    tenant: Tenant, publication: ErpCachePublication, deliver: Deliver
) -> None:
    open_documents(tenant, n10="40", n11="50", n12="60")
    publish_now(publication)
    deliver()
    open_documents(tenant, n10="30", n11="0", n13="5")

    second = publish_now(publication)
    deliver()
    nothing = publish_now(publication)
    open_documents(tenant, n11="0")

    assert told_by(second) == {"10": Decimal(30), "11": Decimal(0), "13": Decimal(5)}
    assert second is not None
    assert second.name == "ACME_ErpCache_OutstandingItem_2.zip"
    assert (nothing, publish_now(publication)) == (None, None)
    with scope(tenant.pk):
        publication.refresh_from_db()
        kept = set(publication.items.values_list("number", flat=True))
    assert (publication.last_index, kept) == (2, {"10", "12", "13"})


def test_what_is_settled_and_opened_again_is_told_again(
    tenant: Tenant, publication: ErpCachePublication, deliver: Deliver
) -> None:
    told = []
    for amount in ("40", "0", "15"):
        open_documents(tenant, n10=amount)
        told.append(told_by(publish_now(publication)))
        deliver()

    assert told == [{"10": Decimal(40)}, {"10": Decimal(0)}, {"10": Decimal(15)}]


@pytest.mark.parametrize("change", [{"is_voided": True}, {"is_draft": True}, {"direction": "payable"}])
def test_document_that_counts_no_longer_is_told_as_settled(
    tenant: Tenant, publication: ErpCachePublication, deliver: Deliver, change: dict[str, Any]
) -> None:
    open_documents(tenant, n10="40")
    publish_now(publication)
    deliver()
    with scope(tenant.pk):
        Document.objects.update(**change)

    assert told_by(publish_now(publication)) == {"10": Decimal(0)}


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_drop_that_never_arrived_goes_again_with_what_holds_now(
    tenant: Tenant, publication: ErpCachePublication, state: str
) -> None:
    open_documents(tenant, n10="40", n11="50", n12="60")
    end(publish_now(publication), state)
    open_documents(tenant, n11="0", n12="7")

    delivery = publish_now(publication)

    assert told_by(delivery) == {"10": Decimal(40), "11": Decimal(0), "12": Decimal(7)}
    assert delivery is not None
    assert delivery.name == "ACME_ErpCache_OutstandingItem_2.zip"


def test_settled_amount_that_never_arrived_goes_again(
    tenant: Tenant, publication: ErpCachePublication, deliver: Deliver
) -> None:
    open_documents(tenant, n10="40")
    publish_now(publication)
    deliver()
    open_documents(tenant, n10="0")
    end(publish_now(publication), "failed")

    assert told_by(publish_now(publication)) == {"10": Decimal(0)}


def test_drop_that_the_receiver_refused_goes_again(
    tenant: Tenant, publication: ErpCachePublication, deliver: Deliver
) -> None:
    open_documents(tenant, n10="40")
    publish_now(publication)
    deliver()
    with scope(tenant.pk):
        Delivery.objects.update(verdict=Delivery.Verdict.REFUSED)

    assert told_by(publish_now(publication)) == {"10": Decimal(40)}


@pytest.mark.parametrize(("state", "said"), [("waiting", "waiting"), ("uncertain", "uncertain")])
def test_drop_does_not_overtake_the_one_before(
    tenant: Tenant, publication: ErpCachePublication, state: str, said: str
) -> None:
    open_documents(tenant, n10="40")
    end(publish_now(publication), state)
    unchanged = publish_now(publication)
    open_documents(tenant, n10="30")

    assert unchanged is None
    assert refusal(publication) == (
        f"ACME_ErpCache_OutstandingItem_1.zip, the drop before, is {said}: it must arrive first, or its older amounts "
        "would take the place of newer ones. What has changed goes with the next."
    )


def test_number_that_several_open_documents_share_is_not_guessed(
    tenant: Tenant, publication: ErpCachePublication
) -> None:
    open_documents(tenant, n10="40", n11="50")
    load_files(tenant, adjustment=f"{CREDIT_HEAD}C1,10,2026-01-31,40,40,DKK\n")

    said = refusal(publication)

    with scope(tenant.pk):
        assert (PublishedItem.objects.count(), Delivery.objects.count()) == (0, 0)
        publication.refresh_from_db()
    assert publication.last_index == 0
    assert said == (
        "Expected one document of each number, for ERP Cache knows them by it alone; found several with the number "
        "10 (2). Publish one ledger, or give them numbers of their own."
    )


def test_publication_of_one_ledger_leaves_the_others_out(tenant: Tenant, connection: Connection) -> None:
    another_source(tenant, "Second", ledger="Second")
    open_documents(tenant, n10="40")
    open_documents(tenant, source="Second", n10="70")
    with scope(tenant.pk):
        chosen = {"ledger": Ledger.objects.get(name="Second")}
        publication = publication_for(connection, "ACME", is_staging=False, **chosen)

    assert told_by(publish_now(publication)) == {"10": Decimal(70)}


def test_documents_of_other_tenants_are_not_told(tenant: Tenant, publication: ErpCachePublication) -> None:
    open_documents(company("rival"), n10="99")
    open_documents(tenant, n11="1")

    assert told_by(publish_now(publication)) == {"11": Decimal(1)}


def test_index_of_time_goes_up_even_within_a_second(tenant: Tenant, connection: Connection, deliver: Deliver) -> None:
    with scope(tenant.pk):
        publication = publication_for(connection, "ACME", is_staging=True, index_kind="timestamp")
    names = []
    for amount in ("1", "2"):
        open_documents(tenant, n10=amount)
        with time_machine.travel(datetime(2026, 1, 31, 12, 0, 59, tzinfo=UTC), tick=False):
            names.append(str(publish_now(publication)))
        deliver()

    assert names == [
        "ACME-Staging_ErpCache_OutstandingItem_20260131120059.zip",
        "ACME-Staging_ErpCache_OutstandingItem_20260131120060.zip",
    ]


def test_two_at_once_give_one_drop_and_one_index(tenant: Tenant, publication: ErpCachePublication) -> None:
    open_documents(tenant, n10="40", n11="50")
    together = Barrier(2)

    def attempt(_: int) -> dict[str, Decimal] | None:
        try:
            together.wait(30)
            return told_by(publish_now(publication))
        finally:
            databases.close_all()

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(attempt, range(2)))

    with scope(tenant.pk):
        publication.refresh_from_db()
        assert Delivery.objects.count() == 1
    assert sorted(told, key=bool) == [None, {"10": Decimal(40), "11": Decimal(50)}]
    assert publication.last_index == 1


def test_index_of_a_drop_that_was_not_made_is_not_lost(
    tenant: Tenant, publication: ErpCachePublication, deliver: Deliver
) -> None:
    open_documents(tenant, n10="40")
    with pytest.raises(ZeroDivisionError), scope(tenant.pk), transaction.atomic():
        publish(publication)
        raise ZeroDivisionError

    delivery = publish_now(publication)

    assert str(delivery) == "ACME_ErpCache_OutstandingItem_1.zip"
    assert told_by(delivery) == {"10": Decimal(40)}


def test_preview_says_what_would_be_sent_and_sends_nothing(tenant: Tenant, publication: ErpCachePublication) -> None:
    open_documents(tenant, n10="40", n11="50")

    with scope(tenant.pk):
        changes = preview(publication)
        sent = Delivery.objects.count()

    assert (changes.items, changes.settled, changes.shared, sent) == (2, 0, 0, 0)


@pytest.mark.parametrize("shop", ["", "A/B", "A*", "ACME-Staging", "A" * 101])
def test_name_that_is_no_shop_is_refused(connection: Connection, shop: str) -> None:
    with scope(connection.tenant_id), pytest.raises(CannotPublish, match="Expected the name of a shop"):
        publication_for(connection, shop, is_staging=False)


def test_connection_that_names_files_otherwise_is_refused(
    tenant: Tenant, publication: ErpCachePublication, connection: Connection
) -> None:
    open_documents(tenant, n10="40")
    with scope(tenant.pk):
        Connection.objects.update(values={**connection.values, "file_name": "items-{number}.zip"})

    assert refusal(publication) == "Shop would call the drop items-1.zip: its file name must be {name}."


def test_number_that_xml_cannot_express_is_told(tenant: Tenant, publication: ErpCachePublication) -> None:
    open_documents(tenant, n10="40")
    with scope(tenant.pk):
        Document.objects.update(number="1\x01")

    assert refusal(publication) == "“1?” holds the character U+0001, which XML cannot express."


def test_another_tenant_reads_the_same_outstanding_amounts(
    tenant: Tenant, publication: ErpCachePublication, deliver: Deliver
) -> None:
    amounts = {f"n{number}": f"{number}.{number % 100:02}" for number in range(1, 60)}
    open_documents(tenant, **amounts)
    load_files(tenant, adjustment=f"{CREDIT_HEAD}C1,K1,2026-01-31,30,12.5,DKK\n")
    other = company("other")
    load_files(other, account=ACCOUNTS, adjustment=f"{CREDIT_HEAD}C1,K1,2026-01-31,30,,DKK\n")
    load_files(other, invoice=HEAD + "".join(f"C1,{number},2026-01-31,100,,DKK\n" for number in range(1, 60)))
    inbox = inbox_of(folder_of(other))
    for change in ({}, {"n1": "0", "n2": "99.5"}):
        open_documents(tenant, **change)
        delivery = publish_now(publication)
        assert delivery is not None
        deliver()
        bring(inbox, delivery.name, (Path(hub.FOLDERS, tenant.slug, "ErpCache") / delivery.name).read_bytes())

    found = [_outstanding(one) for one in (tenant, other)]

    assert found[0] == found[1]
    assert (found[0]["1"], found[0]["2"], found[0]["K1"]) == (Decimal(0), Decimal("99.5"), Decimal("12.5"))


def _outstanding(tenant: Tenant) -> dict[str, Decimal]:
    with scope(tenant.pk):
        return dict(Document.objects.values_list("number", "outstanding_amount"))


def command(**options: Any) -> str:
    out = io.StringIO()
    given = {"tenant": "acme", "connection": "Shop", "shop": "ACME", **options}
    call_command("publish_outstanding", stdout=out, **given)
    return out.getvalue()


def test_command_tells_what_it_sent(tenant: Tenant, connection: Connection, deliver: Deliver) -> None:
    open_documents(tenant, n10="40", n11="50")
    said = [command(dry_run=True, staging=True)]
    with scope(tenant.pk):
        made = ErpCachePublication.objects.count()
    said.append(command(staging=True))
    deliver()
    open_documents(tenant, n10="0")
    said += [command(staging=True), command(staging=True)]

    assert made == 0
    assert said == [
        "Would send 2 changed amounts, 0 of them settled.\n",
        "ACME-Staging_ErpCache_OutstandingItem_1.zip is on its way: 2 changed amounts, 0 of them settled.\n",
        "ACME-Staging_ErpCache_OutstandingItem_2.zip is on its way: 1 changed amount, 1 of them settled.\n",
        "Nothing has changed since ACME was told last; nothing was sent.\n",
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"tenant": "nobody"}, "There is no tenant nobody. Make it with create_tenant."),
        ({"connection": "None"}, "There is no connection “None”. There are: Shop."),
        ({"ledger": "None"}, "There is no ledger “None”. There are: Main ledger."),
        ({"shop": "?"}, "Expected the name of a shop, as the other side has issued it, found “?”."),
    ],
)
def test_command_that_cannot_go_says_why(connection: Connection, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        command(**options)

    assert str(caught.value) == sentence
