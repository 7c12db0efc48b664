"""What an activation needs before it can run: the check list on top of its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from adaptors.catalogue import Work
from adaptors.domain.mapping.field_mapping import unmapped
from adaptors.models import Activation, ExportRule
from connectors.models import Connection
from connectors.registry import label_of


@dataclass(frozen=True, slots=True)
class Step:
    """`text` says what was found, or what to do; `tab` is the key of the tab on which that is done."""

    label: str
    is_done: bool
    text: str
    tab: str


def steps(activation: Activation) -> list[Step]:
    """The check list of one activation, in the order in which people go through it."""
    return steps_of([activation])[activation.pk]


def steps_of(activations: Sequence[Activation]) -> dict[int, list[Step]]:
    """By activation, the check list. Connections and sources are on them already; one query finds the rest."""
    found = {row["pk"]: row for row in _found([one.pk for one in activations])}
    return {one.pk: list(_steps(one, found[one.pk])) for one in activations}


def missing(steps: Sequence[Step]) -> Step | None:
    """The first that is not done."""
    return next((step for step in steps if not step.is_done), None)


def _found(keys: list[int]) -> Any:
    active = ExportRule.objects.filter(activation=OuterRef("pk"), is_active=True)
    return Activation.objects.filter(pk__in=keys).values(
        "pk",
        has_customers=Exists(active),
        lacks_destinations=Exists(active.filter(destination=None)),
    )


def _steps(activation: Activation, found: dict[str, Any]) -> Iterator[Step]:
    yield _source(activation)
    yield _destination(activation, found)
    match activation.entry.work:
        case Work.EXPORT:
            text = "" if found["has_customers"] else "Activate the customers who are to get their documents this way."
            yield Step("Customers activated", found["has_customers"], text, "export_rules")
        case Work.POST:
            yield _mapping(activation)
    yield from _settings(activation)


def _source(activation: Activation) -> Step:
    kind = activation.entry.source
    if not kind:
        text = str(activation.source) if activation.source else "Choose the source whose records it takes."
        return Step("Source chosen", activation.source is not None, text, "source")
    connection = activation.connection
    text = f"Choose a connection of the kind {label_of(kind)}, or add one." if connection is None else str(connection)
    return _on("Source connected", connection, text, "source")


def _destination(activation: Activation, found: dict[str, Any]) -> Step:
    """Exports do without one of their own where each customer has one."""
    if activation.destination is None and found["has_customers"] and not found["lacks_destinations"]:
        return Step("Destination chosen", True, "Each customer has one.", "general")
    destination = activation.destination
    text = str(destination) if destination else "Choose where it goes to."
    return _on("Destination chosen", destination, text, "general")


def _mapping(activation: Activation) -> Step:
    """Nothing need be mapped where the connection fills what the other system demands."""
    label, tab = "Fields mapped", "field_mapping"
    if activation.destination is None:
        return Step(label, False, "Choose where it goes to first: that decides which fields there are.", tab)
    lacking = unmapped(activation)
    return Step(label, not lacking, f"Say what fills {', '.join(lacking)}." if lacking else "", tab)


def _on(label: str, connection: Connection | None, text: str, tab: str) -> Step:
    """Something that is chosen and switched off carries nothing."""
    if connection is not None and not connection.is_enabled:
        return Step(label, False, f"{connection} is switched off.", tab)
    return Step(label, connection is not None, text, tab)


def _settings(activation: Activation) -> Iterator[Step]:
    settings = activation.entry.settings
    if not settings:
        return
    empty = [one.label for one in settings if one.required and activation.values.get(one.name, one.default) == ""]
    yield Step("Settings filled in", not empty, f"Fill in {', '.join(empty)}." if empty else "", "general")
