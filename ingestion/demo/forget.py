"""Take a tenant that was left half made out again."""

from __future__ import annotations

from django.db import IntegrityError, connection, transaction

from arhub.models import Membership, Tenant
from arhub.tenancy.checks import tenant_tables
from arhub.tenancy.scope import scope_all


def forget(tenant: Tenant) -> None:
    """Delete all rows of a tenant: tables that others refer to after those, in as many passes as that takes."""
    own = Tenant._meta.db_table
    with scope_all("take out a tenant that was left half made"):
        Membership.objects.filter(tenant=tenant).delete()
        waiting = [table for table in tenant_tables() if table != own]
        while waiting:
            left = [table for table in waiting if not _empty(table, tenant.pk)]
            if left == waiting:
                raise IntegrityError(f"Rows of {tenant.slug} hold each other in {', '.join(left)}.")
            waiting = left
        Tenant.objects.filter(pk=tenant.pk)._raw_delete(connection.alias)


def _empty(table: str, tenant_id: int) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute(f"delete from {table} where tenant_id = %s", [tenant_id])
    except IntegrityError:
        return False
    return True
