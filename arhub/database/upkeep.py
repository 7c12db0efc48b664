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
    """Before a command of its own: the embedded database needs no operator, a foreign one is its operator's. `up` is
    the operator, and migrates either."""
    if settings.EMBEDDED:
        migrate_if_pending()


def migrate_if_pending() -> None:
    """Apply what is pending, one process at a time."""
    if not _is_pending():
        return
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        try:
            if _is_pending():
                logger.info("Applying migrations")
                call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])


def _is_pending() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
