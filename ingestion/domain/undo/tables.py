"""The tables of records and every column of any table that names one of them, read off the models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import CASCADE, ForeignKey, Model

from arhub.domain.owners import TABLES as OWNERS
from arhub.models import CustomFieldValue, Document, DocumentLine, SourceRecord, WorkflowStatus
from arhub.records import RECORD_TYPES, RecordType


@dataclass(frozen=True)
class Table:
    """A table of records. `plan` is the temporary table that says what becomes of the rows a load wrote."""

    model: type[SourceRecord]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def plan(self) -> str:
        return f"undo_{self.model._meta.model_name}"

    @cached_property
    def types(self) -> list[RecordType]:
        return [item for item in RECORD_TYPES.values() if item.model == self.model._meta.label]

    @cached_property
    def fields(self) -> dict[str, Any]:
        """Name, as change rows have it → model field."""
        return {field.name: field for field in self.model._meta.concrete_fields if not field.generated}

    def label(self, alias: str) -> str:
        """SQL for what people call the record."""
        names = [name for name in ("name", "number", "label") if name in self.fields]
        return f"coalesce({', '.join(f'{alias}.{name}' for name in [*names, 'erp_key'])})"

    def kind(self, alias: str, attribute: str = "name") -> str:
        """SQL for an attribute of the record's type: two types may share the table."""
        first, *others = self.types
        cases = "".join(
            f" when {_is_of(item, alias)} then '{getattr(item, attribute)}'" for item in others if _is_of(item, alias)
        )
        plain = f"'{getattr(first, attribute)}'"
        return f"case{cases} else {plain} end" if cases else plain

    def final(self, name: str, row: str = "t", plan: str = "u") -> str:
        """SQL for a field's value after the undo: the old one where it is restored, else as it is."""
        field = self.fields[name]
        old = f"({plan}.old ->> '{name}')::{field.db_type(connection)}"
        return f"case when {plan}.old ? '{name}' then {old} else {row}.{field.column} end"

    def future(self) -> str:
        """SQL for the rows as they will be after the undo, with the columns of the table."""
        columns = ", ".join(
            f"{self.final(name)} as {field.column}" for name, field in self.fields.items() if name not in _IDENTITY
        )
        return (
            f"(select t.tenant_id, t.id, {columns} from {self.name} t "
            f"left join {self.plan} u on u.id = t.id and u.round is null where u.inserted is not true)"
        )


_IDENTITY = frozenset({"tenant", "id"})
_OF_DOCUMENTS = (DocumentLine, WorkflowStatus)


def _is_of(record_type: RecordType, alias: str) -> str:
    if record_type.name == "adjustment":
        return f"{alias}.document_type = 'credit_memo'"
    return " and ".join(f"{alias}.{name} = '{value}'" for name, value in record_type.constants)


@dataclass(frozen=True)
class Relation:
    """A column that names records of the table `parent`. `child` is None when it stands in no table of records.

    `only` is a condition on the child row `c` for a column whose meaning another one decides. A part has no meaning
    without its whole.
    """

    model: type[Model]
    field: str
    parent: Table
    only: str = ""

    @cached_property
    def child(self) -> Table | None:
        return next((table for table in tables() if table.model is self.model), None)

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def column(self) -> str:
        return str(self.model._meta.get_field(self.field).column)  # type: ignore[union-attr]

    @property
    def where(self) -> str:
        return f" and {self.only}" if self.only else ""

    @property
    def is_part(self) -> bool:
        return self.model is CustomFieldValue or (self.model in _OF_DOCUMENTS and self.parent.model is Document)

    @property
    def by_id(self) -> bool:
        """Whether change rows tell the record by its id instead of its key."""
        return bool(self.only)


@cache
def tables() -> tuple[Table, ...]:
    """Every table of records; what others refer to comes first."""
    models = dict.fromkeys(apps.get_model(item.model) for item in RECORD_TYPES.values())
    return tuple(Table(model) for model in models)


@cache
def relations() -> tuple[Relation, ...]:
    """Every column of any model that names a record, but for what goes with its record when that is removed."""
    return tuple(_relations())


def _relations() -> Iterator[Relation]:
    by_model = {table.model: table for table in tables()}
    for model in apps.get_models():
        if model._meta.proxy or not model._meta.managed:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and field.remote_field.on_delete is not CASCADE:
                parent = by_model.get(field.related_model._meta.concrete_model)  # type: ignore[union-attr,arg-type]
                if parent is not None:
                    yield Relation(model, field.name, parent)
    for key, owner in OWNERS.items():
        yield Relation(CustomFieldValue, "owner", by_model[owner], f"c.table_key = '{key}'")
