"""However many items there are, they take the same memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as hub
from django.db import connection as database

from arhub.models import Account, Ledger, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection, Delivery, PublishedItem
from tests.processes import hub_environment

ROOT = Path(__file__).resolve().parents[3]
MANY = 60_000
MOST_MORE_MB = 8


def run(module: str, *arguments: object, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.connectors.erp_cache.{module}", *map(str, arguments)], cwd=ROOT,
        capture_output=True, text=True, check=True, timeout=240, env={**os.environ, **environment},
    )  # fmt: skip
    return done.stdout.splitlines()


def test_many_items_are_written_and_read_in_the_memory_of_few() -> None:
    few, many = (float(run("large", count)[-1]) for count in (100, MANY))

    assert many - few < MOST_MORE_MB


def documents(tenant: Tenant, count: int, prefix: str) -> None:
    with scope(tenant.pk), database.cursor() as cursor:
        ledger = Ledger.objects.get(is_default=True)
        account, _ = Account.objects.get_or_create(ledger=ledger, erp_key="C1", number="C1", name="Alpha")
        cursor.execute(
            "insert into arhub_document (tenant_id, ledger_id, erp_key, number, document_type, direction, account_id, "
            "given_sign, currency, total_amount, outstanding_amount, outstanding_origin) "
            "select %s, %s, %s || n, %s || n, 'invoice', 'receivable', %s, 1, 'DKK', n, n, 'computed' "
            "from generate_series(1, %s) n",
            [tenant.pk, ledger.pk, prefix, prefix, account.pk, count],
        )


@pytest.mark.usefixtures("connection")
def test_many_documents_are_published_in_the_memory_of_few(tenant: Tenant, connection: Connection) -> None:
    environment: dict[str, Any] = {
        **hub_environment(), "ARHUB_FOLDERS": str(hub.FOLDERS), "ARHUB_VAR": str(hub.FOLDERS),
    }  # fmt: skip
    peaks = []
    for count, prefix in ((100, "A"), (MANY, "B")):
        documents(tenant, count, prefix)
        said, peak = run("publish_large", tenant.slug, **environment)
        peaks.append(float(peak))
        with scope(tenant.pk):
            Delivery.objects.get(name=said.split()[0]).outbound.delete()

    assert said == (
        f"ACME_ErpCache_OutstandingItem_2.zip is on its way: {MANY + 100:,} changed amounts, 0 of them settled."
    )
    assert peaks[1] - peaks[0] < MOST_MORE_MB
    with scope(tenant.pk):
        assert PublishedItem.objects.filter(delivery=None).count() == MANY + 100
