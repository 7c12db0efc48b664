"""What is asked of a second person: what it was, what it is now, and who has put it there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from adaptors.domain.approvals.contents import Part, for_people, value_of_gateway
from adaptors.domain.approvals.sensitive import (
    ADDRESS,
    BANK,
    EMAIL,
    ENDPOINT,
    FIRST,
    GATEWAY,
    of_activation,
    of_customer,
)
from adaptors.models import Activation, ExportRule
from arhub.domain import approvals
from arhub.domain.edits import COMPANY, Trail
from arhub.models import Account, Approval, User
from ingestion.models import Change, IngestionFile

KINDS: Mapping[str, tuple[str, str]] = {
    BANK: ("Bank details", "Where customers pay to, as it stands on their documents."),
    ENDPOINT: ("Endpoints", "A customer's address in a network."),
    EMAIL: ("E-mail addresses", "Where a customer's documents are mailed to."),
    GATEWAY: ("Gateways", "Which connection carries a customer's documents, or the route of the directory."),
    ADDRESS: ("Addresses of gateways", "Where a connection leads: its server, folder, mail address, certificates."),
    FIRST: ("First export above an amount", "The first document that goes to a customer."),
}
_FIELDS = {ENDPOINT: ("gln", "registration_number", "country"), EMAIL: ("ap_email", "email")}
"""The fields of an account that its part comes from, where nobody has set it."""


def ask(
    part: Part, rule: ExportRule, activation: Activation, before: Mapping[str, Any], user: User | None = None
) -> Approval:
    """Ask for the approval of a part; `before` is what was last sent of it to the customer of the rule, empty for
    nothing."""
    account = rule.account
    details = _details(*for_people(before.get("shown", {}), part.shown))
    return approvals.request(
        approvals.Wanted(
            part.kind, part.key, part.digest, title_of(part, activation, account), details, _url(part, rule),
            [_trail(part, rule, activation, before, details).stored], _loaded(part, account),
            {"activation": activation.pk, "account": account.pk},
        ),
        user,
    )  # fmt: skip


def said(approval: Approval) -> str:
    """Why a document is held, in a sentence."""
    if approval.state == Approval.State.REJECTED:
        return f"Not approved by {approval.decided_by or 'a person who has left'}: {approval.title}. {approval.remark}"
    return waiting_sentence(approval.title)


def waiting_sentence(title: str) -> str:
    return f"Waits for a second person's approval: {title}."


def title_of(part: Part, activation: Activation, account: Account) -> str:
    match part.kind:
        case "bank":
            return f"Bank details on documents of {activation}"
        case "address":
            return f"Where the gateway for {activation} leads"
        case "first":
            return f"First export to {account}, {part.shown['Amount']}"
    label = {ENDPOINT: "Endpoint", EMAIL: "E-mail address", GATEWAY: "Gateway"}[part.kind]
    is_shared = part.key.count(":") == 1
    return f"{label} of {'all customers' if is_shared else account} in {activation}"


def _details(before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, str]]:
    """All that it says, what differs first."""
    labels = sorted({*before, *after}, key=lambda label: before.get(label) == after.get(label))
    return [{"label": one, "before": before.get(one, ""), "after": after.get(one, "")} for one in labels]


def _url(part: Part, rule: ExportRule) -> str:
    """Where it is set."""
    if part.kind == ADDRESS:
        return reverse("admin:connectors_connection_change", args=[part.key.split(":")[1]])
    return reverse("admin:adaptors_rule", args=[rule.activation_id, rule.pk])


def _trail(
    part: Part, rule: ExportRule, activation: Activation, before: Mapping[str, Any], details: list[dict[str, str]]
) -> Trail:
    """By what those are found who put there what differs."""
    since = datetime.fromisoformat(before["at"]) if before.get("at") else None
    own, wide = of_customer(activation.pk, rule.account_id), of_activation(activation)
    new = [one["after"] for one in details if one["before"] != one["after"]]
    match part.kind:
        case "bank":
            return Trail(BANK, new, (own,), (wide, COMPANY), since)
        case "endpoint":
            values = [*new, *(value.partition(":")[2] for value in new)]
            return Trail(ENDPOINT, values, (own,), (wide,), since)
        case "gateway":
            return Trail(GATEWAY, [value_of_gateway(part.shown)], (own,), (wide,), since)
        case "address":
            return Trail(ADDRESS, new, (), (f"connection {part.key.split(':')[1]}",), since)
    return Trail(part.kind, new, (own,), (wide,), since)


def _loaded(part: Part, account: Account) -> list[dict[str, Any]]:
    """Who brought the account's own data that it rests on, by file or by program."""
    fields = _FIELDS.get(part.kind, ())
    if not fields:
        return []
    changes = Change.objects.filter(record=account.pk, record_type="account", field__in=fields)
    found = [(one.field, one.ingestion) for one in changes.select_related("ingestion__created_by")]
    made = IngestionFile.objects.filter(pk=account.created_file or 0).select_related("ingestion__created_by").first()
    if made is not None:
        found.append(("account", made.ingestion))
    return [
        {"user": load.created_by_id, "name": str(load.created_by or load.get_origin_display()),
         "at": load.created_at.isoformat(), "what": f"{field.replace('_', ' ')}, {load}"}
        for field, load in found
    ]  # fmt: skip
