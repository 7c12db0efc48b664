"""The tenant in context, in Python and in the database. `Ledger` stands for any tenant-owned model."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, connections, transaction

from arhub.models import Ledger, Tenant
from arhub.tenancy.checks import check_policies, check_role, tenant_tables, unprotected_tables
from arhub.tenancy.context import tenant_id_or_none
from arhub.tenancy.scope import NoTenant, current_tenant_id, scope, scope_all

Tenants = tuple[Tenant, Tenant, Tenant]


def visible() -> set[str]:
    """What the database itself lets through: the base manager filters nothing."""
    return set(Ledger._base_manager.values_list("name", flat=True))


def session() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(current_setting('arhub.tenant', true), ''), current_user")
        return cursor.fetchone()


@pytest.fixture
def ledgers(tenants: Tenants) -> Tenants:
    for tenant in tenants[:2]:
        with scope(tenant.pk):
            Ledger.objects.create(name=f"of {tenant.name}")
    return tenants


def test_scope_shows_own_rows_only(ledgers: Tenants) -> None:
    acting, _, empty = ledgers

    with scope(acting.pk):
        assert visible() == {"of Acting"}
        assert [ledger.name for ledger in Ledger.objects.all()] == ["of Acting"]
    with scope(empty.pk):
        assert visible() == set()
    assert visible() == set()


def test_scope_nested_restores_the_outer_tenant(ledgers: Tenants) -> None:
    acting, hidden, _ = ledgers

    with scope(acting.pk):
        with scope(hidden.pk):
            assert visible() == {"of Hidden"}
        assert visible() == {"of Acting"}
        assert current_tenant_id() == acting.pk


def test_scope_survives_the_rollback_of_a_savepoint(ledgers: Tenants) -> None:
    acting, hidden, _ = ledgers

    with scope(acting.pk):
        with pytest.raises(IntegrityError), transaction.atomic(), scope(hidden.pk):
            Ledger.objects.create(name="of Hidden")
        assert visible() == {"of Acting"}


def test_scope_left_by_a_database_error_restores_after_the_outer_rollback(ledgers: Tenants) -> None:
    acting, hidden, _ = ledgers

    with scope(acting.pk):
        with pytest.raises(DatabaseError), transaction.atomic(), scope(hidden.pk), connection.cursor() as cursor:
            cursor.execute("select 1/0")
        assert session() == (str(acting.pk), "app")


def test_scope_kept_by_a_committed_savepoint_ends_with_the_scope(ledgers: Tenants) -> None:
    with transaction.atomic(), scope(ledgers[0].pk):
        pass

    assert session() == ("", "app")


@pytest.mark.parametrize("wrong", [None, "1", True, 1.0])
def test_scope_refuses_what_is_no_id(wrong: object) -> None:
    with pytest.raises(TypeError), scope(wrong):  # type: ignore[arg-type]
        pass


def test_manager_without_tenant_refuses(ledgers: Tenants) -> None:
    with pytest.raises(NoTenant, match="Ledger needs a tenant"):
        list(Ledger.objects.all())
    with pytest.raises(NoTenant):
        Ledger.objects.filter(name="of Acting").update(name="x")
    with pytest.raises(NoTenant):
        Ledger.objects.filter(name="of Acting").delete()
    with pytest.raises(NoTenant):
        current_tenant_id()


def test_manager_query_set_made_early_belongs_to_whoever_runs_it(ledgers: Tenants) -> None:
    acting, hidden, _ = ledgers
    made_at_import, nothing = Ledger.objects.all(), Ledger.objects.none()

    with scope(acting.pk):
        first = made_at_import.all().get().name
    with scope(hidden.pk):
        second = made_at_import.all().get().name

    assert (first, second, list(nothing)) == ("of Acting", "of Hidden", [])


def test_scope_all_sees_everyone_and_ends(ledgers: Tenants) -> None:
    acting, *_ = ledgers

    with scope_all("a test"):
        assert visible() == {"of Acting", "of Hidden"}
        assert Ledger.objects.count() == 2
        assert Ledger.objects.exclude(name="of Acting").count() == 1
        with pytest.raises(NoTenant):
            current_tenant_id()
        with scope(acting.pk):
            assert session() == (str(acting.pk), "app")
            assert visible() == {"of Acting"}
        assert session() == ("", "app_owner")
    assert session() == ("", "app")


def test_row_gets_the_tenant_in_context(ledgers: Tenants) -> None:
    acting, *_ = ledgers
    made_outside = Ledger(name="made outside")

    with scope(acting.pk):
        made_outside.save()
        [bulk] = Ledger.objects.bulk_create([Ledger(name="bulk")])
        got, _ = Ledger.objects.get_or_create(name="got")

    assert {made_outside.tenant_id, bulk.tenant_id, got.tenant_id} == {acting.pk}
    assert tenant_id_or_none() is None


def test_row_of_another_tenant_is_refused(ledgers: Tenants) -> None:
    acting, hidden, _ = ledgers

    with scope(acting.pk), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Ledger.objects.create(name="smuggled", tenant=hidden)
    with scope(acting.pk):
        assert Ledger._base_manager.filter(name="of Hidden").update(name="taken") == 0
        assert Ledger._base_manager.filter(name="of Hidden").delete()[0] == 0
    with scope(hidden.pk):
        assert visible() == {"of Hidden"}


def test_constraint_with_tenant_is_validated_although_forms_leave_tenant_out(ledgers: Tenants) -> None:
    with scope(ledgers[0].pk), pytest.raises(ValidationError, match="already exists"):
        Ledger(name="of Acting").validate_constraints(exclude={"tenant"})


def test_app_can_neither_truncate_nor_loosen(ledgers: Tenants) -> None:
    for statement in ("truncate arhub_ledger", "alter table arhub_ledger disable row level security"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_app_may_make_tables_in_staging_only(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create unlogged table staging.load_1 (a int)")
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute("create table public.load_1 (a int)")


def test_every_tenant_table_is_protected(db: None) -> None:
    assert "arhub_ledger" in tenant_tables()
    assert unprotected_tables() == []
    assert check_policies(None, ["default"]) == []
    assert check_role(None, ["default"]) == []


def test_check_finds_a_table_without_policy(db: None) -> None:
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("create table forgotten (tenant_id bigint)")

    assert [(found.id, "forgotten" in found.msg) for found in check_policies(None, ["default"])] == [
        ("arhub.E001", True)
    ]


@pytest.mark.django_db(transaction=True, databases=["default", "side"])
class TestRealTransactions:
    def test_scope_opens_and_commits_one(self, tenants: Tenants) -> None:
        acting, *_ = tenants

        with scope(acting.pk):
            assert connection.in_atomic_block
            Ledger.objects.create(name="kept")
        assert session() == ("", "app")
        with scope(acting.pk):
            assert visible() == {"kept"}

    def test_scope_on_side_survives_a_rollback(self, tenants: Tenants) -> None:
        acting, *_ = tenants

        with pytest.raises(ZeroDivisionError), scope(acting.pk):
            Ledger.objects.create(name="lost")
            with scope(acting.pk, using="side"):
                Ledger.objects.using("side").create(name="kept")
            raise ZeroDivisionError

        with scope(acting.pk):
            assert visible() == {"kept"}

    def test_side_transaction_inside_a_scope_has_its_tenant(self, tenants: Tenants) -> None:
        acting, *_ = tenants

        with scope(acting.pk), transaction.atomic(using="side"):
            Ledger.objects.using("side").create(name="also on side")
        with scope(acting.pk):
            assert visible() == {"also on side"}

    def test_side_is_a_second_connection_to_the_same_database(self) -> None:
        names = []
        for alias in ("default", "side"):
            with connections[alias].cursor() as cursor:
                cursor.execute("select current_database(), pg_backend_pid()")
                names.append(cursor.fetchone())

        assert names[0][0] == names[1][0]
        assert names[0][1] != names[1][1]

    def test_scope_all_leaves_no_owner_behind(self, tenants: Tenants) -> None:
        with pytest.raises(DatabaseError), scope_all("a test"), connection.cursor() as cursor:
            cursor.execute("select 1/0")

        assert session() == ("", "app")
