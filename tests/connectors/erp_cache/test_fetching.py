"""Drops that lie in a folder, fetched in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Event

from django.conf import settings as hub
from django.db import connections as databases

from arhub.domain import runs
from arhub.models import OutstandingItem, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import fetching
from connectors.models import Inbox, InboxFile
from tests.connectors.erp_cache.conftest import work
from tests.connectors.erp_cache.drops import item, items, zipped


@contextmanager
def loading() -> Iterator[None]:
    """A worker that loads meanwhile: each drop waits for the load of the one before."""
    over = Event()

    def load() -> None:
        try:
            while not over.wait(0.05):
                work()
            work()
        finally:
            databases.close_all()

    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(load)
        try:
            yield
        finally:
            over.set()
        worker.result()


def test_drops_are_fetched_in_the_order_of_their_numbers(tenant: Tenant, inbox: Inbox) -> None:
    drops = {"10": "100", "9_2": "92", "9_1": "91", "12": "120", "11": "wrong"}
    for number, amount in drops.items():
        name = f"ACME_ErpCache_OutstandingItem_{number}"
        path = Path(hub.FOLDERS, tenant.slug, f"{name}.zip")
        path.write_bytes(zipped(**{name: items(item("1", amount))}))
    with scope(tenant.pk):
        Inbox.objects.update(settle_seconds=0, pattern="*_ErpCache_*.zip")
        fetching.start(inbox)

    with loading():
        while claimed := runs.claim():
            runs.work(*claimed)

    with scope(tenant.pk):
        taken = list(InboxFile.objects.order_by("taken_at").values_list("index", "sub", "state"))
        stored = OutstandingItem.objects.get().amount
    assert taken == [
        ("9", 1, "taken"), ("9", 2, "taken"), ("10", None, "taken"), ("11", None, "aside"), ("12", None, "taken"),
    ]  # fmt: skip
    assert stored == Decimal(120)
