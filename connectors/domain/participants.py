"""The directory of participants: who can be reached electronically, under which endpoint and by which network."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from arhub.domain import search
from connectors.base import Capability
from connectors.domain.endpoints import Endpoint, NotAnEndpoint, checked, endpoint_of
from connectors.models import Connection, Participant
from connectors.registry import CONNECTORS, load

Route = Participant.Route

ROUTES = (Route.HUB, Route.PEPPOL, Route.NEMHANDEL, Route.VANS)
"""In which order they are taken, where somebody is reached by several: what is nearest first."""
NETWORK = "network"
"""The kind of the connection that chooses among the others by this directory; it is never a way itself."""
NOT_LOOKED_UP: Mapping[str, Any] = {
    "is_registered": None, "looked_up_at": None, "look_up_text": "", "document_types": [],
}  # fmt: skip


class NotAParticipant(Exception):
    """What was given makes none; `field` is the one it is about."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class NoRoute(Exception):
    """Nobody knows how to reach a receiver; the text says so."""


def add(given: Mapping[str, Any]) -> Participant:
    """Take somebody in. `given` has the texts endpoint and name, and may have the rest of `fields_of`. Raises
    `NotAParticipant`."""
    return change(Participant(), {"endpoint": "", "name": "", **given})


def change(participant: Participant, given: Mapping[str, Any]) -> Participant:
    """Change what is given. Under another endpoint or route nothing is known of the look-up any more. Raises
    `NotAParticipant`."""
    before = _reached(participant)
    for name, value in _fields(participant, given).items():
        setattr(participant, name, value)
    if _reached(participant) != before:
        for name, value in NOT_LOOKED_UP.items():
            setattr(participant, name, value)
    return _stored(participant)


def check(participant: Participant, given: Mapping[str, Any]) -> None:
    """Raise the `NotAParticipant` that `change` would."""
    fields = _fields(participant, given)
    reached = {name: fields.get(name, getattr(participant, name)) for name in ("scheme", "identifier", "route")}
    if Participant.objects.filter(**reached).exclude(pk=participant.pk).exists():
        raise _known_already(Participant(**reached))


def remove(participant: Participant) -> None:
    participant.delete()


