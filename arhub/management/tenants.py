"""The tenant that a command is for."""

from __future__ import annotations

from django.core.management.base import CommandError

from arhub.domain.tenants import tenant_by_slug
from arhub.models import Tenant


def tenant_named(slug: str, *, returncode: int = 1) -> Tenant:
    """Raises CommandError with the exit code."""
    try:
        return tenant_by_slug(slug)
    except Tenant.DoesNotExist as error:
        raise CommandError(f"There is no tenant {slug}. Make it with create_tenant.", returncode=returncode) from error
