"""Who belongs to a tenant and in which role. A tenant never loses its last administrator."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from arhub.domain import shares
from arhub.domain.tenants import add_member, sign_in_path
from arhub.models import Membership, Role, Tenant, User
from arhub.tenancy.scope import scope


class LastAdministratorError(ValueError):
    """What was asked for would leave the tenant without anyone who can let people in."""

    def __init__(self) -> None:
        super().__init__("This is the last administrator. Make somebody else administrator first.")


class NoLinkError(ValueError):
    """The person's account is not this tenant's alone to open."""

    def __init__(self) -> None:
        super().__init__("This person has their own sign-in already, for another company too. They sign in with it.")


class ElsewhereError(ValueError):
    """The person's account is not this tenant's to let in: whoever made it may still know the way into it."""

    def __init__(self) -> None:
        super().__init__("This address is in use for another company. Only the operator can add it here as well.")


@dataclass(frozen=True, slots=True)
class Welcome:
    """A person who was let in, and the link they sign in with the first time; none if they can sign in already."""

    user: User
    path: str | None


@transaction.atomic
def let_in(tenant: Tenant, *, email: str, name: str, role: str) -> Welcome:
    """Give a person a role. Raises LastAdministratorError when that would demote the only one, and ElsewhereError.

    Someone who belongs to no tenant any more starts anew: whoever let them in before may have their password.
    """
    email = email.lower()
    known = Membership.objects.filter(tenant=tenant, user__email=email).order_by("pk").first()
    if known is not None:
        change_role(known, role)
        return Welcome(known.user, None if known.user.has_usable_password() else new_link_or_none(known))
    user = User.objects.select_for_update().filter(email=email).first()
    if user is not None:
        if not _belongs_only_to(user, tenant):
            raise ElsewhereError
        user.set_unusable_password()
        user.name = name
        user.save(update_fields=["password", "name"])
    user = add_member(email, tenant, role, name=name)
    return Welcome(user, sign_in_path(user))


def new_link_or_none(membership: Membership) -> str | None:
    return sign_in_path(membership.user) if _belongs_only_to(membership.user, membership.tenant) else None


@transaction.atomic
def change_role(membership: Membership, role: str) -> Membership:
    """Raises LastAdministratorError, and ValueError for a word that is no role."""
    wanted = Role(role)
    if wanted is not Role.ADMINISTRATOR:
        _keep_one_administrator(membership)
    Membership.objects.filter(pk=membership.pk).update(role=wanted)
    membership.role = wanted
    return membership


@transaction.atomic
def remove(membership: Membership) -> None:
    """Take a person's access to the tenant away. Raises LastAdministratorError."""
    _keep_one_administrator(membership)
    with scope(membership.tenant_id):
        shares.forget_person(membership.user)
    membership.delete()


def new_link(membership: Membership) -> str:
    """The path of a fresh one-time link. It lets whoever has it choose the person's password, so a person who
    belongs to another tenant as well gets none from here. Raises NoLinkError."""
    if not _belongs_only_to(membership.user, membership.tenant):
        raise NoLinkError
    return sign_in_path(membership.user)


def _belongs_only_to(user: User, tenant: Tenant) -> bool:
    return not user.is_superuser and not user.memberships.exclude(tenant=tenant).exists()


def _keep_one_administrator(leaving: Membership) -> None:
    """The rows are locked, so that two administrators cannot remove each other at the same moment."""
    administrators = Membership.objects.select_for_update().filter(
        tenant_id=leaving.tenant_id, role=Role.ADMINISTRATOR, user__is_active=True
    )
    left = {membership.pk for membership in administrators.order_by("pk")}
    if leaving.pk in left and len(left) == 1:
        raise LastAdministratorError
