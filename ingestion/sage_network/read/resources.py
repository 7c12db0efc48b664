"""A read model: which records it shows, its fields, and the collections that may come with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Model, QuerySet

from ingestion.sage_network.ids import Kind
from ingestion.sage_network.read.properties import Context, Property
from ingestion.sage_network.searchlight import Column

Dict = dict[str, Any]


def _no_preparation(records: Sequence[Any], context: Context) -> None:
    return None


@dataclass(frozen=True, eq=False)
class Resource:
    """`scope` names what a caller must be allowed to read. `collections` are the names of includes → the fields each
    fills, null when it is not asked for. `prepare` looks up what all records of an answer need, and sets it on them."""

    name: str
    kind: Kind
    scope: str
    rows: Callable[[], QuerySet[Any, Any]] = field(repr=False)
    properties: tuple[Property, ...] = field(repr=False)
    collections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prepare: Callable[[Sequence[Any], Context], None] = field(default=_no_preparation, repr=False)

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Lowered name → column."""
        return {item.name.lower(): item.column for item in self.properties if item.column}

    @cached_property
    def absent(self) -> Dict:
        return {key: None for keys in self.collections.values() for key in keys}

    def describe(self, records: Sequence[Model], context: Context) -> list[Dict]:
        """The records as dicts, without their collections."""
        self.prepare(records, context)
        return [{item.name: item.read(record, context) for item in self.properties} | self.absent for record in records]
