"""Make the hub's roles and database on a PostgreSQL server of one's own."""

from __future__ import annotations

import secrets
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg2
from django.core.management.base import BaseCommand, CommandError

from arhub.database.roles import APP, prepare_database, prepare_roles, prepare_schemas, set_password
from arhub.database.url import build_database_url, parse_database_url

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

OLDEST = 150_000


class Command(BaseCommand):
    help = "Make the hub's roles and database, with the rights of ADMIN_URL, and print the DATABASE_URL to set."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("admin_url", help="postgresql://administrator:password@host/postgres")
        parser.add_argument("--database", default="arhub")
        parser.add_argument("--password", help="Of the role app. Without it a new role gets a generated one.")
        parser.add_argument("--tests", action="store_true", help="Let the owner role make databases, as tests do.")

    def handle(self, *args: Any, **options: Any) -> None:
        url, name, password = options["admin_url"], options["database"], options["password"]
        try:
            with closing(_connect(url)) as admin:
                is_new = prepare_roles(admin, create_databases=options["tests"])
                if password is None and is_new:
                    password = secrets.token_urlsafe(24)
                if password is not None:
                    set_password(admin, password)
                prepare_database(admin, name)
            with closing(_connect(url, name)) as admin, admin.cursor() as cursor:
                prepare_schemas(cursor)
        except (psycopg2.Error, ValueError) as error:
            raise CommandError(str(error).strip()) from error
        if password is None:
            self.stderr.write(f"The role {APP} exists and keeps its password; --password sets another.")
        self.stdout.write(f"DATABASE_URL={build_database_url(url, user=APP, password=password or '', name=name)}")


def _connect(url: str, name: str | None = None) -> psycopg2.extensions.connection:
    parts = parse_database_url(url)
    who = {"host": parts["HOST"], "port": parts["PORT"], "user": parts["USER"], "password": parts["PASSWORD"]}
    wanted = {**who, "dbname": name or parts["NAME"], **parts["OPTIONS"]}
    connection = psycopg2.connect(**{key: value for key, value in wanted.items() if value})
    connection.autocommit = True
    if connection.server_version < OLDEST:
        raise ValueError("The hub needs PostgreSQL 15 or newer.")
    return connection
