"""What the migrations' operations leave in the schema."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.migrations.state import ProjectState

from arhub.models import Ledger, Tenant
from arhub.tenancy.operations import EnableRLS, TenantForeignKey
from arhub.tenancy.scope import scope, scope_all

pytestmark = pytest.mark.django_db
Tenants = tuple[Tenant, Tenant, Tenant]


def run(operation: EnableRLS | TenantForeignKey, *, forwards: bool = True) -> None:
    state = ProjectState.from_apps(apps)
    with connection.schema_editor() as editor:
        act = operation.database_forwards if forwards else operation.database_backwards
        act("arhub", editor, state, state)


def security() -> tuple[bool, bool, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select relrowsecurity, relforcerowsecurity, (select count(*) from pg_policy where polrelid = c.oid)"
            " from pg_class c where relname = 'arhub_ledger'"
        )
        return cursor.fetchone()


def test_enable_rls_is_idempotent_and_reversible() -> None:
    run(EnableRLS("ledger"))
    run(EnableRLS("ledger"))
    assert security() == (True, True, 2)

    run(EnableRLS("ledger"), forwards=False)
    assert security() == (False, False, 0)


def test_tables_belong_to_the_owner_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select distinct tableowner from pg_tables where schemaname = 'public'")
        assert cursor.fetchall() == [("app_owner",)]


@pytest.fixture
def pair() -> None:
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("create table parent (id bigint primary key, tenant_id bigint, unique (tenant_id, id))")
        cursor.execute("create table child (id bigint primary key, tenant_id bigint, parent_id bigint)")


def test_composite_key_refuses_another_tenants_row(pair: None) -> None:
    key = "foreign key (tenant_id, parent_id) references parent (tenant_id, id)"
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"alter table child add {key}; insert into parent values (1, 1)")

    with connection.cursor() as cursor:
        cursor.execute("insert into child values (1, 1, 1), (2, 2, null)")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("insert into child values (3, 2, 1)")


def key_of_contacts() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_get_constraintdef(oid) from pg_constraint where conname = 'arhub_contact_account_id_tenant_fk'"
        )
        return [definition for (definition,) in cursor.fetchall()]


@pytest.mark.parametrize(("deferrable", "ending"), [(False, ""), (True, " DEFERRABLE INITIALLY DEFERRED")])
def test_tenant_foreign_key_is_dropped_and_made(deferrable: bool, ending: str) -> None:
    operation = TenantForeignKey("contact", "account", "account", deferrable=deferrable)

    run(operation, forwards=False)
    assert key_of_contacts() == []

    run(operation)
    assert key_of_contacts() == [f"FOREIGN KEY (tenant_id, account_id) REFERENCES arhub_account(tenant_id, id){ending}"]


def test_schema_editor_sees_every_tenants_rows(tenants: Tenants) -> None:
    for tenant in tenants[:2]:
        with scope(tenant.pk):
            Ledger.objects.create(name="same")

    with connection.schema_editor() as editor, editor.connection.cursor() as cursor:
        cursor.execute("update arhub_ledger set name = 'filled'")
        changed = cursor.rowcount

    with scope_all("a test"):
        assert (changed, Ledger.objects.filter(name="filled").count()) == (2, 2)
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("app",)
