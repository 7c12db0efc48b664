"""Importing participants: first what a file would change, field by field; then exactly that, or nothing.

Nobody is removed by a file. A column that it does not have is left alone; an empty cell empties the field. A number of
queries that does not grow with the rows.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from connectors.domain.endpoints import Endpoint, NotAnEndpoint, endpoint_of
from connectors.domain.participant_files import Row
from connectors.domain.participants import NotAParticipant, fields_of, ways
from connectors.models import Connection, Participant

NEW, CHANGED, UNCHANGED, REFUSED = STATES = ("new", "changed", "unchanged", "refused")
_FIELDS = ("name", "country", "registration_number", "vat_number", "connection")
_BATCH = 2_000

Key = tuple[str, str, str]
"""Scheme, identifier and route: what a participant is known by once."""


class ChangedMeanwhile(Exception):
    """The directory is not what it was when a person looked at what a file would change."""


@dataclass(frozen=True, slots=True)
class Difference:
    field: str
    before: str
    after: str

    @property
    def label(self) -> str:
        return str(Participant._meta.get_field(self.field).verbose_name)  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Step:
    """What a row comes to. `participant` has the new values; `differences` are those of one that was known."""

    row: Row
    state: str
    participant: Participant | None = None
    differences: Sequence[Difference] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    steps: list[Step]

    @property
    def counts(self) -> Counter[str]:
        """How many rows come to each state."""
        return Counter(step.state for step in self.steps)

    @property
    def to_write(self) -> int:
        return len(self.of(NEW)) + len(self.of(CHANGED))

    @property
    def digest(self) -> str:
        """The same for two plans that do the same."""
        told = [
            [step.row.line, step.state, step.reason, [[one.field, one.before, one.after] for one in step.differences]]
            for step in self.steps
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def of(self, state: str) -> list[Step]:
        return [step for step in self.steps if step.state == state]


def plan(rows: Sequence[Row]) -> Plan:
    """What the rows would do now. Nothing is written."""
    return _plan(rows, _known(rows))


def apply(rows: Sequence[Row], digest: str) -> Plan:
    """Do what the plan of this digest says. Raises `ChangedMeanwhile`, and has written nothing, when the rows come to
    anything else by now."""
    try:
        with transaction.atomic():
            made = _plan(rows, _known(rows, for_update=True))
            if made.digest != digest:
                raise ChangedMeanwhile
            _write(made)
    except IntegrityError as error:  # somebody else added one of them in the same moment
        raise ChangedMeanwhile from error
    return made


def _write(made: Plan) -> None:
    Participant.objects.bulk_create([one for step in made.of(NEW) if (one := step.participant)], batch_size=_BATCH)
    changed = [one for step in made.of(CHANGED) if (one := step.participant)]
    Participant.objects.bulk_update(changed, _FIELDS, batch_size=_BATCH)


def _known(rows: Iterable[Row], *, for_update: bool = False) -> dict[Endpoint, list[Participant]]:
    """Everybody who has one of the rows' endpoints, by it."""
    wanted = {one for row in rows if (one := _endpoint(row))}
    found: dict[Endpoint, list[Participant]] = {}
    query = Participant.objects.filter(identifier__in={one.identifier for one in wanted}).order_by("pk")
    query = query.select_for_update(of=("self",)) if for_update else query
    for participant in query.select_related("connection"):
        endpoint = Endpoint(participant.scheme, participant.identifier)
        found.setdefault(endpoint, []).append(participant)
    return found


def _endpoint(row: Row) -> Endpoint | None:
    try:
        return endpoint_of(row.cells.get("endpoint", ""))
    except NotAnEndpoint:
        return None


def _plan(rows: Sequence[Row], known: Mapping[Endpoint, list[Participant]]) -> Plan:
    by_name = {one.name: one for one in ways()}
    lines: dict[Key, int] = {}
    return Plan([_step(row, known, by_name, lines) for row in rows])


def _step(
    row: Row, known: Mapping[Endpoint, list[Participant]], by_name: Mapping[str, Connection], lines: dict[Key, int]
) -> Step:
    if row.problem:
        return Step(row, REFUSED, reason=row.problem)
    endpoint = _endpoint(row)
    same = known.get(endpoint, []) if endpoint else []
    try:
        stored = _meant(row, same)
        fields = fields_of(_given(row, stored, by_name))
    except NotAParticipant as problem:
        return Step(row, REFUSED, reason=str(problem))
    key = (fields["scheme"], fields["identifier"], fields["route"])
    if (before := lines.setdefault(key, row.line)) != row.line:
        return Step(row, REFUSED, reason=f"Line {before} has the same endpoint and route.")
    if stored is None:
        return Step(row, NEW, Participant(**fields))
    return _compared(row, stored, fields)


def _meant(row: Row, same: Sequence[Participant]) -> Participant | None:
    """Whom a row is about, among those with its endpoint: without a route, the only one there is."""
    route = row.cells.get("route", "").strip().lower()
    if not route and len(same) > 1:
        routes = ", ".join(sorted(one.route for one in same))
        raise NotAParticipant("route", f"Expected a route, since there are several under this endpoint: {routes}.")
    return next((one for one in same if not route or one.route == route), None)


def _given(row: Row, stored: Participant | None, by_name: Mapping[str, Connection]) -> dict[str, Any]:
    """The cells as `fields_of` takes them; of somebody new, all that must be there."""
    given: dict[str, Any] = dict(row.cells)
    if not given.get("route") and stored:
        given["route"] = stored.route
    if stored is None:
        given = {"name": "", "route": "", **given}
    if "connection" in given:
        given["connection"] = _way(given["connection"], by_name)
    return given


def _way(name: str, by_name: Mapping[str, Connection]) -> Connection | None:
    if name and name not in by_name:
        raise NotAParticipant("connection", f"Expected the name of a connection that delivers files, found “{name}”.")
    return by_name.get(name)


def _compared(row: Row, stored: Participant, fields: Mapping[str, Any]) -> Step:
    differences = []
    for name in _FIELDS:
        before = getattr(stored, name)
        if name in fields and before != (after := fields[name]):
            differences.append(Difference(name, str(before or ""), str(after or "")))
            setattr(stored, name, after)
    return Step(row, CHANGED if differences else UNCHANGED, stored, differences)
