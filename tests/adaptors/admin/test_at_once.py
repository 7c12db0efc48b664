"""People who do the same in the same moment: one of them does it, the others are told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from adaptors.domain import activations
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Role, Tenant
from arhub.tenancy.scope import scope

BACKEND = "django.contrib.auth.backends.ModelBackend"
PEOPLE = 4
SENT = {"_form_submitted": "on"}


def together(clients: list[Client], act: Callable[[Client], int]) -> list[int]:
    """The status of each one's answer, in the order of the numbers."""
    ready = Barrier(len(clients))

    def one(client: Client) -> int:
        ready.wait()
        try:
            return act(client)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(clients)) as pool:
        return sorted(pool.map(one, clients))


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return create_tenant("acme", name="Acme")


@pytest.fixture
def people(tenant: Tenant) -> list[Client]:
    clients = [Client() for _ in range(PEOPLE)]
    for number, client in enumerate(clients):
        client.force_login(add_member(f"m{number}@example.com", tenant, Role.MANAGER), backend=BACKEND)
    return clients


def test_one_name_is_given_once(people: list[Client]) -> None:
    entry, table = {"name": "Same"}, {"name": "Same", "default": "", "entries": "1", "key": ["a"], "value": ["b"]}

    activated = together(
        people, lambda one: one.post("/adaptors/activation/catalogue/file_invoices/", entry).status_code
    )
    added = together(people, lambda one: one.post("/adaptors/lookuptable/add/", table).status_code)

    assert (activated, added) == ([200, 200, 200, 302], [200, 200, 200, 302])


def test_one_adaptor_is_removed_once(people: list[Client], tenant: Tenant) -> None:
    with scope(tenant.pk):
        made = activations.activate("file_invoices")

    found = together(people, lambda one: one.post(f"/adaptors/activation/{made.pk}/remove/", SENT).status_code)

    assert found == [200, 404, 404, 404]
