"""A program with a key, and a tenant with a connection to the sample system."""

from __future__ import annotations

import pytest
from django.test import Client

from arhub.domain import api_keys
from arhub.models import Tenant
from arhub.tenancy.scope import scope
from tests.connectors.domain.conftest import accounts, connection, running, sample_is_registered, tenant

__all__ = ["accounts", "connection", "running", "sample_is_registered", "tenant"]


@pytest.fixture
def api(tenant: Tenant) -> Client:
    with scope(tenant.pk):
        return Client(headers={"Api-Key": api_keys.make("Shop", ("read", "write"))[1]})
