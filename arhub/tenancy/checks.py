"""System checks that nothing slips past row-level security. They ask the database itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections

from arhub.database.roles import OWNER
from arhub.tenancy.models import _Owned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Closed list: people and what leads from them to a tenant, the queue, and Django's own. None holds a tenant's records.
TABLES_WITHOUT_POLICY = frozenset(
    {
        "arhub_apikeyhash", "arhub_membership", "arhub_user", "arhub_user_groups", "arhub_user_user_permissions",
        "arhub_heartbeat", "arhub_secretcanary", "connectors_receiver",
        "auth_group", "auth_group_permissions", "auth_permission",
        "axes_accessattempt", "axes_accessattemptexpiration", "axes_accessfailurelog", "axes_accesslog",
        "django_admin_log", "django_content_type", "django_migrations", "django_session",
        "django_q_ormq", "django_q_schedule", "django_q_task",
    }
)  # fmt: skip

UNPROTECTED = """
    select c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not (c.relrowsecurity and c.relforcerowsecurity
        and (select count(*) from pg_policy p where p.polrelid = c.oid and p.polname in ('tenant', 'everything')) = 2
        and (select count(*) from pg_policy p where p.polrelid = c.oid) = 2)
    order by 1
"""


def tenant_tables() -> list[str]:
    """The tables of all tenant-owned models, and the tenants' own."""
    owned = [model for model in apps.get_models(include_auto_created=True) if issubclass(model, _Owned)]
    return sorted({model._meta.db_table for model in (*owned, apps.get_model("arhub.Tenant"))})


def unprotected_tables(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Tables that lack the two policies, or have further ones, and do not stand on the closed list."""
    with connections[using].cursor() as cursor:
        cursor.execute(UNPROTECTED)
        return [name for (name,) in cursor.fetchall() if name not in TABLES_WITHOUT_POLICY]


@register(Tags.database)
def check_policies(
    app_configs: Sequence[Any] | None, databases: Iterable[str] | None, **options: Any
) -> list[CheckMessage]:
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    return [
        Error(
            f"The table {table} is not protected by row-level security, and not on the list of those without.",
            hint="Add EnableRLS for its model to a migration. If a migration that does so waits:"
            " manage.py migrate --skip-checks. Policies beside `tenant` and `everything` must go.",
            id="arhub.E001",
        )
        for table in unprotected_tables()
    ]


@register(Tags.database)
def check_role(
    app_configs: Sequence[Any] | None, databases: Iterable[str] | None, **options: Any
) -> list[CheckMessage]:
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("select session_user, rolsuper or rolbypassrls from pg_roles where rolname = session_user")
        name, unbound = cursor.fetchone()
        cursor.execute("select exists (select from pg_roles where rolname = %s)", [OWNER])
        has_owner = cursor.fetchone()[0]
        cursor.execute(f"select pg_has_role(session_user, '{OWNER}', 'member')" if has_owner else "select false")
        is_member = cursor.fetchone()[0]
    hint = "Run manage.py prepare_database ADMIN_URL and set the DATABASE_URL that it prints."
    found: list[CheckMessage] = []
    if unbound:
        text = f"The hub signs in to the database as {name}, which row-level security does not bind."
        found.append(Error(text, hint=hint, id="arhub.E002"))
    if not is_member:
        text = f"The role {OWNER}, which owns the tables, is missing or {name} may not become it."
        found.append(Error(text, hint=hint, id="arhub.E003"))
    return found
