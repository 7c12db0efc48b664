"""Programs with keys, and a company whose documents go out through a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from adaptors.domain.customers import rules
from adaptors.domain.transactions import exporting
from adaptors.models import Activation, ExportRule, Transaction
from arhub.domain import api_keys
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.models import Connection
from tests.adaptors.conftest import COMPANY, account_of, document_of, rules_of
from tests.ingestion.conftest import keeping_files

ROOT = "/api/hub/v1/"
JSON = "application/json"
Ask = Callable[..., Any]


@pytest.fixture
def tenant(transactional_db: None, tmp_path: Path, folders: Path) -> Iterator[Tenant]:
    """In real transactions: half of an API is what a transaction leaves."""
    with keeping_files(tmp_path / "media"):
        yield create_tenant("acme", name="Acme", **COMPANY)


@pytest.fixture
def other(tenant: Tenant) -> Tenant:
    """Another company, which has a connection of its own."""
    made = create_tenant("hidden", name="Hidden A/S", currency="EUR")
    with scope(made.pk):
        connections.create("folder", name="Hidden share", values={})
    return made


def client_of(tenant: Tenant, *scopes: str) -> Client:
    with scope(tenant.pk):
        return Client(headers={"Api-Key": api_keys.make("Shop", scopes or ("read", "write"))[1]})


@pytest.fixture
def api(tenant: Tenant) -> Client:
    return client_of(tenant)


@pytest.fixture
def post(api: Client) -> Ask:
    """post("transactions/7/resend/", reason="…") asks with a body of JSON, and gives the status and what was said."""

    def ask(path: str, key: str = "", **body: Any) -> tuple[int, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        answer = api.post(ROOT + path, body, content_type=JSON, headers=headers)
        return answer.status_code, answer.json()

    return ask


@pytest.fixture
def patch(api: Client) -> Ask:
    def ask(path: str, **body: Any) -> tuple[int, Any]:
        answer = api.patch(ROOT + path, body, content_type=JSON)
        return answer.status_code, answer.json()

    return ask


@pytest.fixture
def account(tenant: Tenant, activation: Activation, source: Any, gateway: Connection) -> Account:
    """A customer who is active, and has no documents yet."""
    with scope(tenant.pk):
        found = account_of(source)
        rules.follow(activation)
        rules.activate(activation, rules_of(activation), format="", destination=None)
        own = {"supplier_bank_branch": "0040", "supplier_bank_account": "0440116243"}
        rules.set_own(rules_of(activation).get(), own)
        return found


@pytest.fixture
def rule(account: Account, activation: Activation) -> ExportRule:
    with scope(activation.tenant_id):
        found: ExportRule = rules_of(activation).get()
        return found


def sent(activation: Activation, account: Account, number: str = "10482", **facts: Any) -> Transaction:
    """A document that was handed to its gateway, or is held."""
    with scope(activation.tenant_id):
        [row] = exporting.export(activation, [document_of(account, number, **facts).pk])
        return row


@pytest.fixture
def row(activation: Activation, account: Account) -> Transaction:
    return sent(activation, account)
