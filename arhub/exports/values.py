"""The columns of an export: where each one's value comes from, and the plain value it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from arhub.records import Field, Kind, RecordType

Value = str | bool | int | Decimal | date | datetime | None
Read = Callable[[tuple[Any, ...]], Value]

CHUNK_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Rows:
    """An export: its headers, what each column holds, and its rows, read as they are asked for."""

    headers: list[str]
    kinds: list[Kind]
    values: Iterator[list[Value]]


def rows_of(record_type: RecordType, records: QuerySet[Any], names: Sequence[str] | None = None) -> Rows:
    """The records as the record type's columns. Holds no more than a chunk of rows at a time."""
    chosen = [field for field in record_type.fields if names is None or field.name in names]
    paths: list[str] = []
    reads = [_read(record_type, field, _places(paths, _sources(record_type, field))) for field in chosen]
    streamed = records.prefetch_related(None).values_list(*paths).iterator(chunk_size=CHUNK_ROWS)
    values = ([read(row) for read in reads] for row in streamed)
    return Rows([field.name for field in chosen], [field.kind for field in chosen], values)


def _sources(record_type: RecordType, field: Field) -> list[str]:
    """The query paths a column needs."""
    if field.references == "*":
        return ["erp_key", "table_key", "label"]
    if field.kind is Kind.REFERENCE:
        return [f"{field.attribute}__erp_key"]
    if field.name == "document_type":
        return ["document_type", "given_type"]
    if field.signed and record_type.model == "arhub.Document":
        return [field.attribute, "document_type", "given_sign"]
    return [field.attribute]


def _places(paths: list[str], wanted: list[str]) -> list[int]:
    paths += [path for path in wanted if path not in paths]
    return [paths.index(path) for path in wanted]


def _read(record_type: RecordType, field: Field, places: list[int]) -> Read:
    first = places[0]
    if field.references == "*":
        return lambda row: owner_key(*(row[place] for place in places))
    if field.name == "document_type":
        own = "credit_memo" if record_type.name == "adjustment" else "invoice"
        return lambda row: row[places[1]] or (None if row[first] == own else row[first])
    if len(places) == 3:
        return lambda row: as_given(*(row[place] for place in places))
    if field.kind is Kind.DATETIME:
        return lambda row: row[first] and row[first].astimezone(UTC)
    return lambda row: row[first]


def as_given(amount: Decimal | None, document_type: str | None, sign: int) -> Decimal | None:
    """An amount of a document with the sign its source gave it."""
    if not amount or document_type != "credit_memo" or sign >= 0:
        return amount
    return amount.copy_negate()


def owner_key(key: str, table: str, label: str) -> str:
    """The reference a custom field was given with. Its own key was made of it, "table|reference|label", so that
    giving the same reference back makes the same key."""
    return key.removeprefix(f"{table}|").removesuffix(f"|{label}")
