"""A connection as its connector sees it: settings decrypted, a memory of its own, a pace that all processes keep."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils import timezone

from arhub.models import Tenant
from arhub.secrets.masking import remember
from arhub.tenancy.scope import scope, scope_all
from connectors.base import PARCEL, STEP, Connector, Setup
from connectors.models import Connection, ConnectionMemory, ConnectionPace, Delivery
from connectors.registry import load

SIDE = "side"
PARCEL_DAYS = 90
"""Longer than anything that was sent is tried, or looked up, or left to a person."""
MARGIN = 1.02
"""Requests go out a little slower than allowed: on their way they may come closer together."""


class Memory:
    """A `Store` on the side connection: what is remembered stays, whatever becomes of the caller's transaction."""

    def __init__(self, tenant_id: int, connection_id: int) -> None:
        self._tenant_id, self._connection_id = tenant_id, connection_id

    def get(self, name: str) -> Any:
        with scope(self._tenant_id, using=SIDE):
            row = self._rows().filter(name=name).first()
            return json.loads(row.value.reveal()) if row else None

    def put(self, name: str, value: Any) -> None:
        with scope(self._tenant_id, using=SIDE):
            if value is None:
                self._rows().filter(name=name).delete()
                return
            row = ConnectionMemory(
                tenant_id=self._tenant_id, connection_id=self._connection_id, name=name, value=json.dumps(value),
                stored_at=timezone.now(),
            )  # fmt: skip
            ConnectionMemory.objects.using(SIDE).bulk_create(
                [row], update_conflicts=True, unique_fields=["tenant", "connection", "name"],
                update_fields=["value", "stored_at"],
            )  # fmt: skip

    def _rows(self) -> Any:
        return ConnectionMemory.objects.using(SIDE).filter(connection=self._connection_id)


class SharedPace:
    """A `Pace` that gives each request its own moment, one after the other: however many processes ask, and however
    often one of them dies, no minute holds more than the limit."""

    def __init__(self, tenant_id: int, connection_id: int, per_minute: int) -> None:
        self._tenant_id, self._connection_id = tenant_id, connection_id
        self._seconds = 60 / per_minute * MARGIN if per_minute else 0.0

    def wait(self) -> None:
        if self._seconds and (seconds := self._take_turn()) > 0:
            time.sleep(seconds)

    def _take_turn(self) -> float:
        """Seconds until the moment that is ours."""
        table = ConnectionPace._meta.db_table
        with scope(self._tenant_id, using=SIDE), connections[SIDE].cursor() as cursor:
            cursor.execute(
                f"insert into {table} (tenant_id, connection_id, free_at)"
                " values (%(tenant)s, %(connection)s, clock_timestamp() + %(gap)s * interval '1 second')"
                " on conflict (connection_id) do update set"
                f" free_at = greatest({table}.free_at, clock_timestamp()) + %(gap)s * interval '1 second'"
                " returning extract(epoch from free_at - clock_timestamp()) - %(gap)s",
                {"tenant": self._tenant_id, "connection": self._connection_id, "gap": self._seconds},
            )
            return float(cursor.fetchone()[0])


def forget_parcels() -> int:
    """Forget how far parcels had come that were settled long ago: nobody asks after them any more."""
    with scope_all("forget what was remembered of parcels"):
        long_ago = timezone.now() - timedelta(days=PARCEL_DAYS)
        return ConnectionMemory.objects.filter(name__startswith=PARCEL, stored_at__lt=long_ago).delete()[0]


def forget_steps(deliveries: Sequence[Delivery]) -> None:
    """Forget how far some parcels had come, in the transaction that stores where they are: not a moment before."""
    by = {pk for one in deliveries for pk in (one.connection_id, one.route_id, one.through_id) if pk is not None}
    names = [f"{STEP}{one.outbound.identity}"[:80] for one in deliveries]
    ConnectionMemory.objects.filter(connection__in=by, name__in=names).delete()


def connector_of(connection: Connection, carrier: Connector | None = None) -> Connector:
    """The connector, set up for a connection. In the tenant's scope. `carrier` is what it rides on, where it does."""
    return _made(connection, secrets_of(connection), carrier)


def composer_of(connection: Connection) -> Connector:
    """The connector without its secrets, for what asks nobody."""
    return _made(connection, {}, None)


def _made(connection: Connection, secrets: dict[str, str], carrier: Connector | None) -> Connector:
    kind = load(connection.kind)
    values = {setting.name: setting.default for setting in kind.settings} | connection.values | secrets
    assert connection.tenant_id is not None
    pace = SharedPace(connection.tenant_id, connection.pk, kind.requests_per_minute(values))
    memory = Memory(connection.tenant_id, connection.pk)
    return kind(Setup(values, memory, pace, home_of(connection.tenant_id), carrier))


def home_of(tenant_id: int) -> Path:
    """The folder of this machine that is a tenant's own."""
    return Path(settings.FOLDERS, Tenant.objects.values_list("slug", flat=True).get(pk=tenant_id))


def secrets_of(connection: Connection) -> dict[str, str]:
    """By the names of their settings. From now on this process masks each of them in what it stores and logs."""
    found: dict[str, str] = json.loads(connection.secrets.reveal() or "{}")
    for secret in found.values():
        remember(secret)
    return found
