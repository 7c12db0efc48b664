"""Which customers are in the directory of participants: for sure, or likely; nothing is guessed.

Sure is one endpoint, found by the customer's own endpoint or by its registration or VAT number, where nothing that is
known of the two contradicts. A name alone, or several to choose from, is likely: a person decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from adaptors.domain.approvals.sensitive import note_rules, of_rule
from adaptors.domain.customers.chunks import SIZE, all_of, chunks
from adaptors.domain.customers.effective import Grounds, Settings
from adaptors.domain.customers.impact import ChangedMeanwhile
from adaptors.domain.customers.rules import activate
from adaptors.fields import BY_NAME
from adaptors.models import Activation, ExportRule
from arhub.models import User
from connectors.domain.endpoints import Endpoint, NotAnEndpoint, checked
from connectors.domain.matching import Match, Reason, Wanted, matches_of
from connectors.domain.participants import NETWORK, number_of
from connectors.models import Connection

SHOWN = 50
SCHEME, IDENTIFIER = "customer_endpoint_scheme", "customer_endpoint_id"


class Sureness(StrEnum):
    EXACT = "exact"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An endpoint that may be the customer's, whose it is, and why."""

    endpoint: Endpoint
    match: Match

    @property
    def name(self) -> str:
        return self.match.participant.name

    @property
    def reason(self) -> str:
        return str(self.match.reason)


@dataclass(frozen=True, slots=True)
class Matched:
    """A customer with whom it may be in the directory: one candidate if that is exact. `now` is the endpoint that holds
    at present, empty without one; `doubt` says why a single candidate is not taken for sure."""

    rule: ExportRule
    sureness: Sureness
    candidates: Sequence[Candidate]
    now: str
    doubt: str = ""

    @property
    def endpoint(self) -> Endpoint:
        return self.candidates[0].endpoint

    @property
    def changes(self) -> bool:
        """Whether the customer gets an endpoint of its own by it."""
        return str(self.endpoint) != self.now


def network_of(activation: Activation) -> Connection | None:
    """The connection To Network that customers are activated with: the default one, else one that some customer has."""
    default = activation.destination
    if default is not None and default.kind == NETWORK:
        return default
    return Connection.objects.filter(
        kind=NETWORK, pk__in=all_of(activation).exclude(destination=None).values("destination")
    ).first()


def matched(activation: Activation) -> Iterator[Matched]:
    """Every customer that is in the directory, for sure or likely; a constant number of queries per chunk."""
    for rules in chunks(all_of(activation)):
        grounds = Grounds(activation, rules)
        settings = [grounds.of(rule) for rule in rules]
        set_by_people = [_is_set(grounds, rule) for rule in rules]
        found = matches_of([_wanted(one) for one in settings])
        for rule, own, is_set, matches in zip(rules, settings, set_by_people, found, strict=True):
            if matches:
                yield _judged(rule, own, is_set, matches)


@dataclass(slots=True)
class Review:
    """What a person looks at before anybody is activated. `shown` are those of a page of one list; `digest` is of all
    that are exact and not active."""

    exact: int = 0
    likely: int = 0
    active: int = 0
    digest: str = ""
    shown: tuple[Matched, ...] = ()


def review(activation: Activation, show: str, first: int = 0) -> Review:
    """A page of those that are exact, likely, or active already; all are counted."""
    told, shown, endpoints = Review(), [], {}
    for one in matched(activation):
        name = "active" if one.rule.is_active else one.sureness.value
        place: int = getattr(told, name)
        setattr(told, name, place + 1)
        if name == show and first <= place < first + SHOWN:
            shown.append(one)
        if name == Sureness.EXACT:
            endpoints[one.rule.pk] = one.endpoint
    told.shown, told.digest = tuple(shown), _digest(endpoints)
    return told


def activate_exact(activation: Activation, digest: str, *, format: str = "", user: User | None = None) -> int:
    """Activate all that are sure, if they are still those of the digest. Raises `ChangedMeanwhile`, and
    `CannotChange`."""
    found = (one for one in matched(activation) if one.sureness is Sureness.EXACT and not one.rule.is_active)
    endpoints = {one.rule.pk: one.endpoint for one in found}
    if _digest(endpoints) != digest:
        raise ChangedMeanwhile
    return _activate(activation, endpoints, format, user)


def _digest(endpoints: Mapping[int, Endpoint]) -> str:
    """The same for the same customers with the same endpoints."""
    return hashlib.sha256(repr([(pk, str(one)) for pk, one in endpoints.items()]).encode()).hexdigest()


