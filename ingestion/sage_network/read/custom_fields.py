"""Values of custom fields. A definition has no record: it is what values of one name on one table have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Q, Value, When

from arhub.domain.owners import TABLES
from arhub.models import CustomFieldValue
from arhub.records.money import CUSTOM_FIELD
from ingestion.sage_network.ids import Kind, definition_uuid, id_of, uuid_of
from ingestion.sage_network.read.properties import Context, Property, constant, derived
from ingestion.sage_network.read.resources import Resource
from ingestion.sage_network.read.shared import ENROLLMENT, GROUP, TIMES
from ingestion.sage_network.searchlight import Column, Holds
from ingestion.sage_network.searchlight.conditions import NEVER

OWNERS = {
    "Company": Kind.COMPANY,
    "Contact": Kind.CONTACT,
    "Invoice": Kind.INVOICE,
    "InvoiceLine": Kind.INVOICE_LINE,
    "Payment": Kind.PAYMENT,
}
assert set(OWNERS) == set(TABLES)

TEXT, NUMBER = "String", "Number"
_TYPE = Case(When(numeric_value__isnull=False, then=Value(NUMBER)), default=Value(TEXT), output_field=CharField())


def data_type(value: Any) -> str:
    return TEXT if value.numeric_value is None else NUMBER


def definition_of(value: Any) -> UUID:
    return definition_uuid(value.table_key, value.label)


def of_records(uuids: Iterable[UUID]) -> Q:
    """The condition that a value belongs to one of these records."""
    found = NEVER
    for uuid in uuids:
        for table, kind in OWNERS.items():
            if (owner := id_of(kind, uuid)) is not None:
                found |= Q(table_key=table, owner=owner)
    return found


def of_definitions(uuids: Sequence[UUID]) -> Q:
    """The condition that a value's definition is one of these. All names in use are looked at."""
    found = NEVER
    for table, label in CustomFieldValue.objects.order_by().values_list("table_key", "label").distinct():
        if definition_uuid(table, label) in uuids:
            found |= Q(table_key=table, label=label)
    return found


VALUE = Resource(
    name="CustomFieldValue",
    kind=Kind.CUSTOM_FIELD,
    scope="custom_fields",
    rows=CustomFieldValue.objects.all,
    properties=(
        GROUP,
        Property(
            "customFieldDefinitionId",
            lambda value, context: definition_of(value),
            Column("customFieldDefinitionId", Holds.UUID, None, matches=of_definitions, missing=lambda: NEVER),
        ),
        Property(
            "recordKey",
            lambda value, context: uuid_of(OWNERS[value.table_key], value.owner),
            Column("recordKey", Holds.UUID, "owner", matches=of_records),
        ),
        *derived(CUSTOM_FIELD),
        Property("dataType", lambda value, context: data_type(value), Column("dataType", Holds.TEXT, _TYPE)),
        *TIMES,
        ENROLLMENT,
    ),
    collections={"CustomFieldDefinition": ("customFieldDefinition",)},
)

DEFINITION = (
    GROUP,
    Property("customFieldDefinitionId", lambda value, context: definition_of(value)),
    Property("tableKey", lambda value, context: value.table_key),
    constant("appId", Holds.UUID),
    Property("customFieldLabel", lambda value, context: value.label),
    Property("dataType", lambda value, context: data_type(value)),
    constant("sortOrder", Holds.INTEGER, 0),
    *TIMES,
    ENROLLMENT,
)


def define(value: Any, context: Context) -> dict[str, Any]:
    """The definition that a value has."""
    return {item.name: item.read(value, context) for item in DEFINITION}
