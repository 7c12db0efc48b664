"""A shop is told what is outstanding by an activation."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adaptors.models import Activation
from arhub.domain import runs
from arhub.models import Document, Run, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections
from tests.adaptors.posting.conftest import activate, run
from tests.connectors.faults.world import World
from tests.ingestion.conftest import keeping_files

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

Deliver = Callable[[], list[str]]


@pytest.fixture
def shop(world: World, tmp_path: Path, settings: Any) -> Any:
    """An activation that tells a shop; its drops lie in a folder."""
    settings.FOLDERS = tmp_path / "exchange"
    Path(settings.FOLDERS, world.tenant.slug).mkdir(parents=True)
    with scope(world.tenant.pk):
        folder = connections.create("folder", name="Shop", values={"start": ""})
        Document.objects.filter(document_type="invoice").update(outstanding_amount=Decimal("100.00"))
    with keeping_files(tmp_path / "media"):
        yield activate(folder, "publish_outstanding", shop="ACME", is_staging=True)


def drops(tenant: Tenant, settings: Any) -> list[str]:
    return sorted(path.name for path in Path(settings.FOLDERS, tenant.slug).rglob("*.zip"))


def test_shop_is_told_what_has_changed(shop: Activation, tenant: Tenant, deliver: Deliver, settings: Any) -> None:
    first = run(shop)
    deliver()
    unchanged = run(shop)
    with scope(tenant.pk):
        Document.objects.filter(number="10481").update(outstanding_amount=Decimal("40.00"))
    changed = run(shop)
    deliver()

    assert [one.state for one in (first, unchanged, changed)] == ["succeeded"] * 3
    assert [one.counts for one in (first, unchanged, changed)] == [
        {"Outstanding amounts": 2}, {}, {"Outstanding amounts": 1}
    ]  # fmt: skip
    assert [link["label"] for link in first.links] == ["ACME-Staging_ErpCache_OutstandingItem_1.zip"]
    assert drops(tenant, settings) == [
        "ACME-Staging_ErpCache_OutstandingItem_1.zip", "ACME-Staging_ErpCache_OutstandingItem_2.zip"
    ]  # fmt: skip


def test_drop_that_has_not_arrived_is_waited_for(shop: Activation, tenant: Tenant) -> None:
    run(shop)
    with scope(tenant.pk):
        Document.objects.filter(number="10481").update(outstanding_amount=Decimal("40.00"))
        made = runs.start("adaptor", shop.pk)
    claimed = runs.claim()
    assert claimed is not None

    state = runs.work(*claimed)

    with scope(tenant.pk):
        assert (state, Run.objects.get(pk=made.pk).reason.split(",")[0]) == (
            "queued", "ACME-Staging_ErpCache_OutstandingItem_1.zip"
        )  # fmt: skip


def test_shop_without_a_name_is_refused(shop: Activation) -> None:
    with scope(shop.tenant_id):
        Activation.objects.filter(pk=shop.pk).update(values={})

    done = run(shop)

    expected = "Expected the name of a shop, as the other side has issued it, found “”."
    assert (done.state, done.reason) == ("failed", expected)