def activate_chosen(
    activation: Activation, chosen: Mapping[int, str], *, format: str = "", user: User | None = None
) -> int:
    """Activate customers, by their rule, under the endpoints that a person chose among their candidates. Raises
    `ChangedMeanwhile` when one is none any more, and `CannotChange`."""
    known = {
        (one.rule.pk, str(candidate.endpoint)): candidate.endpoint
        for one in matched(activation)
        if one.rule.pk in chosen
        for candidate in one.candidates
    }
    if not chosen.items() <= known.keys():
        raise ChangedMeanwhile
    return _activate(activation, {pk: known[pk, text] for pk, text in chosen.items()}, format, user)


@transaction.atomic
def _activate(activation: Activation, endpoints: Mapping[int, Endpoint], format: str, user: User | None) -> int:
    """A customer gets an endpoint of its own where another one holds now."""
    rules = all_of(activation).filter(pk__in=endpoints)
    for chunk in chunks(rules.select_for_update(of=("self",))):
        grounds, changed, edits = Grounds(activation, chunk), [], []
        for rule in chunk:
            endpoint = endpoints[rule.pk]
            if str(endpoint) != _now(grounds.of(rule)):
                before = of_rule(rule)
                rule.values = {**rule.values, SCHEME: endpoint.scheme, IDENTIFIER: endpoint.identifier}
                rule.changed_at, rule.judged_at = timezone.now(), None
                changed.append(rule)
                edits.append((rule, before))
        note_rules(edits, user)
        ExportRule.objects.bulk_update(changed, ["values", "changed_at", "judged_at"], batch_size=SIZE)
    network = network_of(activation)
    own = network if network != activation.destination else None
    return activate(activation, rules, format=format, destination=own, user=user)


def _judged(rule: ExportRule, settings: Settings, is_set: bool, matches: Sequence[Match]) -> Matched:
    found, now = _candidates(matches), _now(settings)
    own = [one for one in found if str(one.endpoint) == now]
    candidates = own or found
    first = candidates[0]
    best = [one for one in candidates if one.match.reason is first.match.reason]
    if first.match.reason is Reason.NAME or len(best) > 1:
        return Matched(rule, Sureness.LIKELY, candidates, now)
    if doubt := _doubt(first, settings, is_set and not own):
        return Matched(rule, Sureness.LIKELY, candidates, now, doubt)
    return Matched(rule, Sureness.EXACT, [first], now)


def _doubt(found: Candidate, settings: Settings, is_set: bool) -> str:
    """What speaks against somebody who was found by an id."""
    row = found.match.participant
    for name, label in (("registration_number", "registration number"), ("vat_number", "VAT number")):
        theirs, ours = getattr(row, name), number_of(settings[f"customer_{name}"])
        if theirs and ours and theirs != ours:
            return f"but with the {label} {theirs} instead of {ours}"
    return "but another endpoint is set for this customer" if is_set else ""


def _candidates(matches: Sequence[Match]) -> list[Candidate]:
    """One for each endpoint, by its surest match: somebody may be reached under one by several routes."""
    found: dict[Endpoint, Candidate] = {}
    for match in matches:
        endpoint = Endpoint(match.participant.scheme, match.participant.identifier)
        found.setdefault(endpoint, Candidate(endpoint, match))
    return list(found.values())


def _wanted(settings: Settings) -> Wanted:
    pairs = ((settings[SCHEME], settings[IDENTIFIER]), ("0088", settings["customer_gln"]))
    return Wanted.of(
        endpoints=[endpoint for scheme, identifier in pairs if (endpoint := _endpoint(scheme, identifier))],
        registration_number=settings["customer_registration_number"],
        vat_number=settings["customer_vat_number"],
        name=settings["customer_name"],
    )


def _now(settings: Settings) -> str:
    endpoint = _endpoint(settings[SCHEME], settings[IDENTIFIER])
    return str(endpoint or "")


def _endpoint(scheme: str, identifier: str) -> Endpoint | None:
    try:
        return checked(scheme, identifier)
    except NotAnEndpoint:
        return None


def _is_set(grounds: Grounds, rule: ExportRule) -> bool:
    """Whether somebody has set the customer's endpoint, so that it is not merely read off the data."""
    return bool(grounds.set_by_people(rule, BY_NAME[IDENTIFIER]))
