"""Who in the directory is a party of ours, and why: by what identifies one, the surest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import IntEnum

from django.db.models import Q

from connectors.domain.endpoints import Endpoint
from connectors.domain.participants import number_of
from connectors.models import Participant


class Reason(IntEnum):
    """The surer, the smaller."""

    ENDPOINT = 1
    REGISTRATION_NUMBER = 2
    VAT_NUMBER = 3
    NAME = 4

    def __str__(self) -> str:
        return f"the same {self.name.replace('_', ' ').lower().replace('vat', 'VAT')}"


@dataclass(frozen=True, slots=True)
class Match:
    participant: Participant
    reason: Reason


def matches(
    *, endpoints: Collection[Endpoint] = (), registration_number: str = "", vat_number: str = "", name: str = ""
) -> list[Match]:
    """Every participant that has one of these, each once with its surest reason, the surest first. Names are the same
    but for capitals and blanks, or they are not; what is empty matches nobody. One query, by indexes."""
    wanted = _Wanted(
        frozenset(endpoints), number_of(registration_number), number_of(vat_number), " ".join(name.split()).lower()
    )
    condition = wanted.condition()
    if condition is None:
        return []
    rows = Participant.objects.filter(condition).select_related("connection")
    found = [Match(row, wanted.reason(row)) for row in rows]
    return sorted(found, key=lambda match: (match.reason, match.participant.name_lower, match.participant.pk))


@dataclass(frozen=True, slots=True)
class _Wanted:
    endpoints: frozenset[Endpoint]
    registration_number: str
    vat_number: str
    name_lower: str

    def condition(self) -> Q | None:
        found: Q | None = None
        for one in self._conditions():
            found = one if found is None else found | one
        return found

    def _conditions(self) -> Iterator[Q]:
        for endpoint in self.endpoints:
            yield Q(scheme=endpoint.scheme, identifier=endpoint.identifier)
        for name in ("registration_number", "vat_number", "name_lower"):
            if value := getattr(self, name):
                yield Q(**{name: value})

    def reason(self, row: Participant) -> Reason:
        if Endpoint(row.scheme, row.identifier) in self.endpoints:
            return Reason.ENDPOINT
        if self.registration_number and row.registration_number == self.registration_number:
            return Reason.REGISTRATION_NUMBER
        if self.vat_number and row.vat_number == self.vat_number:
            return Reason.VAT_NUMBER
        return Reason.NAME
