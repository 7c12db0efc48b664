"""A tenant in context, with connections of three kinds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from adaptors.domain import activations
from adaptors.models import Activation
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Role, Source, Tenant, User
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.sample_formats import sample_formats
from tests.adaptors.world import connection

__all__ = ["sample_formats"]


@dataclass(frozen=True)
class Company:
    tenant: Tenant
    user: User
    dinero: Connection
    gateway: Connection
    files: Source


@pytest.fixture
def company(db: None) -> Iterator[Company]:
    tenant = create_tenant("acme", name="Acme A/S", currency="DKK")
    user = add_member("mia@example.com", tenant, Role.MANAGER, name="Mia")
    with scope(tenant.pk):
        dinero, gateway = connection("dinero", "Dinero DK", source=True), connection("sftp", "Partner's server")
        yield Company(tenant, user, dinero, gateway, Source.objects.get(kind=Source.Kind.UPLOAD))


@pytest.fixture
def activation(company: Company) -> Activation:
    return activations.activate("dinero_invoices", user=company.user)
