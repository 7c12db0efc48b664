from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import creation

from arhub.database.roles import OWNER, prepare_schemas

if TYPE_CHECKING:
    from collections.abc import Iterator


class DatabaseCreation(creation.DatabaseCreation):
    """Makes and drops test databases as the owner role, so that tests run under the same rights as the site."""

    connection: Any

    @contextmanager
    def _nodb_cursor(self) -> Iterator[Any]:
        with super()._nodb_cursor() as cursor:  # type: ignore[misc]
            cursor.execute(f"set role {OWNER}")
            yield cursor

    def _create_test_db(self, *args: Any, **kwargs: Any) -> str:
        name = super()._create_test_db(*args, **kwargs)  # type: ignore[misc]
        inside = self.connection.__class__({**self.connection.settings_dict, "NAME": name}, alias=self.connection.alias)
        try:
            with inside.as_owner(), inside.cursor() as cursor:
                prepare_schemas(cursor)
        finally:
            inside.close()
        return name
