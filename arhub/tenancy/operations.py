"""Migration operations that put the tenant into the schema itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.migrations.operations.base import Operation

from arhub.database.roles import OWNER
from arhub.tenancy.session import SETTING

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# nullif: a LOCAL setting leaves '' behind in its session, which no cast to bigint takes
CURRENT = f"nullif(current_setting('{SETTING}', true), '')::bigint"


class _TableOperation(Operation):
    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are."""


class EnableRLS(_TableOperation):
    """Row-level security on a tenant-owned table: each tenant sees its own rows, the owner role sees all.

    Forced, so that it binds the table's owner as well. Applying it twice changes nothing.
    """

    def __init__(self, name: str, column: str = "tenant_id") -> None:
        self.name, self.column = name, column

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table = schema_editor.quote_name(to_state.apps.get_model(app_label, self.name)._meta.db_table)
        schema_editor.execute(f"alter table {table} enable row level security")
        schema_editor.execute(f"alter table {table} force row level security")
        self._drop_policies(schema_editor, table)
        schema_editor.execute(f"create policy tenant on {table} using ({self.column} = {CURRENT})")
        schema_editor.execute(f"create policy everything on {table} to {OWNER} using (true)")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table = schema_editor.quote_name(from_state.apps.get_model(app_label, self.name)._meta.db_table)
        self._drop_policies(schema_editor, table)
        schema_editor.execute(f"alter table {table} no force row level security")
        schema_editor.execute(f"alter table {table} disable row level security")

    def describe(self) -> str:
        return f"Row-level security on {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.name.lower()}_rls"

    def _drop_policies(self, schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
        for policy in ("tenant", "everything"):
            schema_editor.execute(f"drop policy if exists {policy} on {table}")


class TenantForeignKey(_TableOperation):
    """A foreign key that carries the tenant: (tenant_id, field) references parent (tenant_id, id).

    A plain one is checked past row-level security, so that a row may point to another tenant's. Declare the
    model's field with db_constraint=False, and UniqueConstraint(fields=["tenant", "id"]) on the parent. With `cascade`
    the database removes the child with its parent, whoever removes that.
    """

    def __init__(self, child: str, field: str, parent: str, *, deferrable: bool = False, cascade: bool = False) -> None:
        self.child, self.field, self.parent, self.deferrable = child, field, parent, deferrable
        self.cascade = cascade

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        quote, apps = schema_editor.quote_name, to_state.apps
        child = apps.get_model(app_label, self.child)._meta
        parent = apps.get_model(self.parent if "." in self.parent else f"{app_label}.{self.parent}")
        column, key = child.get_field(self.field).column, parent._meta.pk.column
        schema_editor.execute(
            f"alter table {quote(child.db_table)} add constraint {quote(self._name(child))}"
            f" foreign key (tenant_id, {quote(column)})"
            f" references {quote(parent._meta.db_table)} (tenant_id, {quote(key)})"
            f"{' on delete cascade' if self.cascade else ''}"
            f"{' deferrable initially deferred' if self.deferrable else ''}"
        )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        child = from_state.apps.get_model(app_label, self.child)._meta
        quote = schema_editor.quote_name
        schema_editor.execute(f"alter table {quote(child.db_table)} drop constraint {quote(self._name(child))}")

    def describe(self) -> str:
        return f"Key of {self.child}.{self.field} within the tenant"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.child}_{self.field}_tenant_key".lower()

    def _name(self, child: Any) -> str:
        return f"{child.db_table}_{child.get_field(self.field).column}_tenant_fk"


class KeyWithTenant(_TableOperation):
    """Let the unique (tenant_id, id) of a table of millions be its only key by id: a primary key on id alone is one
    more index for every row, and whoever looks a row up knows the tenant."""

    def __init__(self, name: str) -> None:
        self.name = name

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        quote = schema_editor.quote_name
        schema_editor.execute(f"alter table {quote(table)} drop constraint {quote(f'{table}_pkey')}")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table = schema_editor.quote_name(from_state.apps.get_model(app_label, self.name)._meta.db_table)
        schema_editor.execute(f"alter table {table} add primary key (id)")

    def describe(self) -> str:
        return f"No key of {self.name} on id alone"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.name}_key_with_tenant".lower()
