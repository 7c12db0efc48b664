"""Names that are given once."""

from __future__ import annotations

from arhub.models import Tenant
from arhub.tenancy.scope import current_tenant_id


def take_turns() -> None:
    """Whoever gives a name waits until others of the company have given theirs, so that one which looks free then is.
    Holds until the caller's transaction ends, and keeps nobody from anything else."""
    Tenant.objects.select_for_update(no_key=True).get(pk=current_tenant_id())
