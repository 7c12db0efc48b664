"""Model fields out of record types, so that a column is declared once."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from arhub.records import Field, Kind, RecordType


class ExactDecimalField(models.DecimalField):
    """A `numeric` without a fixed scale: digits come back as they were given (1.50 stays 1.50)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_digits": 28, "decimal_places": None})

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {key: value for key, value in kwargs.items() if key != "max_digits"}

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def check(self, **kwargs: Any) -> list[Any]:
        return models.Field.check(self, **kwargs)

    def get_db_converters(self, connection: Any) -> list[Any]:
        return models.Field.get_db_converters(self, connection)

    def formfield(self, **kwargs: Any) -> Any:
        return models.Field.formfield(self, **kwargs)

    def validate(self, value: Any, model_instance: Any) -> None:
        models.Field.validate(self, value, model_instance)
        if value is not None and not value.is_finite():
            raise ValidationError("Enter a number.")


def model_field(field: Field) -> models.Field[Any, Any]:
    """The column of a record type's field. Null means: the source never gave a value."""
    options: dict[str, Any] = {"null": True, "blank": True, "help_text": field.help}
    match field.kind:
        case Kind.MONEY | Kind.NUMBER:
            return ExactDecimalField(**options)
        case Kind.COORDINATE:
            return models.DecimalField(max_digits=9, decimal_places=6, **options)
        case Kind.INTEGER:
            return models.BigIntegerField(**options)
        case Kind.DATE:
            return models.DateField(**options)
        case Kind.DATETIME:
            return models.DateTimeField(**options)
        case Kind.BOOL:
            return models.BooleanField(**options)
        case Kind.CURRENCY:
            return models.CharField(max_length=3, **options)
        case Kind.CHOICE:
            names = [(value, value.replace("_", " ").capitalize()) for value, _ in field.choices]
            return models.CharField(max_length=40, choices=names, **options)
        case Kind.JSON:
            return models.TextField(**options)
        case Kind.REFERENCE:
            raise ValueError(f"{field.name} is a relation: the model declares it")
        case _:
            return models.CharField(max_length=field.max_length, **options)


def columns_of(record_type: RecordType) -> type[models.Model]:
    """An abstract model with every column of the record type but its key and its relations."""
    fields = {
        field.attribute: model_field(field)
        for field in record_type.fields
        if field.kind is not Kind.REFERENCE and field.name != "erp_key"
    }
    meta = type("Meta", (), {"abstract": True})
    name = f"{record_type.name.title().replace('_', '')}Columns"
    return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **fields})
