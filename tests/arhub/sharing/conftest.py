"""A company of four people in the four roles, a group, a program and some connections that they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from arhub.domain import api_keys
from arhub.domain.sharing import Actor
from arhub.domain.tenants import create_tenant
from arhub.models import ApiKey, Membership, Role, Team, TeamMember, Tenant, User
from arhub.tenancy.scope import scope
from connectors.models import Connection


@dataclass
class Company:
    tenant: Tenant
    people: dict[str, User] = field(default_factory=dict)

    def asks(self, name: str) -> Actor:
        """Anew each time, as each request does."""
        return Actor.person(Membership.objects.get(tenant=self.tenant, user=self.people[name]))


def joined(tenant: Tenant, name: str, role: str) -> User:
    user = User.objects.create_user(f"{name}@{tenant.slug}.example", name=name.capitalize())
    Membership.objects.create(user=user, tenant=tenant, role=role)
    return user


@pytest.fixture
def tenant(db: None) -> Tenant:
    return create_tenant("acme", name="Acme")


@pytest.fixture
def company(tenant: Tenant) -> Iterator[Company]:
    """In the tenant's scope. Each is called as their role; `other` is a second manager."""
    people = {role: joined(tenant, role, role) for role in Role.values}
    people["other"] = joined(tenant, "other", Role.MANAGER)
    with scope(tenant.pk):
        yield Company(tenant, people)


@pytest.fixture
def thing(company: Company) -> Connection:
    return Connection.objects.create(name="Share", kind="folder", created_by=company.people["manager"])


@pytest.fixture
def team(company: Company) -> Team:
    """With the clerk in it."""
    made = Team.objects.create(name="Sales")
    TeamMember.objects.create(team=made, user=company.people["clerk"])
    return made


@pytest.fixture
def key(company: Company) -> ApiKey:
    return api_keys.make("Shop", ["read", "write"])[0]
