"""What stands in the way of a customer's documents, before the first of them fails."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from adaptors.domain.customers.chunks import SIZE, all_of, chunks
from adaptors.domain.customers.effective import Grounds, Settings
from adaptors.domain.documents.parties import Sides, sides_of
from adaptors.formats.base import Format, Problem
from adaptors.models import Activation, ExportRule
from adaptors.registry import FORMATS
from adaptors.registry import load as format_of
from arhub.models import Contact, Document
from connectors.domain.endpoints import NotAnEndpoint, checked
from connectors.domain.participants import NETWORK
from connectors.gateways import templates
from connectors.gateways.base import Gateway
from connectors.models import Connection, Participant
from connectors.registry import load as connector_of

FACT_FIELDS = {
    "email": ("customer_email", "an e-mail address for invoices"),
    "receiver": ("customer_endpoint_id", "the customer's endpoint"),
    "sender": ("supplier_endpoint_id", "our own endpoint"),
    "account_number": ("customer_number", "a customer number"),
    "account_name": ("customer_name", "a name of the customer"),
}
"""Facts that templates and gateways ask for and that a customer either has or has not."""


class Judge:
    """Judges rules of one activation; what they share is looked up once."""

    def __init__(self, activation: Activation, rules: Sequence[ExportRule], grounds: Grounds | None = None) -> None:
        """The rules come with their accounts selected. `grounds` are looked up unless they are given."""
        self.activation = activation
        known = grounds or Grounds(activation, rules)
        self.settings = {rule.pk: known.of(rule) for rule in rules}
        self.sides = {pk: sides_of(settings) for pk, settings in self.settings.items()}
        ids = {rule.destination_id or activation.destination_id for rule in rules}
        self.connections = {one.pk: one for one in Connection.objects.filter(pk__in=ids)}
        self.known = self._participants(rules)
        self.references = _references([rule.account_id for rule in rules])

    def lacks(self, rule: ExportRule) -> list[Problem]:
        """Everything that is missing, in the order people mend it: format and gateway, then us, then the customer."""
        return list(self._lacks(rule))

    def _lacks(self, rule: ExportRule) -> Iterator[Problem]:
        settings, sides = self.settings[rule.pk], self.sides[rule.pk]
        kind = rule.format or self.activation.format
        if kind not in FORMATS:
            yield Problem("No output format is chosen.", "format")
        connection = self.connections.get(rule.destination_id or self.activation.destination_id or 0)
        if connection is None:
            yield Problem("No destination gateway is chosen.", "destination")
        elif not connection.is_enabled:
            yield Problem(f"{connection} is switched off.", "destination")
        if kind in FORMATS:
            reference = settings["customer_buyer_reference"] or self.references.get(rule.account_id, "")
            try:
                format = _made(kind, self.activation, rule)
            except ValueError as problem:
                yield Problem(str(problem), "format")
            else:
                yield from format.lacks(sides.seller, sides.buyer, sides.payment, reference)
        if connection is not None:
            yield from self._by_gateway(connection, settings, sides)

    def _by_gateway(self, connection: Connection, settings: Settings, sides: Sides) -> Iterator[Problem]:
        for fact in facts_needed(connection):
            field, what = FACT_FIELDS.get(fact, ("", ""))
            if field and not settings[field]:
                yield Problem(f"{connection} needs {what}.", field)
        endpoint = sides.buyer.endpoint
        if connection.kind == NETWORK and endpoint is not None and str(endpoint) not in self.known:
            yield Problem(f"Nobody in the participant directory has the endpoint {endpoint}.", "customer_endpoint_id")

    def _participants(self, rules: Sequence[ExportRule]) -> set[str]:
        """The endpoints among the customers' that the directory knows; asked only when something goes To Network."""
        if not any(one.kind == NETWORK for one in self.connections.values()):
            return set()
        wanted: dict[tuple[str, str], list[str]] = {}
        for sides in self.sides.values():
            endpoint = sides.buyer.endpoint
            if endpoint is None:
                continue
            try:
                found = checked(endpoint.scheme, endpoint.identifier)
            except NotAnEndpoint:
                continue
            wanted.setdefault((found.scheme, found.identifier), []).append(str(endpoint))
        rows = Participant.objects.filter(identifier__in=[identifier for _, identifier in wanted])
        there = set(rows.values_list("scheme", "identifier"))
        return {text for key, texts in wanted.items() if key in there for text in texts}


