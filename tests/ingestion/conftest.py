"""Loads as a clerk makes them, against the real database and on real files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from arhub.domain.tenants import create_tenant
from arhub.models import Ledger, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import making, runs, staging
from ingestion.models import Ingestion, State

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "sage-network-example"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Loads use a second connection, so whoever loads works with committed rows."""
    for item in items:
        if "transactional_db" in getattr(item, "fixturenames", ()) and "ingestion" in item.path.parts:
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "side"]))


@pytest.fixture
def tenant(transactional_db: None, tmp_path: Path) -> Iterator[Tenant]:
    with keeping_files(tmp_path / "media"):
        yield create_tenant("acme", name="Acme A/S", currency="DKK")


@contextmanager
def keeping_files(folder: Path) -> Iterator[None]:
    """What is uploaded goes there; what loads staged goes in the end."""
    default = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    with override_settings(STORAGES={**settings.STORAGES, "default": default}):
        yield
        drop_staging()


def drop_staging() -> None:
    """Drop what any load has staged."""
    for ingestion_id in staging.staged_loads():
        staging.drop(ingestion_id)


Load = Callable[..., Ingestion]


@pytest.fixture
def load(tenant: Tenant) -> Load:
    """load(invoice="text" or bytes, ..., review=False, of=tenant) runs a load and returns it."""

    def run(*, of: Tenant | None = None, **given: Any) -> Ingestion:
        return load_files(of or tenant, **given)

    return run


def load_files(
    owner: Tenant,
    *,
    review: bool = False,
    source: str | None = None,
    control: dict[str, Any] | None = None,
    **files: str | bytes,
) -> Ingestion:
    with scope(owner.pk):
        wanted = Source.objects.filter(name=source) if source else Source.objects.all()
        pairs = [(name, f"{name}.csv", _binary(content)) for name, content in files.items()]
        ingestion = making.create(wanted.order_by("pk")[0], pairs, review=review, controls=control)
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    runs.work(owner.pk, ingestion.pk)
    with scope(owner.pk):
        ingestion.refresh_from_db()
    return ingestion


def _binary(content: str | bytes) -> io.BytesIO:
    return io.BytesIO(content if isinstance(content, bytes) else content.encode())


def counts(ingestion: Ingestion) -> dict[str, tuple[int, int, int, int, int]]:
    """Type → lines, inserted, updated, unchanged, invalid."""
    with scope(ingestion.tenant_id):
        return {
            count.type: (count.lines, count.inserted, count.updated, count.unchanged, count.invalid)
            for count in ingestion.counts.all()
        }


def problems(ingestion: Ingestion) -> list[tuple[int, str]]:
    """(line, message) of every invalid row."""
    with scope(ingestion.tenant_id):
        rows = ingestion.invalid_rows.order_by("file__position", "line")
        return [
            (row.line, "; ".join(f"{p['column']}: expected {p['expected']}, found {p['found']}" for p in row.problems))
            for row in rows
        ]


def another_source(tenant: Tenant, name: str, ledger: str | None = None) -> Source:
    with scope(tenant.pk):
        target = Ledger.objects.create(name=ledger) if ledger else Ledger.objects.get(is_default=True)
        return Source.objects.create(name=name, ledger=target)


COMMITTED, FAILED, REVIEW = State.COMMITTED, State.FAILED, State.REVIEW
ACCOUNTS = "account_id,account_name,currency\nC1,Alpha,DKK\nC2,Beta,EUR\n"
