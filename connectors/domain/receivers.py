"""By what a partner's request is known to be for a connection: a token in the address, or the ids that it names."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction

from connectors.base import Capability
from connectors.gateways.base import Gateway
from connectors.models import Connection, Receiver
from connectors.registry import load

IN = "/in/"
TOKEN_BYTES = 24


def can_receive(connection: Connection) -> bool:
    return Capability.RECEIVE in load(connection.kind).capabilities


@transaction.atomic
def new_address(connection: Connection) -> str:
    """A new address for a connection, as a path; the old one leads nowhere from now on. It is told this once: whoever
    has it may send."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    _set(connection, f"token:{token}")
    return f"{IN}{token}"


@transaction.atomic
def keep_ids(connection: Connection) -> None:
    """Bring the ids by which requests for a connection are known in line with its settings."""
    kind = load(connection.kind)
    if can_receive(connection) and issubclass(kind, Gateway) and (ids := kind.address(connection.values)):
        _set(connection, f"{connection.kind}:{ids}")


def goes_by_ids(connection: Connection) -> bool:
    """Whether requests for it name ids, so that it has no address of its own."""
    kind = load(connection.kind)
    return issubclass(kind, Gateway) and bool(kind.address(connection.values))


def has_address(connection: Connection) -> bool:
    return Receiver.objects.filter(tenant=connection.tenant_id or 0, connection_id=connection.pk).exists()


def find(what: str) -> list[tuple[int, int]]:
    """(tenant, connection) of those that a request may be for, such as “token:…” or “as2:…”."""
    rows = Receiver.objects.filter(key=_digest(what)).order_by("id")
    return list(rows.values_list("tenant_id", "connection_id"))


def _set(connection: Connection, what: str) -> None:
    rows = Receiver.objects.filter(tenant=connection.tenant_id or 0, connection_id=connection.pk)
    rows.exclude(key=_digest(what)).delete()
    Receiver.objects.get_or_create(tenant_id=connection.tenant_id or 0, connection_id=connection.pk, key=_digest(what))


def _digest(what: str) -> str:
    return hashlib.sha256(what.encode()).hexdigest()
