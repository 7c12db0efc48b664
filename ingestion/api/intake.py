"""Loads that programs start: files or JSON records of any type, with the source's policies or others."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

from arhub.api.errors import ApiError
from arhub.records import RECORD_TYPES
from ingestion.api.writer import person_of, source_of
from ingestion.domain import batches, making
from ingestion.domain.archive import ARCHIVE, type_of
from ingestion.domain.policies import Policies
from ingestion.errors import Unreadable
from ingestion.models import Ingestion
from ingestion.tasks import ring

TARGETS = (*RECORD_TYPES, ARCHIVE)
OPTIONS = ("dry_run", "policies")
Files = list[tuple[str, str, Any]]


def start(request: Any) -> Ingestion:
    """Store the load that a request asks for and call a worker. Raises ApiError."""
    try:
        if request.content_type == "multipart/form-data":
            return _create(request, _files(request), _form_options(request))
        with closing(batches.pack(request._stream, _type, within="records")) as batch:
            _refuse_unknown(batch.values, OPTIONS)
            if not batch.sizes:
                raise ApiError(400, "Expected lists of records in “records”, found none that has any.")
            return _create(request, [(ARCHIVE, "records.zip", batch.archive)], batch.values)
    except Unreadable as problem:
        raise ApiError(400, str(problem)) from problem


def _create(request: Any, files: Files, options: dict[str, Any]) -> Ingestion:
    source, policies = source_of(request), options.get("policies") or {}
    if not isinstance(policies, dict):
        raise ApiError(400, "Expected an object in “policies”.", fields={"policies": ["Expected an object."]})
    try:
        chosen = Policies.chosen(source, policies)
    except ValueError as error:
        raise ApiError(400, "There is no such policy.", fields={"policies": [str(error)]}) from error
    ingestion = making.create(
        source, files, origin=Ingestion.Origin.API, user=person_of(request), review=_is_dry(options), policies=chosen
    )
    ring()
    return ingestion


def _is_dry(options: dict[str, Any]) -> bool:
    wanted = options.get("dry_run", False)
    if not isinstance(wanted, bool):
        raise ApiError(400, "Expected true or false in “dry_run”.", fields={"dry_run": ["Expected true or false."]})
    return wanted


def _files(request: Any) -> Files:
    files = [(name, file.name or name, file) for name, given in request.FILES.lists() for file in given]
    _refuse_unknown({name: None for name, _, _ in files}, TARGETS)
    if not files:
        raise ApiError(400, f"Expected files, each in a part named {', '.join(TARGETS)}; found none.")
    if empty := [name for name, _, file in files if not file.size]:
        raise ApiError(400, "A file is empty.", fields={empty[0]: ["The file is empty: it has no header and no rows."]})
    return files


def _form_options(request: Any) -> dict[str, Any]:
    """The fields beside the files: dry_run is true or false, policies a JSON object."""
    values = request.POST.dict()
    _refuse_unknown(values, OPTIONS)
    try:
        return {name: json.loads(text) for name, text in values.items()}
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "Expected dry_run as true or false and policies as a JSON object.") from error


def _type(name: str) -> str:
    record_type = name if name in RECORD_TYPES else type_of(f"{name[:100]}.jsonl")
    if not record_type:
        raise Unreadable(f"There is no record type “{name[:60]}”. There are: {', '.join(RECORD_TYPES)}.")
    return record_type


def _refuse_unknown(given: dict[str, Any], known: tuple[str, ...]) -> None:
    if unknown := sorted(set(given) - set(known)):
        text = f"There is no “{unknown[0][:60]}” here. There are: {', '.join(known)}."
        raise ApiError(400, text, fields={unknown[0][:60]: [text]})
