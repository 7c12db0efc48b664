"""App enrollments: the tenant's sources. The app behind one is what kind of source it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q

from arhub.models import Source
from ingestion.sage_network.ids import Kind, uuid_of
from ingestion.sage_network.read.properties import HUB, Context, Property, constant, ids_of, stored
from ingestion.sage_network.read.resources import Resource
from ingestion.sage_network.read.shared import GROUP, own_id
from ingestion.sage_network.searchlight import Column, Holds
from ingestion.sage_network.searchlight.conditions import NEVER

_KINDS = list(Source.Kind)


def _app_id(source: Any, context: Context) -> UUID:
    return uuid_of(Kind.APPLICATION, _KINDS.index(Source.Kind(source.kind)) + 1)


def _of_apps(uuids: list[UUID]) -> Q:
    numbers = ids_of(Kind.APPLICATION, uuids)
    return Q(kind__in=[kind for number, kind in enumerate(_KINDS, 1) if number in numbers])


ENROLLMENTS = Resource(
    name="AppEnrollment",
    kind=Kind.APP_ENROLLMENT,
    scope="sources",
    rows=Source.objects.all,
    properties=(
        own_id("appEnrollmentId", Kind.APP_ENROLLMENT),
        Property("appId", _app_id, Column("appId", Holds.UUID, "kind", matches=_of_apps, missing=lambda: NEVER)),  # type: ignore[arg-type]
        GROUP,
        stored("name", "name", Holds.TEXT),
        constant("isActive", Holds.BOOL, True),
        stored("created", "created_at", Holds.DATETIME),
        constant("createdUserId", Holds.UUID, HUB),
        stored("modified", "created_at", Holds.DATETIME),
        constant("modifiedUserId", Holds.UUID, HUB),
        constant("cronSettings"),
        constant("syncScheduleIsActive", Holds.BOOL, False),
        constant("isDeleted", Holds.BOOL, False),
        Property("connectorInfo", lambda source, context: None),
    ),
    collections={
        "App": ("app",),
        "CustomFields": ("customFieldValues", "customFieldDefinitions"),
        "LastSync": ("lastSync",),
        "LastSuccessfulSync": ("lastSuccessfulSync",),
    },
)


def app_of(source: Any, context: Context) -> dict[str, Any]:
    return {
        "appId": _app_id(source, context),
        "name": Source.Kind(source.kind).label,
        "description": source.name,
        "appType": source.kind,
        "isActive": True,
        "groupKey": context.group,
    }
