"""One record written by a program, at once: a load of one row, in the transaction that is open.

So it is read, checked, written, told and undone like any other, and leaves nothing when it is refused.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import OperationalError, connection

from arhub.exports.values import rows_of
from arhub.models import Source, User
from arhub.records import Field, Kind, RecordType
from ingestion.domain import making, runs
from ingestion.domain.owners import foreign_changes
from ingestion.domain.policies import Policies
from ingestion.domain.results import Result, of_file
from ingestion.domain.staging import model_of
from ingestion.errors import Unreadable
from ingestion.models import Ingestion, State

WAIT_SECONDS = 5
_NUMBERS = (Kind.MONEY, Kind.NUMBER, Kind.INTEGER, Kind.COORDINATE)
Row = Mapping[str, Any]


class RowRefused(Exception):
    """The record cannot be written as it is: field → sentences."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__(f"Some fields are not as they should be: {fields}")
        self.fields = fields


class Busy(Exception):
    """Another load writes to the ledger, and that takes its time."""


class Exists(Exception):
    """A record with this key is there already: its id."""


class OwnedElsewhere(Exception):
    """Another source owns what would change: field → sentences."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__("Another source owns this.")
        self.fields = fields


def create(source: Source, record_type: RecordType, row: Row, *, user: User | None = None) -> int:
    """The id of a new record. Raises what stands above; then the transaction has to be rolled back."""
    result = _load(source, record_type, row, user)
    if result.result != "inserted":
        raise Exists(result.record)
    assert result.record is not None
    return result.record


def update(source: Source, record_type: RecordType, record: Any, row: Row, *, user: User | None = None) -> None:
    """Give fields of a stored record other values; null empties one. Raises what stands above."""
    if record.ledger_id != source.ledger_id:
        raise OwnedElsewhere({name: [f"The record stands in the ledger {record.ledger}."] for name in row})
    result = _load(source, record_type, {**_standing(record_type, record), **row}, user)
    if result.result == "inserted":
        raise RowRefused({name: ["This is part of the record's key, which never changes."] for name in row})


def _standing(record_type: RecordType, record: Any) -> dict[str, Any]:
    """What a row of the record has to say anyway: its key, and what its type requires."""
    needed = {item.name for item in record_type.fields if item.required or item.name == "document_type"}
    needed |= {"erp_key", *(name for group in record_type.needs for name in group)}
    records = model_of(record_type)._default_manager.filter(pk=record.pk)
    rows = rows_of(record_type, records, sorted(needed))
    return {name: value for name, value in zip(rows.headers, next(rows.values), strict=True) if value is not None}


def _load(source: Source, record_type: RecordType, row: Row, user: User | None) -> Result:
    content = io.BytesIO(_line(record_type, row))
    clears = {"empty_cells": Source.EmptyCells.CLEAR} if None in row.values() else {}
    ingestion = making.create(
        source, [(record_type.name, "record.jsonl", content)], origin=Ingestion.Origin.API, user=user, review=False,
        policies=Policies.chosen(source, {**clears, "extent": Source.Extent.INCREMENTAL}),
    )  # fmt: skip
    file = ingestion.files.get()
    try:
        return _work(ingestion, source)
    except Exception:
        file.content.delete(save=False)
        raise


def _work(ingestion: Ingestion, source: Source) -> Result:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"set local lock_timeout = '{WAIT_SECONDS}s'")
        runs.work_here(ingestion)
    except OperationalError as error:
        raise Busy from error
    except Unreadable as problem:
        raise RowRefused({"": [str(problem)]}) from problem
    ingestion.refresh_from_db()
    results = of_file(ingestion, ingestion.files.get()) if ingestion.state == State.COMMITTED else []
    if not results or results[0].result == "invalid":
        raise RowRefused(_told(ingestion))
    if owned := foreign_changes(ingestion, source):
        raise OwnedElsewhere(owned)
    return results[0]


def _line(record_type: RecordType, row: Row) -> bytes:
    """The row as JSON. Amounts in texts become numbers: they have one reading, whatever else the file holds."""
    unknown = [name for name in row if name not in record_type.by_name]
    if unknown:
        known = ", ".join(record_type.by_name)
        raise RowRefused({name: [f"There is no such field. There are: {known}."] for name in unknown})
    cells = (f"{json.dumps(name)}: {_cell(record_type.by_name[name], value)}" for name, value in row.items())
    return ("{" + ", ".join(cells) + "}\n").encode()


def _cell(field: Field, value: Any) -> str:
    if isinstance(value, str) and field.kind in _NUMBERS and value.strip():
        try:
            value = Decimal(value)
        except ArithmeticError:
            raise RowRefused({field.name: [f"expected a number such as 1234.50, found {value!r}"]}) from None
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise RowRefused({field.name: [f"expected a number such as 1234.50, found {value}"]})
        return format(value, "f")
    return json.dumps(value, default=str)


def _told(ingestion: Ingestion) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in ingestion.invalid_rows.all():
        for problem in row.problems:
            text = f"expected {problem['expected']}, found {problem['found']}"
            found.setdefault(problem["column"], []).append(text)
    return found or {"": [ingestion.reason]}
