"""How a load is asked for, in OpenAPI: the record types say what they are."""

from __future__ import annotations

from typing import Any

from arhub.api.columns import BOOL
from arhub.models import Source
from arhub.records import RECORD_TYPES
from ingestion.domain.archive import ARCHIVE
from ingestion.domain.policies import Policies

Schema = dict[str, Any]


def _policy(name: str) -> Schema:
    field: Any = Source._meta.get_field(name)
    if field.choices:
        return {"type": "string", "enum": [value for value, _ in field.flatchoices]}
    return {"type": "integer", "minimum": 0, "maximum": 100}


_POLICIES: Schema = {
    "type": "object",
    "description": "What this load does otherwise than its source says.",
    "properties": {name: _policy(name) for name in Policies.__dataclass_fields__},
    "additionalProperties": False,
}
_DRY_RUN: Schema = {**BOOL, "description": "Stop at the review: nothing is written until it is committed."}
_RECORDS: Schema = {
    "type": "object",
    "description": "A list of records for each type, with the fields of that type.",
    "properties": {name: {"type": "array", "items": {"type": "object"}} for name in RECORD_TYPES},
    "additionalProperties": False,
}
_FILE: Schema = {"type": "string", "format": "binary"}

INTAKE = {
    "application/json": {
        "type": "object",
        "required": ["records"],
        "properties": {"records": _RECORDS, "dry_run": _DRY_RUN, "policies": _POLICIES},
        "additionalProperties": False,
    },
    "multipart/form-data": {
        "type": "object",
        "properties": {**dict.fromkeys((*RECORD_TYPES, ARCHIVE), _FILE), "dry_run": _DRY_RUN, "policies": _POLICIES},
        "additionalProperties": False,
    },
}
