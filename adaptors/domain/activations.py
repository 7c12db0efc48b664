"""The life of an activation: made from the catalogue, connected, changed, switched, removed.

Whatever happens to it is told as an event `adaptor.changed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from django.db import transaction

from adaptors.catalogue import CATALOGUE, Work
from adaptors.domain.approvals.sensitive import note_gateway
from adaptors.domain.choices import connections_for, destinations_for, sources_for, status_words
from adaptors.domain.customers import readiness
from adaptors.domain.customers.settings import valid
from adaptors.domain.running import KIND
from adaptors.domain.steps import Step, missing, steps, steps_of
from adaptors.domain.transactions.exporting import confirm_first_run
from adaptors.domain.transactions.selection import due, pass_over
from adaptors.models import Activation, Transaction
from arhub.domain import events, runs, shares
from arhub.domain.receivables import today_of
from arhub.models import Run, Schedule, Source, Tenant, User
from arhub.tenancy.scope import current_tenant_id
from connectors.domain.given import WrongSettings
from connectors.models import Connection

__all__ = [
    "InUse", "Refused", "Step", "WrongSettings", "activate", "change", "connect", "connections_for", "destinations_for",
    "free_name", "missing", "obstacle", "remove", "run_now", "sources_for", "status_words", "steps", "steps_of",
    "switch",
]  # fmt: skip

DOCUMENT_TYPES = ["invoice", "credit_memo"]
DEFAULT_FORMAT = "bis3"


class Refused(Exception):
    """It cannot be done as things stand; the text says why."""


class InUse(Refused):
    """It cannot be removed, or take its records from somewhere else; the text says why."""


@transaction.atomic
def activate(
    kind: str, *, name: str = "", destination: Connection | None = None, user: User | None = None
) -> Activation:
    """Make an activation of an entry of the catalogue, which is off until it has all it needs. Without a name it gets
    the entry's own. Raises KeyError for an entry nobody knows, and `WrongSettings`."""
    entry = CATALOGUE[kind]
    made = Activation(
        adaptor=kind, owner=user, created_by=user, format=DEFAULT_FORMAT if DEFAULT_FORMAT in entry.formats else "",
        dated_from=today_of(Tenant.objects.get(pk=current_tenant_id())),
        document_types=DOCUMENT_TYPES if entry.work in (Work.EXPORT, Work.POST) else [],
    )  # fmt: skip
    for field, value in valid(made, {"name": name or free_name(entry.label), "destination": destination}).items():
        setattr(made, field, value)
    made.save()
    note_gateway(made, None, made.destination, user)
    _tell(made, "activated", user)
    return made


def free_name(label: str) -> str:
    """A name that no activation has: the label, with a number where it is taken."""
    taken = set(Activation.objects.filter(name__startswith=label).values_list("name", flat=True))
    return next(one for one in (label, *(f"{label} ({number})" for number in range(2, 1000))) if one not in taken)


@transaction.atomic
def connect(activation: Activation, chosen: Connection | Source, user: User | None = None) -> None:
    """Take the records from a connection, or from a source where the adaptor has no connection of its own. Raises
    `WrongSettings` for one of another kind, and `InUse` when it sent documents of another ledger."""
    entry = activation.entry
    connection = chosen if isinstance(chosen, Connection) else None
    source = connection.source if connection else chosen
    known = connections_for(entry) if connection else sources_for(entry)
    if not isinstance(source, Source) or not known.filter(pk=chosen.pk).exists():
        raise WrongSettings({"source": f"{chosen} brings nothing that {entry.label} takes, or is switched off."})
    _leave_source(activation, source)
    Activation.objects.filter(pk=activation.pk).update(connection=connection, source=source)
    activation.connection, activation.source = connection, source
    _tell(activation, "connected", user, [str(chosen)])


def _leave_source(activation: Activation, source: Source) -> None:
    """The customers of one ledger are not those of another."""
    before = activation.source
    if before is None or before.ledger_id == source.ledger_id:
        return
    if Transaction.objects.filter(activation=activation).exists():
        raise InUse(f"Documents of {before} were sent by it. Activate the adaptor once more for {source}.")
    if activation.rules.filter(is_active=True).exists():
        raise InUse(f"Customers of {before} are active here: deactivate them first.")
    activation.rules.all().delete()


CHOOSING = {"dated_from", "document_types", "statuses"}
"""The settings that say which documents go out."""
DECIDING = {"format", "format_values", "destination", "general"}
"""Those that customers without their own rest on."""


@transaction.atomic
def change(
    activation: Activation, values: dict[str, Any], user: User | None = None, *, takes_existing: bool = False
) -> list[str]:
    """Change some settings, by the names of `adaptors.domain.customers.settings`. Returns the names of those that are
    other than before. Documents that are here and fall in by the change are passed over unless `takes_existing`. Raises
    `WrongSettings`."""
    held = Activation.objects.select_for_update().get(pk=activation.pk)
    before, given = copy(held), valid(held, values)
    changed = [name for name, value in given.items() if getattr(held, name) != value]
    for name in changed:
        setattr(held, name, given[name])
        setattr(activation, name, given[name])
    if changed:
        held.save(update_fields=changed)
        note_gateway(held, before.destination, held.destination, user)
        _tell(held, "changed", user, changed)
    if "owner" in changed:
        shares.owner_changed(held)
    if not takes_existing and CHOOSING & set(changed):
        pass_over(due(held).exclude(pk__in=due(before).order_by().values("pk")), held)
    if DECIDING & set(changed):
        readiness.forget(held)
    return changed


@transaction.atomic
def switch(activation: Activation, *, on: bool, user: User | None = None) -> bool:
    """Switch it on or off; false when it is so already. Raises `Refused` while it lacks something to run."""
    if on and (lacking := missing(steps(activation))):
        raise Refused(f"{lacking.label}: not yet. {lacking.text}")
    if not Activation.objects.filter(pk=activation.pk, is_on=not on).update(is_on=on):
        return False
    _tell(activation, "switched on" if on else "switched off", user)
    return True


@transaction.atomic
def run_now(activation: Activation, user: User | None = None) -> Run:
    """Queue a run of all that is due, for somebody who has seen how much that is. Raises `Refused` for one that is
    off."""
    if not activation.is_on:
        raise Refused(f"{activation} is switched off.")
    confirm_first_run(activation)
    return runs.start(KIND, activation.pk, user=user)


def obstacle(activation: Activation) -> str:
    """Why it cannot be removed; empty when it can."""
    if Transaction.objects.filter(activation=activation).exists():
        return "Documents went through it, and what was sent is kept. Switch it off instead."
    if Run.objects.filter(kind=KIND, subject_id=activation.pk, state__in=Run.UNFINISHED).exists():
        return "A run of it is at work: cancel that first."
    return ""


@transaction.atomic
def remove(activation: Activation, user: User | None = None) -> None:
    """Delete it, with its settings, export rules and schedules. Raises `InUse`."""
    held = Activation.objects.select_for_update().get(pk=activation.pk)
    if reason := obstacle(held):
        raise InUse(reason)
    Schedule.objects.filter(kind=KIND, subject_id=held.pk).delete()
    _tell(held, "removed", user)
    shares.forget(held)
    held.delete()


def _tell(activation: Activation, what: str, user: User | None, names: Sequence[str] = ()) -> None:
    data = {"activation": activation.pk, "adaptor": activation.adaptor, "what": what, "names": list(names),
            "by": str(user) if user else ""}  # fmt: skip
    events.emit("adaptor.changed", data, subject=str(activation)[:120])
