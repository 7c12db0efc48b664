"""Emptying the database after each test with real transactions, which most tests here are.

Django truncates every table and writes content types, permissions and schedules again: a fifth of a second, longer
than most of the tests. Here rows are deleted where there are any, and what `migrate` writes stays unless it changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import DatabaseError, connection, transaction

KEPT = ("django_content_type", "auth_permission", "django_q_schedule")
MOST_BYTES = 1 << 19  # a larger table is truncated, as deleted rows stay in it and are read past


class Emptying:
    """Takes the place of Django's flush, which is still the way when a test changed what `migrate` had written."""

    def __init__(self) -> None:
        self._kept = _fingerprint()

    def after(self, flush: Callable[[], None]) -> None:
        """What another process that a test started still does may meet it: its locks make a deadlock, its rows refer
        to some that go. A test that cannot be emptied behind takes all that follow it along, so it is tried again."""
        for again in (True, True, False):
            try:
                self._empty(flush)
            except DatabaseError:
                if not again:
                    raise
                time.sleep(1)
            else:
                break

    def _empty(self, flush: Callable[[], None]) -> None:
        if _fingerprint() == self._kept:
            empty_tables()
        else:
            flush()
            self._kept = _fingerprint()


def _fingerprint() -> int:
    every = " union all ".join(f"select hashtextextended(one::text, 0) as hash from {table} one" for table in KEPT)
    with connection.cursor() as cursor:
        cursor.execute(f"select sum(hash) from ({every}) kept")
        return int(cursor.fetchone()[0])


def empty_tables() -> None:
    """A lock waits for transactions of servers and threads that a test started, as truncating does. All rows go in one
    statement, so that foreign keys are checked when none is left."""
    with connection.as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select quote_ident(relname), pg_relation_size(oid) from pg_class where relkind = 'r'"
            " and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0 and relname <> all(%s)",
            [["django_migrations", *KEPT]],
        )
        sizes = dict(cursor.fetchall())
        if large := [table for table, size in sizes.items() if size > MOST_BYTES]:
            cursor.execute(f"truncate {', '.join(large)} cascade")
        if sizes:
            cursor.execute(f"lock {', '.join(sizes)} in share row exclusive mode")
            deletes = (f"d{number} as (delete from {table})" for number, table in enumerate(sizes))
            cursor.execute(f"with {', '.join(deletes)} select")
