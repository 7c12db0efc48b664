"""The fields that filters and orders may name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.expressions import Combinable

Value = str | bool | int | Decimal | date | datetime | UUID


class Holds(StrEnum):
    """What a field holds, in the words of an error."""

    TEXT = "text"
    DECIMAL = "a number such as 1250.00"
    INTEGER = "a whole number"
    BOOL = "true or false"
    DATE = "a date such as 2026-03-15"
    DATETIME = "a time such as 2026-03-15T12:00:00Z"
    UUID = "a uuid"


@dataclass(frozen=True, slots=True)
class Column:
    """One field by its name in the API.

    `source` is the query path or expression of its value; without one the value is always `default`. `default` is what
    an empty column reads as, and `stored` the path that is empty then, when `source` is an expression. `lowered` is the
    path of a lowered twin of collation C. `matches` makes the condition that the value is one of those given,
    `missing` the one that there is none; both are for values that stand in no column as they are shown.
    """

    name: str
    holds: Holds
    source: str | Combinable | None
    default: Value | None = None
    stored: str = ""
    lowered: str = ""
    matches: Callable[[Sequence[Any]], Q] | None = None
    missing: Callable[[], Q] | None = None

    @property
    def empty_in(self) -> str:
        """The path that is null where the column is empty."""
        return self.source if isinstance(self.source, str) else self.stored
