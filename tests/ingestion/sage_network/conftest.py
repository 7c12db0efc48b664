"""The API as a program uses it: over HTTP, with a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from arhub.domain.api_keys import make
from arhub.models import Tenant
from arhub.tenancy.scope import scope

Ask = Callable[..., tuple[int, Any]]


def client_of(tenant: Tenant, *scopes: str) -> Client:
    """A client with a key of these scopes."""
    with scope(tenant.pk):
        _, text = make("Tests", scopes or ["read"], requests_per_minute=100_000)
    return Client(headers={"Api-Key": text})


def asker(tenant: Tenant, *scopes: str) -> Ask:
    """ask("Companies/query", filter=...) → status and body, amounts as decimals, with a key of these scopes."""
    client = client_of(tenant, *scopes)

    def ask(path: str, **parameters: str) -> tuple[int, Any]:
        response = client.get(f"/api/v1/{path}", parameters)
        return response.status_code, json.loads(response.content, parse_float=Decimal)

    return ask


@pytest.fixture
def ask(tenant: Tenant) -> Ask:
    return asker(tenant)
