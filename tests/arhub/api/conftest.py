"""A program with a key, in real transactions: half of an API is what a transaction leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from arhub.domain import api_keys
from arhub.domain.tenants import create_tenant
from arhub.models import ApiKey, Tenant
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import Records
from tests.arhub.api.records import filled
from tests.ingestion.conftest import keeping_files

MakeKey = Callable[..., tuple[ApiKey, str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tenant" in getattr(item, "fixturenames", ()) and "api" in item.path.parts:
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "side"]))


@pytest.fixture
def tenant(transactional_db: None, tmp_path: Path) -> Iterator[Tenant]:
    with keeping_files(tmp_path / "media"):
        yield create_tenant("acme", name="Acme A/S", currency="DKK")


@pytest.fixture
def make_key(tenant: Tenant) -> MakeKey:
    """make_key("read", ..., of=tenant, **settings) makes a key and gives its text with it."""

    def make(*scopes: str, of: Tenant | None = None, **settings: Any) -> tuple[ApiKey, str]:
        with scope((of or tenant).pk):
            return api_keys.make("Shop", scopes or ("read", "write"), **settings)

    return make


@pytest.fixture
def api(make_key: MakeKey) -> Client:
    """A client that may read and write everything."""
    return Client(headers={"Api-Key": make_key()[1]})


@pytest.fixture
def hidden(tenant: Tenant) -> Records:
    """What another tenant has, of every kind."""
    return filled(create_tenant("hidden", name="Hidden A/S", currency="EUR"), "hidden")


def walk(api: Client, address: str, link: str = "next") -> Iterator[dict[str, Any]]:
    """The page at the address and each one that its link leads to."""
    following: str | None = address
    while following:
        page = api.get(following).json()
        yield page
        following = page[link]


def body_of(response: Any) -> str:
    """What was answered, at once or in pieces."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return bytes(content).decode(errors="replace")