def _references(accounts: Collection[int]) -> dict[int, str]:
    """By account, what its newest document refers to: customers whose documents bring a reference need none."""
    rows = Document.objects.filter(account_id__in=accounts).exclude(is_draft=True).order_by("account_id", "-pk")
    newest = rows.distinct("account_id").values_list("account_id", "buyer_reference", "customer_order_number")
    return {account: own or order or "" for account, own, order in newest}


def facts_needed(connection: Connection) -> list[str]:
    """What a connection must know of a document: what its kind insists on, and what its templates ask for."""
    kind: Any = connector_of(connection.kind)
    found = list(kind.needs) if issubclass(kind, Gateway) else []
    for setting in kind.settings:
        if setting.kind == "template":
            found += templates.fields_of(str(connection.values.get(setting.name, setting.default) or ""))
    return list(dict.fromkeys(found))


def judge(activation: Activation, rules: QuerySet[ExportRule] | None = None) -> int:
    """Write down how ready rules are, those of the activation whose customer or settings changed since they were judged
    if none are told; how many. In chunks, so that memory does not grow with them."""
    done = 0
    for chunk in chunks(stale(activation) if rules is None else rules):
        _write(activation, chunk)
        done += len(chunk)
    return done


def stale(activation: Activation) -> QuerySet[ExportRule]:
    """The rules that were judged before their customer, or a setting, changed."""
    return all_of(activation).filter(Q(judged_at=None) | Q(account__updated_at__gt=F("judged_at")))


def reconsider(activation: Activation) -> None:
    """Let rules be judged again whose contact came or changed since, or whose documents may have brought what was
    missing; and all of them when what they share has changed: our own data, a gateway, the participant directory."""
    now = _shared_by_all(activation)
    if Activation.objects.filter(pk=activation.pk).exclude(judged_with=now).update(judged_with=now):
        forget(activation)
        return
    rows = all_of(activation).exclude(judged_at=None)
    newer = {"account": OuterRef("account"), "updated_at__gt": OuterRef("judged_at")}
    rows.filter(Exists(Contact.objects.filter(**newer))).update(judged_at=None)
    rows.filter(is_ready=False).filter(Exists(Document.objects.filter(**newer))).update(judged_at=None)


def _shared_by_all(activation: Activation) -> str:
    gateways = list(Connection.objects.order_by("pk").values_list("pk", "kind", "is_enabled", "values"))
    directory: Any = ()
    if any(kind == NETWORK for _, kind, _, _ in gateways):
        directory = tuple(Participant.objects.aggregate(Count("pk"), Max("pk")).values())
    told = repr((Grounds(activation, ()).shared, gateways, directory))
    return hashlib.sha256(told.encode()).hexdigest()


def forget(activation: Activation) -> None:
    """After a common setting has changed: everything is judged again."""
    all_of(activation).update(judged_at=None)


def _write(activation: Activation, rules: Sequence[ExportRule]) -> None:
    now = timezone.now()
    judged = Judge(activation, rules)
    for rule in rules:
        rule.missing = [{"text": one.text, "field": one.field} for one in judged.lacks(rule)]
        rule.is_ready, rule.judged_at = not rule.missing, now
    ExportRule.objects.bulk_update(rules, ["missing", "is_ready", "judged_at"], batch_size=SIZE)


def format_options(activation: Activation, rule: ExportRule | None) -> Mapping[str, Any]:
    """The options of the format that holds: the customer's own go with a format of his own."""
    if rule is None or not rule.format or rule.format == activation.format:
        return {**activation.format_values, **(rule.format_values if rule else {})}
    return rule.format_values


def _made(kind: str, activation: Activation, rule: ExportRule) -> Format:
    values = format_options(activation, rule)
    return format_of(kind)(values) if values else _plain(kind)


@cache
def _plain(kind: str) -> Format:
    return format_of(kind)()
