"""The embedded database, by hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from arhub.database import embedded
from arhub.database.roles import OWNER

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Start, stop, look at, open or remove the embedded database. `psql` signs in as the tables' owner."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status", "psql", "reset"])
        parser.add_argument("--yes", action="store_true", help="Do not ask before removing all data.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("DATABASE_URL or ARHUB_NO_DATABASE is set: the embedded database is not in use.")
        getattr(self, options["action"])(options)

    def start(self, options: dict[str, Any]) -> None:
        self.stdout.write("Started." if embedded.start() else "It runs already.")

    def stop(self, options: dict[str, Any]) -> None:
        self.stdout.write("Stopped." if embedded.stop() else "It was not running.")

    def status(self, options: dict[str, Any]) -> None:
        status = embedded.status()
        self.stdout.write(f"PostgreSQL {status.version} is running." if status.running else "It is not running.")
        self.stdout.write(f"Data:   {status.data}\nSocket: {status.socket}")

    def psql(self, options: dict[str, Any]) -> None:
        where = embedded.ensure()
        os.environ.update(
            PGHOST=where["host"], PGPORT=where["port"], PGUSER=where["user"], PGDATABASE=where["dbname"],
            PGOPTIONS=f"-c role={OWNER}",
        )  # fmt: skip
        psql = str(embedded.programs() / "psql")
        os.execv(psql, [psql])

    def reset(self, options: dict[str, Any]) -> None:
        data = embedded.status().data
        if not options["yes"] and input(f"Remove all data in {data}? Type yes: ").strip().lower() != "yes":
            raise CommandError("Nothing was removed.")
        embedded.reset()
        self.stdout.write("Removed.")
