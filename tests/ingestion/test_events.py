"""What loads tell the world, and that they tell it only when it is so."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from arhub.domain import webhook_endpoints
from arhub.domain.tenants import create_tenant
from arhub.models import Event, Outbound, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.domain import loading, making, runs
from ingestion.domain.progress import Cancelled, Progress
from ingestion.models import Ingestion, State
from tests.ingestion.conftest import ACCOUNTS, Load

COUNTS = {"type": "ACCOUNT", "lines": 2, "inserted": 2, "updated": 0, "unchanged": 0, "invalid": 0}


def told(tenant: Tenant) -> list[str]:
    with scope(tenant.pk):
        return list(Event.objects.order_by("id").values_list("kind", flat=True))


def data_of(tenant: Tenant, kind: str) -> dict[str, Any]:
    """What the last event of a kind says."""
    with scope(tenant.pk):
        return dict(Event.objects.filter(kind=kind).latest("id").data)


def test_load_that_went_in_tells_what_it_changed(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS)
    with scope(tenant.pk):
        ledger = Source.objects.get().ledger_id

    about = {
        "ingestion": ingestion.pk,
        "source": {"id": ingestion.source_id, "name": "Uploaded files"},
        "ledger": ledger,
        "origin": "upload",
        "page": f"/ingestion/ingestion/{ingestion.pk}/change/",
        "resource": f"/api/hub/v1/ingestions/{ingestion.pk}/",
    }
    assert told(tenant) == ["records.changed", "ingestion.committed"]
    assert data_of(tenant, "ingestion.committed") == {
        **about,
        "task": "load",
        "state": "committed",
        "counts": [COUNTS],
    }
    assert data_of(tenant, "records.changed") == {
        **about,
        "changes": [{"type": "ACCOUNT", "inserted": 2, "updated": 0, "removed": 0}],
        "missing_at_source": 0,
    }


def test_load_that_changed_nothing_tells_of_no_records(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    load(account=ACCOUNTS)

    assert told(tenant) == ["records.changed", "ingestion.committed", "ingestion.committed"]


def test_undo_tells_what_went(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS)
    with scope(tenant.pk):
        runs.request_undo(ingestion, None)
    tasks.answer()

    assert told(tenant)[2:] == ["records.changed", "ingestion.undone"]
    assert data_of(tenant, "records.changed")["changes"] == [
        {"type": "ACCOUNT", "inserted": 0, "updated": 0, "removed": 2}
    ]


@pytest.mark.parametrize(
    ("text", "review", "kind"),
    [
        (ACCOUNTS, True, "ingestion.needs_review"),
        ("account_id,account_name,whatever_this_is\nC1,Alpha,x\n", True, "ingestion.needs_mapping"),
        ("account_id,account_name\n,Alpha\n", False, "ingestion.failed"),
        ("", False, "ingestion.failed"),
    ],
)
def test_load_that_stops_tells_why_it_stopped(tenant: Tenant, load: Load, text: str, review: bool, kind: str) -> None:
    ingestion = load(account=text, review=review)

    assert told(tenant) == [kind]
    assert data_of(tenant, kind)["state"] == ingestion.state


def test_load_given_up_by_the_sweeper_tells_its_own_tenant(tenant: Tenant) -> None:
    other = create_tenant("other")
    for owner in (tenant, other):
        with scope(owner.pk):
            webhook_endpoints.make("Shop", "https://shop.example/")
    with scope(tenant.pk):
        ingestion = making.create(Source.objects.get(), [("account", "a.csv", io.BytesIO(b"account_id\nC1\n"))])
        Ingestion.objects.filter(pk=ingestion.pk).update(
            state=State.READING, attempts=3, claimed_at=timezone.now(),
            heartbeat_at=timezone.now() - timedelta(minutes=5),
        )  # fmt: skip

    runs.sweep()

    assert (told(tenant), told(other)) == (["ingestion.failed"], [])
    with scope(tenant.pk):
        assert Outbound.objects.count() == 1
    with scope(other.pk):
        assert not Outbound.objects.exists()


def test_load_that_is_taken_back_at_the_last_moment_tells_nothing(tenant: Tenant) -> None:
    with scope(tenant.pk):
        made = making.create(Source.objects.get(), [("account", "a.csv", io.BytesIO(ACCOUNTS.encode()))], review=False)
        runs.take(Ingestion.objects.filter(pk=made.pk))
        ingestion = Ingestion.objects.select_related("source").get(pk=made.pk)
        files = list(ingestion.files.all())
        Ingestion.objects.filter(pk=made.pk).update(attempts=ingestion.attempts + 1)  # another worker has it

    with Progress(ingestion) as progress:
        loading.read(ingestion, files, progress)
        with pytest.raises(Cancelled):
            loading.match(ingestion, files, progress, commit=True)

    assert told(tenant) == []
