"""Who in the directory is a party of ours, and why: by what identifies one, the surest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of a party. Numbers and the name are compared as the directory stores them."""

    endpoints: frozenset[Endpoint] = frozenset()
    registration_number: str = ""
    vat_number: str = ""
    name_lower: str = ""

    @classmethod
    def of(
        cls, *, endpoints: Collection[Endpoint] = (), registration_number: str = "", vat_number: str = "",
        name: str = "",
    ) -> Wanted:  # fmt: skip
        return cls(
            frozenset(endpoints), number_of(registration_number), number_of(vat_number), " ".join(name.split()).lower()
        )

    def reason(self, row: Participant) -> Reason | None:
        """Why a participant is this party; None when it is another one."""
        if Endpoint(row.scheme, row.identifier) in self.endpoints:
            return Reason.ENDPOINT
        if self.registration_number and row.registration_number == self.registration_number:
            return Reason.REGISTRATION_NUMBER
        if self.vat_number and row.vat_number == self.vat_number:
            return Reason.VAT_NUMBER
        return Reason.NAME if self.name_lower and row.name_lower == self.name_lower else None


def matches(
    *, endpoints: Collection[Endpoint] = (), registration_number: str = "", vat_number: str = "", name: str = ""
) -> list[Match]:
    """Every participant that has one of these, each once with its surest reason, the surest first. Names are the same
    but for capitals and blanks, or they are not; what is empty matches nobody. One query, by indexes."""
    wanted = Wanted.of(endpoints=endpoints, registration_number=registration_number, vat_number=vat_number, name=name)
    return matches_of([wanted])[0]


def matches_of(parties: Sequence[Wanted]) -> list[list[Match]]:
    """The matches of many parties, in their order, by one query and by indexes."""
    found = _Found(parties)
    return [found.of(party) for party in parties]


_BY: dict[Reason, str] = {
    Reason.ENDPOINT: "identifier",
    Reason.REGISTRATION_NUMBER: "registration_number",
    Reason.VAT_NUMBER: "vat_number",
    Reason.NAME: "name_lower",
}
"""The indexed column that each reason is looked up by."""


class _Found:
    """The participants that some parties may be, by what they are looked up by."""

    def __init__(self, parties: Sequence[Wanted]) -> None:
        self.rows: dict[tuple[Reason, str], list[Participant]] = defaultdict(list)
        condition = Q()
        for reason, column in _BY.items():
            if values := {value for party in parties for value in _values(party, reason)}:
                condition |= Q(**{f"{column}__in": values})
        for row in Participant.objects.filter(condition).select_related("connection") if condition else ():
            for reason, column in _BY.items():
                self.rows[reason, getattr(row, column)].append(row)

    def of(self, party: Wanted) -> list[Match]:
        keys = [(reason, value) for reason in Reason for value in _values(party, reason)]
        rows = {row.pk: row for key in keys for row in self.rows.get(key, ())}
        found = [Match(row, reason) for row in rows.values() if (reason := party.reason(row))]
        return sorted(found, key=lambda match: (match.reason, match.participant.name_lower, match.participant.pk))


def _values(party: Wanted, reason: Reason) -> set[str]:
    """What a party is looked up by; nothing for what is not known of it."""
    if reason is Reason.ENDPOINT:
        return {endpoint.identifier for endpoint in party.endpoints}
    value: str = getattr(party, _BY[reason])
    return {value} if value else set()
