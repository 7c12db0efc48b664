"""Fixtures for every test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connections

from arhub.models import Tenant
from arhub.tenancy.scope import scope_all

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def side_joins_default(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The side connection becomes the test's own, so that code which uses it sees the test's rows. A test about
    what survives a rollback wants two real ones: `django_db(transaction=True, databases=["default", "side"])`."""
    monkeypatch.setattr(connections._connections, "side", connections["default"], raising=False)
    yield


@pytest.fixture
def tenants(db: None) -> tuple[Tenant, Tenant, Tenant]:
    """One acts, one must stay invisible, one is empty."""
    with scope_all("make tenants"):
        acting, hidden, empty = (
            Tenant.objects.create(name=name, slug=name.lower()) for name in ("Acting", "Hidden", "Empty")
        )
    return acting, hidden, empty
