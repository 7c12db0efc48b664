"""The preview of a customer's document."""

from __future__ import annotations

import pytest
from django.test import Client

from adaptors.domain.customers import rules
from adaptors.models import Activation, Transaction
from arhub.domain.tenants import add_member
from arhub.models import Account, Role, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.conftest import account_of, document_of, rules_of


@pytest.fixture
def account(tenant: Tenant, activation: Activation, source: Source, gateway: Connection) -> Account:
    with scope(tenant.pk):
        found = account_of(source)
        document_of(found, "here before")
        rules.follow(activation)
        rules.activate(activation, rules_of(activation), format="bis3", destination=gateway)
        document_of(found, "due"), document_of(found, "draft", is_draft=True)
        return found


def signed_in(tenant: Tenant, role: Role) -> Client:
    client = Client()
    client.force_login(
        add_member(f"{role}@example.com", tenant, role), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def test_a_preview_sends_and_stores_nothing(tenant: Tenant, activation: Activation, account: Account) -> None:
    client = signed_in(tenant, Role.VIEWER)
    answer = client.get(f"/adaptors/activation/{activation.pk}/preview/{account.pk}/")
    assert answer.context["chosen"].number in ("due", "here before")
    assert "nothing is sent" in answer.content.decode()
    with scope(tenant.pk):
        assert not Transaction.objects.exists()
    assert client.get(f"/adaptors/activation/{activation.pk}/preview/{account.pk + 99}/").status_code == 404
