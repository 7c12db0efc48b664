"""Serializer fields out of record types, so that a column is declared once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, ClassVar

from django.apps import apps
from rest_framework import serializers

from arhub.exports.values import as_given, owner_key
from arhub.records import Field, Kind, RecordType

Read = Callable[[Any], Any]
Schema = dict[str, Any]

ID: Schema = {"type": "integer", "format": "int64", "minimum": 1}
INTEGER: Schema = {"type": "integer", "format": "int64"}
TEXT: Schema = {"type": "string"}
BOOL: Schema = {"type": "boolean"}
DAY: Schema = {"type": "string", "format": "date"}
TIME: Schema = {"type": "string", "format": "date-time"}
DECIMAL: Schema = {"type": "string", "format": "decimal", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}

SCHEMAS = {
    Kind.MONEY: DECIMAL,
    Kind.NUMBER: DECIMAL,
    Kind.COORDINATE: DECIMAL,
    Kind.INTEGER: INTEGER,
    Kind.DATE: DAY,
    Kind.DATETIME: TIME,
    Kind.BOOL: BOOL,
}
_EXAMPLES: dict[Kind, Callable[[str], Any]] = {Kind.BOOL: lambda text: text == "true", Kind.INTEGER: int}


class Value(serializers.Field):
    """A value of a record, as JSON holds it. `read` takes it from the record, `schema` is its OpenAPI type."""

    def __init__(self, read: Read, schema: Schema, **options: Any) -> None:
        super().__init__(read_only=True, source="*", **options)
        self.read, self.schema = read, schema

    def to_representation(self, record: Any) -> Any:
        return self.read(record)


class RecordSerializer(serializers.Serializer):
    """Shows records. Of the fields in `optional` it shows those that the view was asked to include; none of them
    where the record itself is included in another.

    A page has tens of thousands of values: each is read by one call, without what the framework puts around it.
    """

    optional: ClassVar[tuple[str, ...]] = ()

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if "included" not in self.context:  # the API's document is about to be written
            return fields
        is_outermost = self.root in (self, self.parent)
        absent = set(self.optional) - set(self.context["included"] if is_outermost else ())
        return {name: field for name, field in fields.items() if name not in absent}

    def to_representation(self, record: Any) -> dict[str, Any]:
        return {name: read(record) for name, read in self._reads}

    @property
    def _reads(self) -> list[tuple[str, Read]]:
        if not hasattr(self, "_read_each"):
            self._read_each = [(name, _read_of(field)) for name, field in self.fields.items()]
        return self._read_each


def columns_of(record_type: RecordType) -> type[RecordSerializer]:
    """A serializer of the record type's fields, by their names, and what every record has besides.

    A reference is the other record's erp_key, as in uploads and exports, and beside it the hub's own id of that record.
    """
    fields: dict[str, Value] = {
        "id": Value(attrgetter("pk"), ID, help_text="The hub's own id of the record."),
        "ledger": Value(attrgetter("ledger_id"), ID, help_text="The ledger the record lives in; see sources."),
        "erp_key": Value(attrgetter("erp_key"), TEXT, help_text="The record's key, unique in its ledger."),
    }
    for field in record_type.fields:
        if field.name != "erp_key":
            fields |= _columns(record_type, field)
    fields |= {
        "created_at": Value(_time(attrgetter("created_at")), TIME, help_text="When the record came to the hub."),
        "updated_at": Value(_time(attrgetter("updated_at")), TIME, help_text="When the record was last changed here."),
        "missing_at": Value(
            _time(attrgetter("missing_at")), TIME, allow_null=True,
            help_text="Since when the record is missing at its source: a full snapshot came without it.",
        ),
    }  # fmt: skip
    name = f"{record_type.name.title().replace('_', '')}Columns"
    return type(name, (RecordSerializer,), {"__module__": __name__, **fields})


def amount(attribute: str, help_text: str) -> Value:
    """An amount that is no field of the record type."""
    return Value(_decimal(attrgetter(attribute)), DECIMAL, allow_null=True, help_text=help_text)


def time(attribute: str, help_text: str, *, allow_null: bool = True) -> Value:
    return Value(_time(attrgetter(attribute)), TIME, allow_null=allow_null, help_text=help_text)


def choice(read: Read, values: list[str], help_text: str, *, allow_null: bool = False) -> Value:
    return Value(read, {**TEXT, "enum": values}, allow_null=allow_null, help_text=help_text)


def as_decimal(value: Decimal | None) -> str | None:
    """All digits, never an exponent."""
    return None if value is None else format(value, "f")


def as_time(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _columns(record_type: RecordType, field: Field) -> dict[str, Value]:
    if field.kind is Kind.REFERENCE and field.references != "*":
        return _reference(field, null=apps.get_model(record_type.model)._meta.get_field(field.attribute).null)
    schema: Schema = {**SCHEMAS.get(field.kind, TEXT)}
    if field.kind is Kind.CHOICE:
        schema["enum"] = [value for value, _ in field.choices]
    elif field.example:
        schema["example"] = _EXAMPLES.get(field.kind, str)(field.example)
    return {field.name: Value(_read(record_type, field), schema, allow_null=True, help_text=field.help or None)}


def _reference(field: Field, *, null: bool) -> dict[str, Value]:
    other = attrgetter(field.attribute)
    own_id = f"The hub's own id of the {field.attribute.replace('_', ' ')}."

    def key(record: Any) -> str | None:
        found = other(record)
        return found.erp_key if found else None

    return {
        field.name: Value(key, TEXT, allow_null=null, help_text=f"{field.help} Answers give its erp_key."),
        f"{field.attribute}_hub_id": Value(attrgetter(f"{field.attribute}_id"), ID, allow_null=null, help_text=own_id),
    }


def _read(record_type: RecordType, field: Field) -> Read:
    get: Read = attrgetter(field.attribute)
    if field.references == "*":
        return lambda record: owner_key(record.erp_key, record.table_key, record.label)
    if field.signed and record_type.model == "arhub.Document":
        return lambda record: as_decimal(as_given(get(record), record.document_type, record.given_sign))
    match field.kind:
        case Kind.MONEY | Kind.NUMBER | Kind.COORDINATE:
            return _decimal(get)
        case Kind.DATE:
            return _day(get)
        case Kind.DATETIME:
            return _time(get)
    return get


def _decimal(get: Read) -> Read:
    return lambda record: as_decimal(get(record))


def _time(get: Read) -> Read:
    return lambda record: as_time(get(record))


def _day(get: Read) -> Read:
    def read(record: Any) -> str | None:
        value = get(record)
        return None if value is None else value.isoformat()

    return read


def _read_of(field: Any) -> Read:
    if isinstance(field, Value):
        return field.read

    def read(record: Any) -> Any:
        value = field.get_attribute(record)
        return None if value is None else field.to_representation(value)

    return read
