"""What ends some day, such as a partner's certificate: told as an incident before it does."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from arhub.domain import incidents
from arhub.domain.each import each_in_scope
from arhub.models import Incident
from arhub.tenancy.scope import scope_all
from connectors.domain.carriers import ready
from connectors.gateways.base import Gateway
from connectors.models import Connection
from connectors.registry import CONNECTORS, load

WARN_BEFORE = timedelta(days=30)


def look(now: datetime | None = None) -> int:
    """Look at the connections of all tenants; returns how many things end soon, or have ended."""
    gateways = [kind for kind in CONNECTORS if issubclass(load(kind), Gateway)]
    with scope_all("find connections whose certificates end"):
        rows = Connection.objects.filter(kind__in=gateways, is_enabled=True).order_by("tenant_id", "id")
        found = list(rows.values_list("tenant_id", "pk"))
    return each_in_scope(found, lambda pk: _look_at(pk, now or timezone.now()), "Expiries of connection")


def _look_at(pk: int, now: datetime) -> int:
    connection = Connection.objects.get(pk=pk)
    gateway, soon = ready(connection), 0
    assert isinstance(gateway, Gateway)
    for whose, until in gateway.expiries():
        key = f"expiry:{connection.pk}:{whose}"[:200]
        if until - now > WARN_BEFORE:
            incidents.settle(key, f"{whose} is valid until {until:%Y-%m-%d}.")
            continue
        soon += 1
        ends = f"expires on {until:%Y-%m-%d}" if until > now else f"expired on {until:%Y-%m-%d}"
        incidents.report(
            key, kind=Incident.Kind.EXPIRING, subject=connection.name, text=f"{whose} {ends}: agree on a new one.",
            thing=connection, url=reverse("admin:connectors_connection_change", args=[connection.pk]),
        )  # fmt: skip
    return soon
