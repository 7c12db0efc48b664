"""A database that belongs to this run alone. Enter it before Django reads its settings."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from arhub.database.roles import OWNER, prepare_schemas
from arhub.database.url import build_database_url, parse_database_url


@contextmanager
def own_database() -> Iterator[Path]:
    """Set ARHUB_VAR, and DATABASE_URL where there is one, to something new; yields a directory for files."""
    url = os.environ.get("DATABASE_URL", "")
    folder = Path(tempfile.mkdtemp(prefix="arhub-bench-"))
    folder.chmod(0o711)  # run by root, the database's system user passes through
    os.environ["ARHUB_VAR"] = str(folder / "var")
    name = f"arhub_bench_{os.getpid()}"
    if url:
        _execute(url, f'create database "{name}"')
        parts = parse_database_url(url)
        own = build_database_url(url, user=parts["USER"], password=parts["PASSWORD"], name=name)
        os.environ["DATABASE_URL"] = own
        with closing(_connect(own)) as connection, connection.cursor() as cursor:
            prepare_schemas(cursor)
    try:
        yield folder
    finally:
        _leave(url, name)
        shutil.rmtree(folder, ignore_errors=True)


def _leave(url: str, name: str) -> None:
    from django.db import connections

    connections.close_all()
    if url:
        _execute(url, f'drop database "{name}" with (force)')
    else:
        from arhub.database import embedded

        embedded.reset()


def _execute(url: str, statement: str) -> None:
    with closing(_connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def _connect(url: str) -> Any:
    """As the owner role, which `prepare_database --tests` lets make databases."""
    parts = parse_database_url(url)
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    wanted = {names[key]: value for key, value in parts.items() if key in names and value}
    connection = psycopg2.connect(**wanted, **parts["OPTIONS"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"set role {OWNER}")
    return connection
