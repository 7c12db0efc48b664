"""The contents that decide where a document and its money go, in parts: each is compared, and approved, by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adaptors.domain.approvals.sensitive import ADDRESS, BANK, EMAIL, ENDPOINT, FIRST, GATEWAY, of_connection
from adaptors.domain.customers.effective import Settings
from adaptors.domain.documents.composing import Composed
from adaptors.domain.documents.producing import facts_of
from adaptors.formats.document import OutgoingDocument
from adaptors.models import Activation, ExportRule
from connectors.domain.places import Ways
from connectors.models import Connection

_PAYMENT = (
    ("iban", "IBAN"), ("bic", "BIC"), ("branch", "Bank registration number"), ("account", "Account number"),
    ("card_type", "FIK card type"), ("creditor_id", "Direct debit creditor ID"),
)  # fmt: skip
_ENDPOINT = ("customer_endpoint_scheme", "customer_endpoint_id")
_NAMES = ("Gateway", "Through")
_IDS = {"Number": "Gateway", "Number of that": "Through"}
"""The ids that tell things apart, and the names that people know these by."""


@dataclass(frozen=True, slots=True)
class Part:
    """`shown` is what it says, by label, without what is empty; `names` are those labels that only say it for people,
    and may be changed. One decision covers all that has its `key`: common settings that are changed are asked for once,
    not for each customer."""

    kind: str
    key: str
    shown: Mapping[str, str]
    names: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        told = sorted((label, value) for label, value in self.shown.items() if label not in self.names)
        return hashlib.sha256(repr((self.kind, told)).encode()).hexdigest()

    @property
    def content(self) -> tuple[str, str]:
        """As approvals know it."""
        return self.key, self.digest

    @property
    def bound(self) -> dict[str, str]:
        return {"kind": self.kind, "key": self.key, "digest": self.digest}


def ways_to(composed: Composed, activation: Activation) -> tuple[Connection, str] | None:
    """The gateway of a document, and whom it has to reach; None where it has none yet."""
    assert composed.rule is not None
    connection = composed.rule.destination or activation.destination
    if connection is None or composed.outgoing is None:
        return None
    return connection, str(composed.outgoing.buyer.endpoint or "")


def parts_of(composed: Composed, activation: Activation, ways: Ways) -> list[Part]:
    """The parts of a document that can go out; `ways` is prepared for it."""
    to, outgoing, rule = ways_to(composed, activation), composed.outgoing, composed.rule
    if to is None or outgoing is None or rule is None:
        return []
    scope = _Scope(activation, rule, composed.settings)
    return [
        Part(BANK, scope.of_activation(BANK), _bank(outgoing)),
        Part(ENDPOINT, scope.of_values(ENDPOINT, *_ENDPOINT), _endpoint(outgoing)),
        Part(EMAIL, scope.of_values(EMAIL, "customer_email"), _email(outgoing, composed.settings)),
        *_ways(*to, ways, scope),
    ]  # fmt: skip


def first_of(composed: Composed, parts: list[Part], activation: Activation) -> Part:
    """A first export to a customer: this document, and where it goes."""
    assert composed.outgoing is not None
    outgoing = composed.outgoing
    shown = {"Document": outgoing.number, "Amount": f"{outgoing.totals.gross:,f} {outgoing.currency}"}
    for part in parts:
        if part.kind in (ENDPOINT, EMAIL, GATEWAY):
            shown |= part.shown
    return Part(FIRST, f"first:{activation.pk}:{composed.account_id}", shown, _NAMES)


def amount_in_books(composed: Composed, books: str) -> Decimal:
    """What a document comes to in the currency of the books, where its source says so or gives a rate; else its
    number as it is."""
    assert composed.outgoing is not None
    gross, row = composed.outgoing.totals.gross, composed.source
    if composed.outgoing.currency == books or row is None:
        return abs(gross)
    if row.base_currency_total_amount is not None:
        return abs(Decimal(row.base_currency_total_amount))
    return abs(gross / row.exchange_rate) if row.exchange_rate else abs(gross)


@dataclass(frozen=True, slots=True)
class _Scope:
    """How far a decision reaches: to all customers where what all share says it, else to the one."""

    activation: Activation
    rule: ExportRule
    settings: Settings

    def of_activation(self, kind: str) -> str:
        return f"{kind}:{self.activation.pk}"

    def of_customer(self, kind: str) -> str:
        return f"{kind}:{self.activation.pk}:{self.rule.account_id}"

    def of_values(self, kind: str, *names: str) -> str:
        common = self.activation.customer
        is_shared = all(common.get(name) and self.settings.get(name) == common[name] for name in names)
        return self.of_activation(kind) if is_shared else self.of_customer(kind)

    def of_gateway(self) -> str:
        return self.of_customer(GATEWAY) if self.rule.destination_id else self.of_activation(GATEWAY)


def _bank(outgoing: OutgoingDocument) -> dict[str, str]:
    """As it stands on the document: some bring an account of their own."""
    return _filled({label: getattr(outgoing.payment, name) for name, label in _PAYMENT})


def _endpoint(outgoing: OutgoingDocument) -> dict[str, str]:
    return _filled({"Endpoint": str(outgoing.buyer.endpoint or "")})


def _email(outgoing: OutgoingDocument, settings: Settings) -> dict[str, str]:
    return _filled({"E-mail address": facts_of(outgoing, settings).get("email", "")})


def _ways(connection: Connection, receiver: str, ways: Ways, scope: _Scope) -> Iterator[Part]:
    """The gateway, and what it leads to: with the route that a directory names for the receiver."""
    by, route = ways.route(connection, receiver)
    shown = {"Gateway": f"{connection} ({connection.kind_label})", "Number": str(connection.pk)}
    if not by:
        yield Part(GATEWAY, scope.of_gateway(), shown, _NAMES)
    else:
        through = {"Route": by, "Through": str(route or ""), "Number of that": str(route.pk) if route else ""}
        yield Part(GATEWAY, scope.of_customer(GATEWAY), _filled({**shown, **through}), _NAMES)
    end = route or connection
    yield address_of(end, ways)


def address_of(connection: Connection, ways: Ways) -> Part:
    """Where a connection leads. Its name is none of it."""
    return address_at(connection, ways.places(connection))


def address_at(connection: Connection, places: Mapping[str, str]) -> Part:
    """The same of places that are known."""
    return Part(ADDRESS, f"address:{connection.pk}", {**places})


def value_of_gateway(shown: Mapping[str, Any]) -> str:
    """As edits know it."""
    return of_connection(int(shown.get("Number") or 0))


def for_people(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What two contents say, without ids. A thing in whose place stands another of its name is said to be one."""
    old, new = ({label: value for label, value in shown.items() if label not in _IDS} for shown in (before, after))
    for number, name in _IDS.items():
        if before.get(number) != after.get(number) and name in old and old[name] == new.get(name):
            old[name] += ", another one of this name"
    return old, new


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    return {label: value for label, value in values.items() if value}
