"""`manage.py db` and `manage.py prepare_database`, on the server that the tests use."""

from __future__ import annotations

import io
import secrets
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from arhub.database import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not settings.EMBEDDED, reason="needs an administrator, as on the embedded server")


def call(*arguments: str) -> tuple[str, str]:
    out, errors = io.StringIO(), io.StringIO()
    call_command(*arguments, stdout=out, stderr=errors)
    return out.getvalue().strip(), errors.getvalue().strip()


@pytest.fixture
def admin_url() -> str:
    return f"postgresql://postgres@/postgres?host={quote(embedded.ensure()['host'], safe='')}"


@pytest.fixture
def name(admin_url: str) -> Iterator[str]:
    name = f"hub_{secrets.token_hex(4)}"
    yield name
    with closing(psycopg2.connect(admin_url)) as admin, admin.cursor() as cursor:
        admin.autocommit = True
        cursor.execute(f"drop database if exists {name}")


def test_prepare_database_makes_one_that_app_may_use(admin_url: str, name: str) -> None:
    first, _ = call("prepare_database", admin_url, "--database", name, "--password", "se/cret")
    second, remark = call("prepare_database", admin_url, "--database", name)

    assert first.startswith("DATABASE_URL=postgresql://app:se%2Fcret@/")
    assert second.startswith("DATABASE_URL=postgresql://app@/")
    assert remark == "The role app exists and keeps its password; --password sets another."
    with closing(psycopg2.connect(first.removeprefix("DATABASE_URL="))) as app, app.cursor() as cursor:
        cursor.execute("create table staging.tried (a int)")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("create table public.tried (a int)")


def test_prepare_database_says_why_it_cannot(admin_url: str) -> None:
    with pytest.raises(CommandError, match="must begin with postgresql://"):
        call("prepare_database", "mysql://root@localhost/mysql")


def test_db_status_tells_version_and_places(admin_url: str) -> None:
    out, _ = call("db", "status")

    assert out.splitlines()[0].startswith("PostgreSQL 1")
    assert out.splitlines()[0].endswith("is running.")
    assert [line.split(":")[0] for line in out.splitlines()[1:]] == ["Data", "Socket"]


def test_db_reset_asks_first(admin_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda question: "no")

    with pytest.raises(CommandError, match="Nothing was removed"):
        call("db", "reset")
    assert embedded.status().running


def test_db_is_not_for_a_foreign_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "EMBEDDED", False)

    with pytest.raises(CommandError, match="not in use"):
        call("db", "stop")
