"""Keep the schema in step with the code."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

logger = logging.getLogger(__name__)
LOCK = 7_236_100  # any number that is the hub's own


def migrate_if_embedded() -> None:
    """The embedded database needs no operator. A foreign one is migrated when its operator says so."""
    if settings.EMBEDDED:
        migrate_if_pending()


def migrate_if_pending() -> bool:
    """Apply what is pending, one process at a time; returns whether something was."""
    if not _is_pending():
        return False
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        try:
            if pending := _is_pending():
                logger.info("Applying migrations")
                call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])
    return pending


def _is_pending() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