def fields_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The model's fields for what is given by name: the texts endpoint, name, country, registration_number, vat_number
    and route, and a connection or None. What is left out is left out. Raises `NotAParticipant`."""
    found: dict[str, Any] = {}
    if "endpoint" in given:
        endpoint = _endpoint(given["endpoint"])
        found |= {"scheme": endpoint.scheme, "identifier": endpoint.identifier}
    found |= {name: read(str(given[name])) for name, read in _READ.items() if name in given}
    if "connection" in given:
        connection, route = given["connection"], found.get("route", Route.PEPPOL)
        _check_way(connection, route)
        found["connection"] = connection
    return found


def find(scheme: str, identifier: str) -> list[Participant]:
    """Everybody who is known under an endpoint: one for each route, the first of `ROUTES` first. Raises
    `NotAnEndpoint`."""
    return _known(checked(scheme, identifier))


def route_of(receiver: str) -> Participant:
    """By which route, and through which connection, a receiver such as 0184:12345674 is reached. Raises `NoRoute`."""
    try:
        endpoint = endpoint_of(receiver)
    except NotAnEndpoint as problem:
        raise NoRoute(f"The receiver cannot be reached. {problem}") from problem
    known = _known(endpoint)
    if not known:
        raise NoRoute(f"Nobody is known under {endpoint}. Add them under Connections, Participants.")
    return known[0]


def routes_of(receivers: Collection[str]) -> dict[str, Participant]:
    """The same for many at once, by receiver; those who are not known are left out. One query."""
    asked = {text: endpoint for text in receivers if (endpoint := _endpoint_or_none(text))}
    rows = Participant.objects.filter(identifier__in={one.identifier for one in asked.values()})
    known: dict[tuple[str, str], list[Participant]] = {}
    for row in rows.select_related("connection"):
        known.setdefault((row.scheme, row.identifier), []).append(row)
    found = {text: known.get((one.scheme, one.identifier)) for text, one in asked.items()}
    return {text: min(rows, key=_by_route) for text, rows in found.items() if rows}


def _endpoint_or_none(text: str) -> Endpoint | None:
    try:
        return endpoint_of(text)
    except NotAnEndpoint:
        return None


def _by_route(participant: Participant) -> int:
    return ROUTES.index(Route(participant.route))


def ways() -> list[Connection]:
    """The connections that may be the way to a participant."""
    return [one for one in Connection.objects.order_by("name") if _carries(one)]


def begins(term: str) -> Q:
    """The condition that an id or the name begins with the term; a whole endpoint is one too."""
    scheme, colon, rest = term.strip().partition(":")
    if colon and scheme.isdigit():
        return Q(scheme=scheme) & _beginning("identifier", _plain(rest))
    found = search.begins("name_lower", term)
    if plain := _plain(term):
        found |= _beginning("identifier", plain)
    if number := number_of(term):
        found |= _beginning("registration_number", number) | _beginning("vat_number", number)
    return found


def number_of(text: str) -> str:
    """The number of a register, as it is stored: with or without blanks, full stops and hyphens it is the same."""
    return re.sub(r"[\s.\-]", "", text).upper()


def _fields(participant: Participant, given: Mapping[str, Any]) -> dict[str, Any]:
    """The way is looked at as a whole: a route or a connection that is not given is the one it has."""
    return fields_of({"route": participant.route, "connection": participant.connection, **given})


def _known(endpoint: Endpoint) -> list[Participant]:
    rows = Participant.objects.filter(scheme=endpoint.scheme, identifier=endpoint.identifier)
    return sorted(rows.select_related("connection"), key=_by_route)


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text).upper()


def _beginning(column: str, prefix: str) -> Q:
    """Of a column in capitals and collation C."""
    above = search.next_prefix(prefix)
    found = Q(**{f"{column}__gte": prefix})
    return found & Q(**{f"{column}__lt": above}) if above else found


def _endpoint(text: str) -> Endpoint:
    try:
        return endpoint_of(text)
    except NotAnEndpoint as problem:
        raise NotAParticipant("endpoint", str(problem)) from problem


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > 255 or not name.isprintable():
        found = f"{len(name)} characters" if name.isprintable() else "characters that cannot be shown"
        raise NotAParticipant("name", f"Expected a name of 1 to 255 characters, found {found if name else 'none'}.")
    return name


def _country(text: str) -> str:
    code = text.strip().upper()
    if code and not re.fullmatch(r"[A-Z]{2}", code):
        raise NotAParticipant("country", f"Expected a country of two letters such as DK, found “{code[:20]}”.")
    return code


def _number(name: str, label: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        number = number_of(text)
        if len(number) > 40 or not number.isprintable():
            raise NotAParticipant(name, f"Expected a {label} of at most 40 characters, found “{number[:20]}…”.")
        return number

    return read


def _route(text: str) -> str:
    word = text.strip().lower() or Route.PEPPOL
    if word not in Route.values:
        expected = ", ".join(Route.values)
        raise NotAParticipant("route", f"Expected one of the routes {expected}, found “{word[:20]}”.")
    return str(word)


_READ: Mapping[str, Callable[[str], str]] = {
    "name": _name,
    "country": _country,
    "registration_number": _number("registration_number", "registration number"),
    "vat_number": _number("vat_number", "VAT number"),
    "route": _route,
}


def _check_way(connection: Connection | None, route: str) -> None:
    if connection is None:
        return
    if route == Route.HUB:
        raise NotAParticipant("connection", "Another company of this hub is reached without a connection.")
    if not _carries(connection):
        raise NotAParticipant("connection", f"Expected a connection that delivers files, found {connection}.")


def _carries(connection: Connection) -> bool:
    if connection.kind == NETWORK or connection.kind not in CONNECTORS:
        return False
    return Capability.DELIVER in load(connection.kind).capabilities


def _reached(participant: Participant) -> Iterable[str]:
    return participant.scheme, participant.identifier, participant.route


def _stored(participant: Participant) -> Participant:
    try:
        with transaction.atomic():
            participant.save()
    except IntegrityError as error:
        raise _known_already(participant) from error
    return participant


def _known_already(participant: Participant) -> NotAParticipant:
    route = Route(participant.route).label
    return NotAParticipant("endpoint", f"{participant.endpoint} is known already, reached by {route}.")
