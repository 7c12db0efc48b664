"""Stored credentials as a whole: the canary, and encrypting them all with the newest key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from arhub.models import SecretCanary, Tenant
from arhub.secrets import Secret, SecretField, Unreadable
from arhub.secrets.cipher import key_ids
from arhub.secrets.fields import has_tenant
from arhub.tenancy.scope import scope, scope_all

Outcome = bool | str  # whether it was encrypted anew, or why it cannot be
CANARY = "This one is no secret."
BATCH = 500


@dataclass(frozen=True, slots=True)
class Rotated:
    """What was done to one field: values seen, those encrypted anew, and why the others could not be."""

    field: str
    seen: int
    renewed: int
    unreadable: tuple[str, ...]


def plant_canary() -> None:
    """Make sure that there is one, so that keys which go missing later are noticed at the next start."""
    SecretCanary.objects.get_or_create(pk=1, defaults={"value": Secret(CANARY)})


def rotate_secrets(models_with_secrets: Iterable[type[models.Model]] | None = None) -> Iterator[Rotated]:
    """Encrypt what was not encrypted with the newest key anew: field by field, tenant by tenant, in transactions of
    some hundred rows. Stopped anywhere, it may be run again. The canary comes last: it falls over when an old key is
    taken away too soon."""
    found = apps.get_models() if models_with_secrets is None else models_with_secrets
    plant_canary()
    for model in sorted(found, key=lambda one: one is SecretCanary):
        if model._meta.managed and not model._meta.proxy:
            for field in model._meta.local_concrete_fields:
                if isinstance(field, SecretField):
                    yield _rotate(model, field)


def removable_keys() -> list[str]:
    """The ids of the keys nothing needs any more after a rotation in which everything could be read."""
    return key_ids()[1:]


def _rotate(model: type[models.Model], field: SecretField) -> Rotated:
    seen, renewed, unreadable = 0, 0, list[str]()
    for row, outcome in _outcomes(model, field):
        seen += 1
        renewed += outcome is True
        if isinstance(outcome, str):
            unreadable.append(f"{model._meta.verbose_name} {row}: {outcome}")
    return Rotated(f"{model._meta.label}.{field.name}", seen, renewed, tuple(unreadable))


def _outcomes(model: type[models.Model], field: SecretField) -> Iterator[tuple[Any, Outcome]]:
    for tenant_id in _tenants() if has_tenant(model) else [None]:
        after = None
        while batch := _renew_batch(model, field, tenant_id, after):
            yield from batch
            after = batch[-1][0]


def _tenants() -> list[int]:
    with scope_all("list tenants whose secrets are to be encrypted anew"):
        return list(Tenant.objects.order_by("pk").values_list("pk", flat=True))


def _renew_batch(
    model: type[models.Model], field: SecretField, tenant_id: int | None, after: Any
) -> list[tuple[Any, Outcome]]:
    """The rows that follow, by key; empty at the end."""
    with transaction.atomic() if tenant_id is None else scope(tenant_id):
        rows = model._base_manager.order_by("pk")
        if tenant_id is not None:
            rows = rows.filter(tenant_id=tenant_id)
        if after is not None:
            rows = rows.filter(pk__gt=after)
        return [(row.pk, _renew(row, field)) for row in rows[:BATCH]]


def _renew(row: models.Model, field: SecretField) -> Outcome:
    """Past the row's save(), and only if the value is still the one that was read: somebody may be changing it."""
    secret: Secret = getattr(row, field.attname)
    try:
        renewed = secret.resealed()
    except Unreadable as error:
        return str(error)
    if renewed is None:
        return False
    table, column, key = (connection.ops.quote_name(name) for name in _names(row, field))
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {table} set {column} = %s where {key} = %s and {column} = %s", [renewed, row.pk, secret.sealed()]
        )
        return cursor.rowcount > 0


def _names(row: models.Model, field: SecretField) -> tuple[str, str, str]:
    return row._meta.db_table, str(field.column), str(row._meta.pk.column)  # type: ignore[union-attr]
