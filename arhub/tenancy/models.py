"""Bases of tenant-owned models. Each concrete one needs EnableRLS in its migration; a system check insists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from arhub.tenancy.context import tenant_id_or_none
from arhub.tenancy.managers import TenantManager

if TYPE_CHECKING:
    from collections.abc import Collection


class _Owned(models.Model):
    """Fills in the tenant, and lets forms check constraints that begin with it."""

    tenant_id: int | None
    objects = TenantManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._fill_tenant()
        super().save(*args, **kwargs)

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        self._fill_tenant()
        super().full_clean(*args, **kwargs)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """A form leaves `tenant` out, and Django skips every constraint that has a field which was left out."""
        self._fill_tenant()
        super().validate_constraints(exclude=set(exclude or ()) - {"tenant"})

    def _fill_tenant(self) -> None:
        """For an object that was made outside the scope it is saved in; the field's default does the others."""
        if self.tenant_id is None:
            self.tenant_id = tenant_id_or_none()


class TenantModel(_Owned):
    tenant = models.ForeignKey(
        "arhub.Tenant", on_delete=models.PROTECT, editable=False, default=tenant_id_or_none, related_name="+"
    )

    class Meta:
        abstract = True


class BulkTenantModel(_Owned):
    """For tables that take millions of rows: no foreign key on the tenant, since the row policy already refuses
    any other tenant and the key's trigger would run per row; no index either, every index begins with tenant."""

    tenant = models.ForeignKey(
        "arhub.Tenant",
        on_delete=models.PROTECT,
        editable=False,
        default=tenant_id_or_none,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        abstract = True
