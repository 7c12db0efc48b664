"""Export rules: one for each customer of an activation's source. Activated and deactivated many at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from adaptors.domain.approvals.sensitive import note_common, note_gateway, note_rule, of_rule
from adaptors.domain.shapes import WrongShape, shaped
from adaptors.domain.transactions.selection import fitting, pass_over
from adaptors.fields import BY_NAME
from adaptors.models import Activation, CommonSettings, ExportRule
from adaptors.registry import FORMATS
from arhub.domain.receivables import OTHER_KINDS
from arhub.models import Account, Document, User
from connectors.domain.deliveries import can_deliver
from connectors.models import Connection


class CannotChange(Exception):
    """Nothing was changed; the text says why, `field` where."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


def follow(activation: Activation) -> int:
    """Make the rules of customers that have come since; how many. One statement, however many customers."""
    if activation.source is None:
        return 0
    rules, accounts = ExportRule._meta.db_table, Account._meta.db_table
    with database.cursor() as cursor:
        cursor.execute(
            f"insert into {rules} (tenant_id, activation_id, account_id, is_active, format, "
            "format_values, values, missing, trusted, created_at, changed_at) "
            "select a.tenant_id, %s, a.id, false, '', '{}', '{}', '[]', '{}', now(), now() "
            f"from {accounts} a where a.tenant_id = %s and a.ledger_id = %s "
            "and (a.kind is null or a.kind <> all(%s)) and a.id not in "  # hashed: cheap before there are statistics
            f"(select r.account_id from {rules} r where r.tenant_id = %s and r.activation_id = %s) "
            "order by a.name, a.id on conflict do nothing",
            [
                activation.pk,
                activation.tenant_id,
                activation.source.ledger_id,
                list(OTHER_KINDS),
                activation.tenant_id,
                activation.pk,
            ],
        )
        return int(cursor.rowcount)


@transaction.atomic
def activate(
    activation: Activation,
    rules: QuerySet[ExportRule],
    *,
    format: str,
    destination: Connection | None,
    takes_existing: bool = False,
    user: User | None = None,
) -> int:
    """Activate those of the rules that are not active, with one format and gateway; how many. A constant number of
    statements. Documents that are in the hub by now are passed over unless `takes_existing`. Raises `CannotChange`."""
    _require(activation, format, destination)
    wanted = rules.filter(activation=activation, is_active=False)
    if not takes_existing:
        pass_over(existing(activation, wanted), activation)
    now = timezone.now()
    note_gateway(activation, None, destination, user)
    return wanted.update(
        is_active=True, activated_at=now, activated_by=user, format=format, destination=destination, changed_at=now,
        judged_at=None,
    )  # fmt: skip


def deactivate(activation: Activation, rules: QuerySet[ExportRule]) -> int:
    """Stop sending for those of the rules that are active; how many. Their settings stay."""
    return rules.filter(activation=activation, is_active=True).update(is_active=False, changed_at=timezone.now())


@transaction.atomic
def set_own(rule: ExportRule, values: Mapping[str, str], **columns: Any) -> None:
    """Set own values of a customer; an empty one is reset to what is common. `columns` are format, format_values,
    destination and common, those that change. Raises `CannotChange`."""
    if "format" in columns or "destination" in columns:
        _require(rule.activation, columns.get("format", rule.format), columns.get("destination", rule.destination))
    locked = ExportRule.objects.select_for_update().get(pk=rule.pk)
    before = of_rule(locked)
    locked.values = changed_values(locked.values, values)
    for name, value in columns.items():
        setattr(locked, name, value)
    locked.changed_at, locked.judged_at = timezone.now(), None
    locked.save(update_fields=["values", "changed_at", "judged_at", *columns])
    note_rule(locked, before)


def changed_values(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """The old values with the new ones in their place; those that are empty are gone. Raises `CannotChange` for a field
    nobody knows, and for a value that cannot be one of its field."""
    found = dict(old)
    for name, value in new.items():
        field = BY_NAME.get(name)
        if field is None:
            raise CannotChange(f"Expected a setting such as customer_endpoint_id, found {name[:60]}.", name)
        try:
            found[name] = shaped(field, value)
        except WrongShape as problem:
            raise CannotChange(str(problem), name) from None
    return {name: value for name, value in found.items() if value}


def choose_common(rules: QuerySet[ExportRule], chosen: CommonSettings | None) -> int:
    """Let a set of common settings hold for some customers; None: those for all. How many."""
    for activation in Activation.objects.filter(rules__in=rules).distinct():
        note_common(activation, {}, chosen.values if chosen else {})
    return rules.update(common=chosen, changed_at=timezone.now(), judged_at=None)


def existing(activation: Activation, rules: QuerySet[ExportRule]) -> QuerySet[Document]:
    """The documents in the hub by now that would fall in if these customers were activated."""
    wanted = rules.filter(activation=activation, is_active=False).values("account_id")
    return fitting(activation).filter(account_id__in=wanted)


def _require(activation: Activation, format: str, destination: Connection | None) -> None:
    if format and format not in FORMATS:
        raise CannotChange(f"Expected one of {', '.join(FORMATS)}, found {format[:40]}.", "format")
    if destination is not None and not can_deliver(destination):
        raise CannotChange(f"{destination} takes no files: choose a gateway.", "destination")
    if not (format or activation.format):
        raise CannotChange("Choose an output format.", "format")
    if destination is None and activation.destination_id is None:
        raise CannotChange("Choose a destination gateway.", "destination")
