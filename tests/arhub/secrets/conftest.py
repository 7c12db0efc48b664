from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from arhub.database.roles import OWNER
from arhub.secrets import SecretField
from arhub.tenancy.operations import CURRENT


@pytest.fixture(autouse=True)
def keys(settings: Any) -> list[bytes]:
    """One to begin with, and one to rotate to."""
    made = [os.urandom(32), os.urandom(32)]
    settings.SECRET_KEYS = made[:1]
    return made


@pytest.fixture
def safes(db: None) -> Iterator[Any]:
    """A table with credentials of tenants, behind the row policies every such table has."""
    with isolate_apps("arhub"):

        class Safe(models.Model):
            tenant_id = models.BigIntegerField()
            name = models.CharField(max_length=20, default="")
            key = SecretField()
            spare = SecretField(blank=True)

            class Meta:
                app_label = "arhub"
                db_table = "safe"

            def __str__(self) -> str:
                return f"{self.name} {self.key} {self.spare}"

    with connection.schema_editor() as editor:
        editor.create_model(Safe)
        editor.execute("alter table safe enable row level security, force row level security")
        editor.execute(f"create policy tenant on safe using (tenant_id = {CURRENT})")
        editor.execute(f"create policy everything on safe to {OWNER} using (true)")
    yield Safe


def stored(safe: Any, column: str = "key") -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"select {column} from safe where id = %s", [safe.pk])
        return cursor.fetchone()[0]


def overwrite(safe: Any, text: str, column: str = "key") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"update safe set {column} = %s where id = %s", [text, safe.pk])
        assert cursor.rowcount == 1
