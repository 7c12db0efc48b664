"""The rows of a load that waits for its commit, as its review kept them: what would change, and what would be new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from arhub.records import Field, Kind
from ingestion.domain.staging import Staged, exists

SHOWN_FIELDS = 7
_TID = re.compile(r"\(([0-9]{1,10}),([0-9]{1,5})\)")
_LAST = (0xFFFFFFFF, 0xFFFF)
_AMOUNT = "old ~ '^-?[0-9.]+$' and new ~ '^-?[0-9.]+$' and "
MATTERS = {
    "settles": ("settle", "field = 'balance_due' and " + _AMOUNT + "old::numeric <> 0 and new::numeric = 0"),
    "reopens": ("reopen", "field = 'balance_due' and " + _AMOUNT + "old::numeric = 0 and new::numeric <> 0"),
    "turns": ("change sign", "field = 'balance_due' and " + _AMOUNT + "old::numeric * new::numeric < 0"),
}
"""Name of a filter → what the documents do that it leaves, and SQL over a change."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that would move. `record` is the stored record's id; a reference is shown by its key."""

    id: int
    file: int
    line: int
    record: int
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class New:
    """A row that would be inserted: `place` where it stands in the staging table, `cells` field name → text."""

    place: str
    file: int
    line: int
    key: str
    cells: dict[str, str | None]


def changes(staged: Staged, *, only: str = "", after: int = 0, most: int = 50) -> list[Change]:
    """By id, from the one after `after` on; `only` is a field's name, a kind of field or one of `MATTERS`."""
    table = staged.beside("changes")
    if not _exists(table):
        return []
    where, values = _filter(staged, only)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select id, file, line, record, field, old, new from {table} where id > %s and {where} "
            "order by id limit %s",
            [after, *values, most],
        )
        return [Change(*row) for row in cursor.fetchall()]


def changed_fields(staged: Staged) -> list[str]:
    table = staged.beside("changes")
    if not _exists(table):
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"select distinct field from {table} order by field")
        return [name for (name,) in cursor.fetchall()]


def has_new(staged: Staged) -> bool:
    if not _exists(staged.table):
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"select exists (select 1 from {_new(staged)})")
        return bool(cursor.fetchone()[0])


def _new(staged: Staged) -> str:
    """SQL for the staged rows `s` that would be inserted."""
    plan = staged.beside("plan")
    source = f"{staged.table} s"
    return f"{source} join {plan} p on p.sid = s.ctid and p.tid is null" if _exists(plan) else source


def new_rows(staged: Staged, *, after: str = "", most: int = 50) -> Iterator[New]:
    """In the order of the file; `after` is the place of the last row seen."""
    fields = shown_fields(staged)
    columns = "".join(f", s.{item.attribute}::text" for item in fields)
    place = after if _is_place(after) else "(0,0)"
    if not _exists(staged.table):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"select s.ctid::text, s.file, s.line, s.erp_key{columns} from {_new(staged)} where s.ctid > %s::tid "
            "order by s.ctid limit %s",
            [place, most],
        )
        rows = cursor.fetchall()
    for tid, file, line, key, *cells in rows:
        yield New(tid, file, line, key, {item.name: cell for item, cell in zip(fields, cells, strict=True)})


def shown_fields(staged: Staged) -> list[Field]:
    """The first fields that the load fills, those people look for before the rest."""
    found = [item for item in staged.record_type.fields if item.attribute in staged.columns]
    order = sorted(
        found, key=lambda item: (item.attribute != "number", not item.required, item.kind not in _LOOKED_FOR)
    )
    return order[:SHOWN_FIELDS]


_LOOKED_FOR = (Kind.MONEY, Kind.DATE, Kind.CURRENCY, Kind.REFERENCE)


def _filter(staged: Staged, only: str) -> tuple[str, Sequence[Any]]:
    if only in MATTERS:
        return MATTERS[only][1], []
    kinds = {kind.value for kind in Kind}
    if only in kinds:
        return "field = any(%s)", [[item.attribute for item in staged.record_type.fields if item.kind.value == only]]
    return ("field = %s", [only]) if only else ("true", [])


def _is_place(text: str) -> bool:
    """Whether PostgreSQL takes it for a ctid."""
    return bool(_TID.fullmatch(text)) and all(map(int.__le__, _number(text), _LAST))


def _number(tid: str) -> tuple[int, int]:
    match = _TID.fullmatch(tid)
    assert match is not None
    return int(match[1]), int(match[2])


def _exists(table: str) -> bool:
    with connection.cursor() as cursor:
        return exists(cursor, table)
