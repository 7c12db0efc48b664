"""Making tenants and people."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from arhub.models import Ledger, Membership, Role, Source, Tenant, User
from arhub.tenancy.scope import scope, scope_all

UPLOADS = "Uploaded files"


class SignInTokenGenerator(PasswordResetTokenGenerator):
    """Tokens of one-time sign-in links: void after the first use, a new password or three days."""

    key_salt = "arhub.domain.tenants.SignInTokenGenerator"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        """With the tenants: a link made while the person belonged to one alone opens no other one later."""
        tenants = user.memberships.order_by("tenant_id").values_list("tenant_id", flat=True)
        return f"{super()._make_hash_value(user, timestamp)}{','.join(map(str, tenants))}"


sign_in_tokens = SignInTokenGenerator()


def create_tenant(slug: str, **facts: str) -> Tenant:
    """A tenant with its default ledger and the source that uploads belong to."""
    with scope_all("create a tenant"):
        tenant = Tenant.objects.create(slug=slug, **{"name": slug, **facts})
    with scope(tenant.pk):
        ledger = Ledger.objects.create(name="Main ledger", is_default=True)
        Source.objects.create(name=UPLOADS, kind=Source.Kind.UPLOAD, ledger=ledger)
    return tenant


def tenant_by_slug(slug: str) -> Tenant:
    """Raises Tenant.DoesNotExist."""
    with scope_all("find a tenant by its short name"):
        return Tenant.objects.get(slug=slug)


@transaction.atomic
def add_member(email: str, tenant: Tenant, role: str, *, name: str = "") -> User:
    """Give a person a role in a tenant. Someone new gets no password: they sign in by a link first."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email, name=name)
    Membership.objects.update_or_create(user=user, tenant=tenant, defaults={"role": Role(role)})
    return user


def sign_in_path(user: User) -> str:
    """The path of a link that signs a person in once."""
    return f"/sign-in/{urlsafe_base64_encode(force_bytes(user.pk))}/{sign_in_tokens.make_token(user)}/"
