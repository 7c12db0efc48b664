"""What a query set is sorted by: column by column, with what compares a row with a place in that order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Func, GeneratedField, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import OrderBy

_ATTRIBUTE = "sort_value_"


@dataclass(frozen=True, slots=True)
class SortKey:
    """`path` leads from the model to the column; `attribute` is what a row calls the value there."""

    path: str
    attribute: str
    field: Any
    is_descending: bool
    is_nullable: bool

    @property
    def is_related(self) -> bool:
        """Whether the value is another record's, so that a row has to be given it."""
        return self.attribute.startswith(_ATTRIBUTE)

    def __str__(self) -> str:
        return f"-{self.path}" if self.is_descending else self.path

    def ordering(self, *, backwards: bool, has_missing: bool, by_index: bool = True) -> OrderBy:
        """Missing values last; read backwards, first. Said only where there may be some: an index serves no other
        order than its own. `by_index` false keeps the index of this column out: the greatest of one value is the
        value, which the planner does not know."""
        nulls: dict[str, Any] = {}
        if has_missing:
            nulls = {"nulls_first": True} if backwards else {"nulls_last": True}
        value = F(self.path) if by_index else Func(F(self.path), function="greatest")
        return OrderBy(value, descending=self.is_descending != backwards, **nulls)

    def beyond(self, value: Any, *, backwards: bool) -> Q | None:
        """The condition that a row's value comes after this one; None when none does."""
        if value is None:
            return Q(**{f"{self.path}__isnull": False}) if backwards else None
        found = Q(**{f"{self.path}__{'lt' if self.is_descending != backwards else 'gt'}": value})
        return found | Q(**{f"{self.path}__isnull": True}) if self.is_nullable and not backwards else found

    def equal(self, value: Any) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def text_of(self, row: Model) -> Any:
        """The row's value as JSON can hold it."""
        value = getattr(row, self.attribute)
        if isinstance(value, date):  # a datetime is one too
            return value.isoformat()
        return str(value) if isinstance(value, Decimal) else value

    def value_of(self, given: Any) -> Any:
        """The value of such a text. Raises ValueError for one the column cannot hold."""
        if given is None and self.is_nullable:
            return None
        if not isinstance(given, str | int):
            raise ValueError(f"Expected a value of {self.path}, found {type(given).__name__}.")
        if isinstance(given, str) and "\x00" in given.encode().decode():  # encode refuses half a surrogate pair
            raise ValueError("PostgreSQL holds no text with a null character.")
        try:
            return self.field.to_python(given)
        except ValidationError as error:
            raise ValueError(f"Expected a value of {self.path}, found {given!r}.") from error


def sort_keys(rows: QuerySet[Any]) -> list[SortKey]:
    """The keys of an ordered query set, the last of them the id, so that no two rows share a place."""
    keys: list[SortKey] = []
    for name in (*rows.query.order_by, "-pk"):
        for key in _keys_of(rows.model, str(name)):
            keys.append(key)
            if key.path == rows.model._meta.pk.name:
                return keys
    return keys


def _keys_of(model: type[Model], name: str) -> Iterator[SortKey]:
    """The keys behind a name in an ordering; a relation stands for the order of the records it leads to, the column
    behind it (as in `file_id`) for itself."""
    path, is_descending = name.removeprefix("-"), name.startswith("-")
    fields = list(_fields_on(model, path))
    if (related := fields[-1].related_model) is None or path.rpartition(LOOKUP_SEP)[2] == fields[-1].attname:
        yield _key(fields, is_descending)
        return
    for inner in related._meta.ordering or ["pk"]:
        inner_path, inner_descending = inner.removeprefix("-"), inner.startswith("-")
        sign = "-" if inner_descending != is_descending else ""
        yield from _keys_of(model, f"{sign}{path}{LOOKUP_SEP}{inner_path}")


def _fields_on(model: Any, path: str) -> Iterator[Any]:
    for part in path.split(LOOKUP_SEP):
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        yield field
        model = field.related_model


def _key(fields: list[Any], is_descending: bool) -> SortKey:
    path = LOOKUP_SEP.join([*(field.name for field in fields[:-1]), fields[-1].attname])
    is_generated = isinstance(fields[-1], GeneratedField)  # does not say whether it may be missing
    return SortKey(
        path,
        attribute=path if len(fields) == 1 else _ATTRIBUTE + path,
        field=fields[-1].output_field if is_generated else fields[-1],
        is_descending=is_descending,
        is_nullable=is_generated or any(field.null for field in fields),
    )
