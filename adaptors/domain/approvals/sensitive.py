"""What decides where money and documents go: the parts that wait for a second person, and who put what there.

Whoever changes such a setting is noted as it is changed (`arhub.domain.edits`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from adaptors.fields import BY_NAME
from adaptors.models import Activation, CommonSettings, ExportRule
from arhub.domain.edits import Edit, between, note
from arhub.models import User
from connectors.models import Connection

BANK, ENDPOINT, EMAIL, GATEWAY, ADDRESS, FIRST = "bank", "endpoint", "email", "gateway", "address", "first"
_NAMES = {
    BANK: (
        "supplier_payment_means", "supplier_iban", "supplier_bic", "supplier_bank_branch", "supplier_bank_account",
        "supplier_fik_type", "supplier_fik_creditor", "supplier_creditor_id",
    ),
    ENDPOINT: ("customer_endpoint_scheme", "customer_endpoint_id", "customer_gln", "customer_registration_number"),
    EMAIL: ("customer_email",),
}  # fmt: skip
PART_OF = {name: (part, BY_NAME[name].label) for part, names in _NAMES.items() for name in names}
"""Setting → the part it belongs to, and its label."""


def of_activation(activation: Activation) -> str:
    return f"activation {activation.pk}"


def of_customer(activation_id: int, account_id: int) -> str:
    return f"customer {activation_id}/{account_id}"


def of_connection(connection_id: int | None) -> str:
    """The value that stands for a gateway."""
    return f"connection {connection_id}" if connection_id else ""


def of_rule(rule: ExportRule) -> dict[str, Any]:
    """What a rule says by itself that matters here."""
    return {**rule.values, "destination": rule.destination_id, "common": rule.common_id}


def rule_edits(rule: ExportRule, before: Mapping[str, Any], sets: Mapping[int, CommonSettings]) -> list[Edit]:
    """What a change of a rule put there; `before` is `of_rule` as it was. A set of common settings that is chosen
    brings its values."""
    subject, after = of_customer(rule.activation_id, rule.account_id), of_rule(rule)
    found = between(PART_OF, subject, before, after)
    if before["destination"] != after["destination"]:
        found.append(_gateway(subject, before["destination"], after["destination"]))
    if before["common"] != after["common"]:
        old, new = (sets[pk].values if pk in sets else {} for pk in (before["common"], after["common"]))
        found += between(PART_OF, subject, old, new)
    return found


def _gateway(subject: str, before: int | None, after: int | None) -> Edit:
    return Edit(GATEWAY, subject, "Destination gateway", of_connection(before), of_connection(after))


def note_rule(rule: ExportRule, before: Mapping[str, Any], user: User | None = None) -> None:
    note_rules([(rule, before)], user)


def note_rules(changed: Iterable[tuple[ExportRule, Mapping[str, Any]]], user: User | None = None) -> None:
    """At most two statements, however many rules of one activation."""
    rows = list(changed)
    wanted = {pk for rule, before in rows if before["common"] != rule.common_id
              for pk in (before["common"], rule.common_id) if pk}  # fmt: skip
    sets = CommonSettings.objects.in_bulk(wanted) if wanted else {}
    note([edit for rule, before in rows for edit in rule_edits(rule, before, sets)], user)


def note_common(
    activation: Activation, before: Mapping[str, Any], after: Mapping[str, Any], user: User | None = None
) -> None:
    """Common settings of an activation, or of a set for chosen customers, were changed."""
    note(between(PART_OF, of_activation(activation), before, after), user)


def note_gateway(
    activation: Activation, before: Connection | None, after: Connection | None, user: User | None = None
) -> None:
    """A gateway was chosen for all, or for many customers at once."""
    if before != after:
        old, new = (one.pk if one else None for one in (before, after))
        note([_gateway(of_activation(activation), old, new)], user)
