"""A program with a key, a tenant with a folder that files go to and come from, and another that has the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries
from connectors.models import Connection, Delivery, Inbox, InboxFile
from tests.connectors.files.conftest import (
    careless_is_registered,
    connection,
    folders,
    inbox,
    place,
    tenant,
    work,
)
from tests.ingestion.conftest import keeping_files

__all__ = ["careless_is_registered", "connection", "folders", "inbox", "place", "tenant", "work"]


@dataclass(frozen=True)
class Other:
    """What another tenant has."""

    tenant: Tenant
    connection: Connection
    delivery: Delivery
    inbox: Inbox
    file: InboxFile


@pytest.fixture(autouse=True)
def kept_files(tmp_path: Path) -> Iterator[None]:
    with keeping_files(tmp_path / "media"):
        yield


@pytest.fixture
def other(tenant: Tenant) -> Other:
    stranger = create_tenant("other", name="Hidden A/S", currency="DKK")
    with scope(stranger.pk):
        source = Source.objects.get(kind=Source.Kind.UPLOAD)
        way = connections.create("careless", name="Hidden share", values={})
        sent = deliveries.send(way, b"hidden", name="hidden.xml")
        sent.receipts.create(kind="answer", text="Hidden", content=b"hidden", sha256="0", file_sha256=sent.sha256)
        place = Inbox.objects.create(name="Hidden", connection=way, source=source, record_type="account")
        file = InboxFile.objects.create(inbox=place, name="hidden.csv", state="aside")
    return Other(stranger, way, sent, place, file)


@pytest.fixture
def as_role(tenant: Tenant) -> Callable[[str], Client]:
    """A client of somebody who is signed in, by their role."""

    def signed_in(role: str) -> Client:
        client, user = Client(), add_member(f"{role}@acme.example", tenant, role)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


def queries_of(api: Client, addresses: list[str]) -> list[int]:
    """How many queries each takes, when nothing is new to the process."""
    counted = []
    for address in addresses:
        assert api.get(address).status_code == 200
        with CaptureQueriesContext(database) as captured:
            api.get(address)
        counted.append(len(captured))
    return counted


def told(answer: Any) -> tuple[int, dict[str, list[str]]]:
    """The status of a refusal, and what is wrong with each field."""
    return answer.status_code, answer.json()["fields"]
