"""The hub's database backend: ENGINE "arhub.database.backend"."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import base
from psycopg2 import OperationalError
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from arhub.database import embedded
from arhub.database.backend.creation import DatabaseCreation
from arhub.database.backend.operations import DatabaseOperations
from arhub.database.backend.schema import DatabaseSchemaEditor
from arhub.database.roles import OWNER
from arhub.tenancy.context import current
from arhub.tenancy.session import push, state_for

if TYPE_CHECKING:
    from collections.abc import Iterator


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
    creation_class = DatabaseCreation
    ops_class = DatabaseOperations

    def get_connection_params(self) -> dict[str, Any]:
        parameters = super().get_connection_params()
        parameters.pop("embedded", None)
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """The embedded server is started when it turns out to be needed: a connection that works costs nothing."""
        try:
            return super().get_new_connection(conn_params)
        except OperationalError:
            if not self.settings_dict["OPTIONS"].get("embedded"):
                raise
            embedded.ensure()
            return super().get_new_connection(conn_params)

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        """Turned off when the outermost atomic block begins: the one moment to tell the session its tenant."""
        super().set_autocommit(autocommit, *args, **kwargs)
        if not autocommit and (choice := current()) is not None:
            push(self, state_for(choice))

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """Work as the role that owns the tables, transaction or not. For what changes the schema."""
        with self.cursor() as cursor:
            cursor.execute("select current_setting('role')")
            before = cursor.fetchone()[0]
            cursor.execute(f"set role {OWNER}")
        try:
            yield
        finally:
            self._restore_role(before)

    def _restore_role(self, role: str) -> None:
        """A failed transaction takes no statement, and rolling it back restores the role."""
        raw = self.connection
        if raw is not None and not raw.closed and raw.info.transaction_status != TRANSACTION_STATUS_INERROR:
            with raw.cursor() as cursor:
                cursor.execute("select set_config('role', %s, false)", [role])
