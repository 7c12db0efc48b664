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


def problem_of(response: Any) -> tuple[int, str]:
    """Status and detail of an answer that must be a problem as RFC 7807 tells it."""
    assert response["Content-Type"] == "application/problem+json"
    problem = json.loads(response.content)
    assert isinstance(problem, dict)
    assert {"type", "title", "status", "detail", "instance"} <= set(problem)
    assert problem["status"] == response.status_code >= 400
    return response.status_code, problem["detail"]


@pytest.fixture
def ask(tenant: Tenant) -> Ask:
    return asker(tenant)
