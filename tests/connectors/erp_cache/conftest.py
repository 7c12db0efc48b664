"""A tenant with a folder that an ERP Cache lies in, in real transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as hub
from django.core.files.base import ContentFile

from arhub.domain.tenants import create_tenant
from arhub.models import Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, intake
from connectors.models import Connection, Inbox, InboxFile
from ingestion import tasks as loads
from tests.ingestion.conftest import keeping_files


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Loads use a second connection."""
    for item in items:
        if "transactional_db" in getattr(item, "fixturenames", ()) and "erp_cache" in item.path.parts:
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "side"]))


@pytest.fixture
def tenant(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[Tenant]:
    settings.FOLDERS = tmp_path / "exchange"
    with keeping_files(tmp_path / "media"):
        yield company("acme")


def company(slug: str) -> Tenant:
    """A tenant whose folder is there."""
    Path(hub.FOLDERS, slug).mkdir(parents=True)
    return create_tenant(slug, name=slug, currency="DKK")


@pytest.fixture
def connection(tenant: Tenant) -> Connection:
    return folder_of(tenant)


def folder_of(tenant: Tenant) -> Connection:
    with scope(tenant.pk):
        return connections.create("folder", name="Shop", values={"start": ""})


@pytest.fixture
def inbox(connection: Connection) -> Inbox:
    return inbox_of(connection)


def inbox_of(connection: Connection) -> Inbox:
    """Its files belong to the source that uploads do."""
    with scope(connection.tenant_id):
        return Inbox.objects.create(
            name="Cache", connection=connection, source=Source.objects.get(), contents=Inbox.Contents.ERP_CACHE
        )


Take = Callable[..., InboxFile]


@pytest.fixture
def take(inbox: Inbox) -> Take:
    """take(name, content) brings a file into the inbox, loads what it became, and tells what that was."""
    return lambda name, content, into=inbox: bring(into, name, content)


def bring(inbox: Inbox, name: str, content: bytes) -> InboxFile:
    with scope(inbox.tenant_id):
        taken = intake.take(InboxFile(inbox=inbox, name=name), ContentFile(content))
    work()
    return taken


def work() -> None:
    """Do all loads that wait."""
    while loads.answer() != "nothing due":
        pass


Deliver = Callable[[], list[str]]
