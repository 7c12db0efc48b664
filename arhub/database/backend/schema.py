from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.db.backends.postgresql import schema


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Works as the owner role, so that tables get the right owner, and so that what a migration validates or
    back-fills sees every tenant's rows: `app`, with no tenant set, would validate nothing and succeed."""

    connection: Any

    def __enter__(self) -> DatabaseSchemaEditor:
        self._owner = ExitStack()
        if not self.collect_sql:
            self._owner.enter_context(self.connection.as_owner())
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        with self._owner:
            super().__exit__(*error)
