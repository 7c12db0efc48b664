"""Groups of a tenant's people."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from arhub.models import Membership, Team, TeamMember, User
from arhub.tenancy.scope import current_tenant_id


def people() -> QuerySet[User]:
    """Those of the tenant in context."""
    own = Membership.objects.filter(tenant=current_tenant_id()).values("user")
    return User.objects.filter(pk__in=own, is_active=True).order_by("name", "email")


@transaction.atomic
def set_members(team: Team, users: Iterable[User]) -> None:
    """Exactly these; who does not belong to the tenant is left out."""
    wanted = set(people().filter(pk__in=[user.pk for user in users]).values_list("pk", flat=True))
    team.members.exclude(user__in=wanted).delete()
    TeamMember.objects.bulk_create([TeamMember(team=team, user_id=pk) for pk in wanted], ignore_conflicts=True)


def told(team: Team) -> str:
    """What goes with a group when it is deleted, in words."""
    members, grants = team.members.count(), team.grants.count()
    if not grants:
        return f"It has {members} member{'s' * (members != 1)}, and nothing is granted to it."
    things = f"{grants} adaptors and connections" if grants > 1 else "one adaptor or connection"
    return f"Its {members} member{'s' * (members != 1)} lose what it was granted on {things}. Their own grants stay."
