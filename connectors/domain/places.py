"""Where a connection leads: its settings that decide who gets what it carries, and those of what it goes through."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.crypto import salted_hmac

from connectors.domain.carriers import carrier_of
from connectors.domain.participants import NETWORK, routes_of
from connectors.domain.setup import secrets_of
from connectors.models import Connection, Participant
from connectors.registry import load

LONGEST = 200
PACES = ("bool", "number")
"""Kinds of settings that say how, not where."""


def labels_of(kind: str) -> dict[str, str]:
    """The settings of a kind of connection that lead somewhere, with what they are called. Most secrets are none: they
    open the door of a place that another setting names."""
    return {
        one.name: f"{one.group}: {one.label}" if one.group else one.label
        for one in load(kind).settings if one.decides or (not one.is_secret and one.kind not in PACES)
    }  # fmt: skip


def marks_of(kind: str, secrets: Mapping[str, Any]) -> dict[str, str]:
    """What stands for the secrets that lead somewhere: another secret has another mark, which tells nothing of it."""
    names = [one.name for one in load(kind).settings if one.decides and secrets.get(one.name)]
    marks = {name: salted_hmac("connectors.places", str(secrets[name]), algorithm="sha256") for name in names}
    return {name: f"secret, mark {mark.hexdigest()[:32]}" for name, mark in marks.items()}


def places_of(connection: Connection) -> dict[str, str]:
    """What is filled in, by label; of what carries for it too."""
    values: dict[str, Any] = {one.name: one.default for one in load(connection.kind).settings} | connection.values
    if any(one.decides for one in load(connection.kind).settings):
        values |= marks_of(connection.kind, secrets_of(connection))
    own = {label: told(values[name]) for name, label in labels_of(connection.kind).items() if values.get(name)}
    carrier = carrier_of(connection)
    return own | ({f"Through it, {label}": value for label, value in places_of(carrier).items()} if carrier else {})


def told(value: Any) -> str:
    """A value as it is kept and shown: of a long one, such as a certificate, its digest."""
    text = str(value or "")
    return text if len(text) <= LONGEST else f"SHA-256 {hashlib.sha256(text.encode()).hexdigest()}"


class Ways:
    """Where the connections of some documents lead, each looked up once: `prepare` asks for the routes of the
    directory all at once."""

    def __init__(self) -> None:
        self._places: dict[int, dict[str, str]] = {}
        self._routes: dict[str, Participant] = {}
        self._connections: dict[int, Connection | None] = {}

    def prepare(self, asked: Iterable[tuple[Connection, str]]) -> None:
        """The connections with the receivers of what goes over them."""
        receivers = {receiver for connection, receiver in asked if connection.kind == NETWORK and receiver}
        if receivers:
            self._routes |= routes_of(receivers)

    def route(self, connection: Connection, receiver: str) -> tuple[str, Connection | None]:
        """By what the directory brings it there, in words, and the connection that it names."""
        found = self._routes.get(receiver) if connection.kind == NETWORK else None
        if found is None:
            return "", None
        named = found.connection_id or connection.values.get(found.route)
        return str(found.get_route_display()), self._connection(int(named)) if named else None

    def places(self, connection: Connection) -> dict[str, str]:
        """As it is stored now: whoever has it at hand may have read it a while ago."""
        if connection.pk not in self._places:
            self._places[connection.pk] = places_of(self._connection(connection.pk) or connection)
        return self._places[connection.pk]

    def _connection(self, pk: int) -> Connection | None:
        if pk not in self._connections:
            self._connections[pk] = Connection.objects.filter(pk=pk).first()
        return self._connections[pk]
