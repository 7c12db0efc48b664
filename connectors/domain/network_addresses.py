"""Under which endpoints the companies of this hub take documents from each other."""

from __future__ import annotations

from arhub.tenancy.scope import scope_all
from connectors.models import NetworkAddress


def tenant_of(scheme: str, identifier: str) -> tuple[int, int] | None:
    """Tenant and inbox that have an endpoint."""
    with scope_all("find the company that has an endpoint"):
        rows = NetworkAddress.objects.filter(scheme=scheme, identifier__iexact=identifier)
        found: tuple[int, int] | None = rows.values_list("tenant_id", "inbox_id").first()
        return found
