"""What a caller of the API may do: "read" or "write" everything, or one resource, as in "accounts:read"."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings

from arhub.models import Membership, Role

ACTIONS = ("read", "write")


def known_scopes() -> list[str]:
    """Every scope a key can have, the general ones first."""
    return [*ACTIONS, *(f"{resource}:{action}" for resource in settings.API_RESOURCES for action in ACTIONS)]


def covers(scopes: Collection[str], resource: str, action: str) -> bool:
    return action in scopes or f"{resource}:{action}" in scopes


def scopes_of(membership: Membership) -> list[str]:
    """What a person who is signed in may do through the API: what their role may do on the screens."""
    found = ["read"]
    for role, resources in settings.API_WRITERS.items():
        if membership.allows(Role(role)):
            found += [f"{resource}:write" for resource in resources]
    return found
