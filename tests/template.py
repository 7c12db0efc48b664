"""A migrated database to copy test databases from: five seconds of migrations for each process of a run otherwise.

It stays on the server between runs, and is made anew when a migration, or what migrations are made of, has changed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db import connection

from arhub.paths import BASE_DIR

NAME = "test_arhub_template"
LOCK = 4_711  # only one process makes it


def migrated_template() -> str:
    """The template's name, for TEST.TEMPLATE of the database settings."""
    wanted = _fingerprint()
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        cursor.execute("select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [NAME])
        if cursor.fetchone() != (wanted,):
            _make()
            cursor.execute(f"comment on database {NAME} is '{wanted}'")
    return NAME


def _make() -> None:
    """As Django makes a test database: it goes by the settings, and leaves the database's name in them."""
    used, test = connection.settings_dict, connection.settings_dict["TEST"]
    before = used["NAME"], test["NAME"]
    test["NAME"] = NAME
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    with connection.cursor() as cursor:
        cursor.execute("delete from django_q_schedule")  # they begin when a test database is made
    connection.close()
    used["NAME"], test["NAME"] = before
    settings.DATABASES[connection.alias]["NAME"] = used["NAME"]


def _fingerprint() -> str:
    own = [BASE_DIR / "arhub" / package for package in ("database", "secrets", "tenancy")]
    folders = [*own, *(Path(app.path) / "migrations" for app in apps.get_app_configs())]
    found = hashlib.sha256(django.__version__.encode())
    for file in sorted(file for folder in folders for file in folder.rglob("*.py")):
        found.update(file.read_bytes())
    return found.hexdigest()
