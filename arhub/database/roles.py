"""The two roles, the database and its schemas. Every statement may be run again.

`app_owner` owns the tables, migrates, and sees all tenants; nobody signs in as it. `app` runs the site; it may
become the owner by SET ROLE only, as NOINHERIT gives it none of the owner's rights by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg2 import sql
from psycopg2.extensions import encrypt_password

if TYPE_CHECKING:
    import psycopg2.extensions

OWNER = "app_owner"
APP = "app"
STAGING = "staging"

SCHEMAS = f"""
    alter schema public owner to {OWNER};
    revoke create on schema public from public;
    grant usage on schema public to {APP};
    alter default privileges for role {OWNER} in schema public grant select, insert, update, delete on tables to {APP};
    alter default privileges for role {OWNER} in schema public grant usage, select on sequences to {APP};
    create schema if not exists {STAGING} authorization {OWNER};
    grant usage, create on schema {STAGING} to {APP};
"""


def prepare_roles(admin: psycopg2.extensions.connection, *, create_databases: bool) -> bool:
    """Make both roles; returns whether `app` is new. `create_databases` is for tests, which make their own."""
    with admin.cursor() as cursor:
        new = [role for role in (OWNER, APP) if not _exists(cursor, "pg_roles where rolname", role)]
        if OWNER in new:
            cursor.execute(f"create role {OWNER} nologin")
        if APP in new:
            cursor.execute(f"create role {APP} login noinherit")
        if create_databases:
            cursor.execute(f"alter role {OWNER} createdb")
        cursor.execute(f"grant {OWNER} to {APP}")
        cursor.execute("select rolsuper from pg_roles where rolname = current_user")
        if not cursor.fetchone()[0]:  # a managed server's administrator: only a member may give things to the owner
            cursor.execute(f"grant {OWNER} to current_user")
    return APP in new


def set_password(admin: psycopg2.extensions.connection, password: str) -> None:
    """Hashed on this side, so that the server's log never has it."""
    hashed = encrypt_password(password, APP, admin, "scram-sha-256")
    with admin.cursor() as cursor:
        cursor.execute(f"alter role {APP} password %s", [hashed])


def prepare_database(admin: psycopg2.extensions.connection, name: str) -> None:
    """Make the database, or give an existing one to the owner role. Needs a connection in autocommit."""
    with admin.cursor() as cursor:
        known = _exists(cursor, "pg_database where datname", name)
        statement = "alter database {} owner to {}" if known else "create database {} owner {}"
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(OWNER)))


def prepare_schemas(cursor: Any) -> None:
    """Inside the database, as the owner role or an administrator."""
    cursor.execute(SCHEMAS)


def _exists(cursor: Any, where: str, value: str) -> bool:
    cursor.execute(f"select 1 from {where} = %s", [value])
    return cursor.fetchone() is not None
