"""Many rows of a table changed by one statement, each in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from psycopg2.extras import execute_values


def update_many(rows: Sequence[models.Model], fields: Sequence[str], where: str = "true", *given: Any) -> set[int]:
    """Store some fields of some rows of one model. They are found by their keys and by `where`, in which the table is
    `r`, with what is `given` for it. Returns the keys of those that were changed."""
    if not rows:
        return set()
    meta = rows[0]._meta
    columns: list[Any] = [meta.get_field(name) for name in fields]
    values = [
        (row.pk, *(column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns))
        for row in rows
    ]
    names = [column.column for column in columns]
    template = f"({', '.join(['%s::bigint', *(f'%s::{column.db_type(connection)}' for column in columns)])})"
    with connection.cursor() as cursor, connection.wrap_database_errors:
        condition = cursor.cursor.mogrify(where, given).decode().replace("%", "%%")
        found = execute_values(
            cursor.cursor,
            f"update {meta.db_table} r set {', '.join(f'{name} = v.{name}' for name in names)}"
            f" from (values %s) v (id, {', '.join(names)}) where r.id = v.id and {condition} returning r.id",
            values, template=template, page_size=len(values), fetch=True,
        )  # fmt: skip
    return {key for (key,) in found}
