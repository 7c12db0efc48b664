"""The tab *Documents*: what goes out, why the rest does not, and export by hand."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from adaptors.domain import rules
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


def test_each_document_says_what_happens(tenant: Tenant, activation: Activation, account: Account) -> None:
    client = signed_in(tenant, Role.VIEWER)
    page = client.get(f"/adaptors/activation/{activation.pk}/change/?tab=documents").content.decode()
    for text in ("It goes with the next run.", "It was in the hub before, and nobody asked for it.", "It is a draft"):
        assert text in page
    assert 'name="document"' not in page
    narrowed = client.get(f"/adaptors/activation/{activation.pk}/change/?tab=documents&number=due&customer=Customer")
    assert [row["document"].number for row in narrowed.context["rows"]] == ["due"]
    wrong = client.get(f"/adaptors/activation/{activation.pk}/change/?tab=documents&first=yesterday")
    assert "found “yesterday”" in wrong.content.decode()


def test_a_clerk_exports_what_was_passed_over_and_no_draft(
    tenant: Tenant, activation: Activation, account: Account
) -> None:
    with scope(tenant.pk):
        ids = {one.number: one.pk for one in account.documents.all()}  # type: ignore[attr-defined]
    client = signed_in(tenant, Role.CLERK)
    answer = client.post(
        f"/adaptors/activation/{activation.pk}/documents/",
        {"document": [ids["here before"], ids["draft"]]},
        follow=True,
    )
    told = [str(message) for message in answer.context["messages"]]
    with scope(tenant.pk):
        rows: Any = list(Transaction.objects.values_list("number", flat=True))
    assert rows == ["here before"]
    assert any("1 not exported. It is a draft" in one for one in told)


def test_who_only_looks_exports_nothing(tenant: Tenant, activation: Activation, account: Account) -> None:
    client = signed_in(tenant, Role.VIEWER)
    assert client.post(f"/adaptors/activation/{activation.pk}/documents/", {"document": ["1"]}).status_code == 403


def test_a_preview_sends_and_stores_nothing(tenant: Tenant, activation: Activation, account: Account) -> None:
    client = signed_in(tenant, Role.VIEWER)
    answer = client.get(f"/adaptors/activation/{activation.pk}/preview/{account.pk}/")
    assert answer.context["chosen"].number in ("due", "here before")
    assert "nothing is sent" in answer.content.decode()
    with scope(tenant.pk):
        assert not Transaction.objects.exists()
    assert client.get(f"/adaptors/activation/{activation.pk}/preview/{account.pk + 99}/").status_code == 404
