"""What the planner knows of tables that grow.

PostgreSQL counts a table anew within a minute of its growing by a tenth. A hub that is new, or sends its first ten
thousand documents, grows faster: until then the planner believes that a company owns next to none of the rows, and
reads all of them in search of ten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from django.db.models import Model

FEWEST = 100


def recount(*models: type[Model]) -> None:
    """Count tables anew of which more rows were written since they were last counted than they had then. Outside a
    transaction, as it holds a lock on each until it commits; one that another process counts is left to it."""
    names = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class join pg_stat_user_tables using (relname)"
            " where oid = relid and relname = any(%s) and n_mod_since_analyze > greatest(reltuples, %s)",
            [names, FEWEST],
        )
        grown = [name for (name,) in cursor.fetchall()]
        if grown:
            with connection.as_owner():  # type: ignore[attr-defined]
                cursor.execute(f"analyze (skip_locked) {', '.join(grown)}")
