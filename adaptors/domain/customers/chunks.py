"""All export rules of an activation, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from django.db.models import QuerySet

from adaptors.models import Activation, ExportRule

SIZE = 1_000
Item = TypeVar("Item")


def chunks(rules: QuerySet[ExportRule]) -> Iterator[list[ExportRule]]:
    """The rules with their accounts, in the order in which they were made."""
    last = 0
    while found := list(rules.filter(pk__gt=last).select_related("account").order_by("pk")[:SIZE]):
        yield found
        last = found[-1].pk


def all_of(activation: Activation) -> QuerySet[ExportRule]:
    return ExportRule.objects.filter(activation=activation)


def parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[first : first + SIZE] for first in range(0, len(items), SIZE))
