from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import operations

if TYPE_CHECKING:
    from collections.abc import Iterable


class DatabaseOperations(operations.DatabaseOperations):
    connection: Any

    def execute_sql_flush(self, sql_list: Iterable[str]) -> Any:
        """Only the owner may truncate."""
        with self.connection.as_owner():
            return super().execute_sql_flush(sql_list)
