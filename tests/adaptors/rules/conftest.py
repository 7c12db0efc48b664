"""The screens of adaptors, over the small company of `tests/adaptors/conftest.py`; another tenant must stay hidden."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from adaptors.domain.customers import rules
from adaptors.models import Activation, ExportRule
from arhub.domain.tenants import create_tenant
from arhub.models import Source, Tenant
from arhub.tenancy.scope import scope
from tests.adaptors.conftest import account_of, rules_of
from tests.arhub.admin.conftest import SignIn, sign_in

__all__ = ["sign_in"]


@pytest.fixture
def client(tenant: Tenant, sign_in: SignIn) -> Client:
    return sign_in(tenant, role="manager")


@pytest.fixture
def bis3(activation: Activation) -> Activation:
    """The activation, with the format Peppol BIS Billing 3.0."""
    with scope(activation.tenant_id):
        Activation.objects.update(format="bis3", customer={"customer_buyer_reference": "Purchasing"})
    activation.format, activation.customer = "bis3", {"customer_buyer_reference": "Purchasing"}
    return activation


@pytest.fixture
def three(bis3: Activation, source: Source) -> list[ExportRule]:
    """The rules of Anna, who is ready, Bo, whose country is missing, and Carl."""
    with scope(bis3.tenant_id):
        account_of(source, "1", name="Anna Pumps")
        account_of(source, "2", name="Bo Valves", country="", city="")
        account_of(source, "3", name="Carl Pipes", gln="5790000435951")
        rules.follow(bis3)
        return list(rules_of(bis3).select_related("account").order_by("account__number"))


@pytest.fixture
def hidden(bis3: Activation) -> ExportRule:
    """A rule of another company."""
    tenant = create_tenant("other", name="Other")
    with scope(tenant.pk):
        source = Source.objects.select_related("ledger").get(kind=Source.Kind.UPLOAD)
        account_of(source, "9", name="Stranger")
        activation = Activation.objects.create(adaptor="file_invoices", name="Hidden", source=source, format="bis3")
        rules.follow(activation)
        rule: Any = rules_of(activation).get()
        return rule
