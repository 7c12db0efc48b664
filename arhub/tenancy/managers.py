"""Default managers of tenant-owned models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import FullResultSet
from django.db import models
from django.db.models.expressions import Expression

from arhub.tenancy.context import ALL, NoTenant, current

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

Model = TypeVar("Model", bound=models.Model)


class CurrentTenant(Expression):
    """The tenant in context, asked when the SQL is written. A query set made at import time, in a form field
    or a view's class, so belongs to whoever runs it, and running it without a tenant raises NoTenant."""

    output_field = models.BigIntegerField()

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted = wanted

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        choice = current()
        if choice is ALL:
            raise FullResultSet  # Django leaves the whole condition out
        if not isinstance(choice, int):
            raise NoTenant(self.wanted)
        return "%s", (choice,)


class TenantQuerySet(models.QuerySet[Model]):
    """A query set of a tenant-owned model, for subclassing."""

    def none(self) -> TenantQuerySet[Model]:
        """Needs no tenant: with the condition that nothing meets in front, the tenant is never asked for."""
        empty = super().none()
        empty.query.where.children.reverse()
        return empty


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """Sees the rows of the tenant in context; all rows inside scope_all; raises NoTenant without either."""

    def get_queryset(self) -> TenantQuerySet[Any]:
        return super().get_queryset().filter(tenant_id=CurrentTenant(self.model.__name__))
