"""A tenant with a source of which something is expected, in real transactions, at times that the tests choose."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import pytest
import time_machine

from arhub.models import Incident, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import arrivals, making, runs
from ingestion.models import ArrivalWatch, Ingestion
from tests.ingestion.conftest import load_files

Watch = Callable[..., ArrivalWatch]
Come = Callable[..., Any]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In March 2026, whose second day is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


NOON = at(2, 12)


@pytest.fixture
def watch(tenant: Tenant) -> Watch:
    """watch(at=time(7), at_least_rows=100, now=NOON, of=tenant) expects files of the tenant's only source daily."""

    def made(*, now: datetime = NOON, of: Tenant | None = None, **given: Any) -> ArrivalWatch:
        with time_machine.travel(now, tick=False), scope((of or tenant).pk):
            return arrivals.save(ArrivalWatch(source=Source.objects.order_by("pk")[0], **{"at": time(7), **given}))

    return made


@pytest.fixture
def come(tenant: Tenant) -> Come:
    """come(at(3, 6), rows=2, word="A", review=False) loads a file of accounts at that time."""

    def run(now: datetime, *, rows: int = 1, word: str = "", of: Tenant | None = None, **given: Any) -> Any:
        word = word or f"{now:%d%H%M}"
        lines = "".join(f"{word}{number},Name\n" for number in range(rows))
        with time_machine.travel(now, tick=False):
            return load_files(of or tenant, account=f"account_id,account_name\n{lines}", **given)

    return run


def send(owner: Tenant, now: datetime, name: str, content: str = "") -> Ingestion:
    """Load a file of accounts of this name, each with other content unless told."""
    text = content or f"account_id,account_name\n{name},Alpha\n"
    with time_machine.travel(now, tick=False), scope(owner.pk):
        files = [("account", name, io.BytesIO(text.encode()))]
        made = making.create(Source.objects.order_by("pk")[0], files, review=False)
        runs.take(Ingestion.objects.filter(pk=made.pk))
    with time_machine.travel(now, tick=False):
        runs.work(owner.pk, made.pk)
    return made


def check(now: datetime) -> int:
    with time_machine.travel(now, tick=False):
        return arrivals.check_due(now)


def incidents_of(tenant: Tenant) -> list[Incident]:
    with scope(tenant.pk):
        return list(Incident.objects.select_related("owner").order_by("pk"))


def kinds(tenant: Tenant) -> list[tuple[str, str]]:
    """(kind, state) of every incident."""
    return [(incident.kind, incident.state) for incident in incidents_of(tenant)]


def fresh(watch: ArrivalWatch) -> ArrivalWatch:
    with scope(watch.tenant_id):
        return ArrivalWatch.objects.select_related("source").get(pk=watch.pk)
