"""Which gateway carries a file: that of the connection itself, or the one that it rides on.

A VANS mailbox names the connection that brings files to it. To Network looks its receiver up in the participant
directory, and takes the route that stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arhub.domain.channels import Held
from connectors.base import Connector
from connectors.domain.other_company import OtherCompany
from connectors.domain.participants import NETWORK, NoRoute, route_of
from connectors.domain.setup import connector_of
from connectors.gateways.base import Gateway
from connectors.models import Connection, Delivery, Participant
from connectors.registry import load


@dataclass(frozen=True, slots=True)
class Carriage:
    """The gateway for a file, the connection that the directory led to, and the one that carries in the end."""

    gateway: Gateway
    route: Connection | None = None
    through: Connection | None = None


def carriage_for(connection: Connection, facts: Mapping[str, str]) -> Carriage:
    """What carries a file of these facts. In the tenant's scope. Raises `Held` with what is missing."""
    if connection.kind != NETWORK:
        return _carried(connection)
    found = _routed(connection, facts)
    if isinstance(found, Connection):
        return _by(connection, found)
    return Carriage(_gateway(connector_of(connection, found)))


def carriage_before(delivery: Delivery) -> Carriage:
    """What carried a file at its last attempt: that is who can be asked, wherever the directory leads by now."""
    connection = delivery.connection
    if connection.kind != NETWORK:
        return _carried(connection)
    if delivery.route is not None:
        return _by(connection, delivery.route)
    other = OtherCompany(*delivery.facts.get("receiver", ":").split(":", 1))
    return Carriage(_gateway(connector_of(connection, other)))


def _by(connection: Connection, route: Connection) -> Carriage:
    _require_on(connection, route)
    inner = _carried(route)
    return Carriage(_gateway(connector_of(connection, inner.gateway)), route, inner.through or route)


def _carried(connection: Connection) -> Carriage:
    """The gateway of a connection, on what it names to carry for it."""
    carrier = carrier_of(connection)
    if carrier is None:
        return Carriage(_gateway(connector_of(connection)))
    _require_on(connection, carrier)
    return Carriage(_gateway(connector_of(connection, connector_of(carrier))), through=carrier)


def _require_on(connection: Connection, carrier: Connection) -> None:
    if not carrier.is_enabled:
        raise Held(f"{carrier}, through which {connection} sends, is switched off.")


def ready(connection: Connection) -> Connector:
    """The connector with what it rides on, for whatever is done without a file at hand."""
    carrier = carrier_of(connection)
    return connector_of(connection, ready(carrier) if carrier else None)


def carrier_of(connection: Connection) -> Connection | None:
    """The connection that another names to carry for it."""
    named = [one.name for one in load(connection.kind).settings if one.kind == "connection" and one.required]
    return Connection.objects.filter(pk=connection.values.get(named[0])).first() if named else None


def riders_of(connection: Connection) -> list[Connection]:
    """The connections that name this one to carry for them."""
    found = []
    for other in Connection.objects.exclude(pk=connection.pk):
        names = [one.name for one in load(other.kind).settings if one.kind == "connection"]
        if connection.pk in [other.values.get(name) for name in names]:
            found.append(other)
    return found


def _routed(connection: Connection, facts: Mapping[str, str]) -> Connection | Gateway:
    receiver = facts.get("receiver", "")
    try:
        participant = route_of(receiver)
    except NoRoute as problem:
        raise Held(str(problem)) from None
    if participant.route == Participant.Route.HUB:
        return OtherCompany(participant.scheme, participant.identifier)
    named = participant.connection_id or connection.values.get(participant.route)
    found = Connection.objects.filter(pk=named).first() if named else None
    if found is None:
        raise Held(f"{receiver} is reached by {participant.get_route_display()}, and {connection} names no connection "
                   "for that.")  # fmt: skip
    return found


def _gateway(connector: Connector) -> Gateway:
    assert isinstance(connector, Gateway)
    return connector
