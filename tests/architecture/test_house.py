"""The rules of the house that no linter knows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.module_loading import import_string

from arhub.admin.exporting import ExportedAdmin
from arhub.api.errors import is_api
from arhub.paths import BASE_DIR
from arhub.records import RECORD_TYPES
from arhub.tenancy.checks import TABLES_WITHOUT_POLICY, tenant_tables, unprotected_tables
from ingestion.base import Reader
from ingestion.registry import READERS

OURS = ("arhub", "ingestion", "connectors", "adaptors")


@pytest.mark.django_db
def test_every_tenant_owned_table_has_its_policies() -> None:
    assert unprotected_tables() == []
    assert {"arhub_document", "ingestion_invalidrow"} <= set(tenant_tables())
    assert not set(tenant_tables()) & TABLES_WITHOUT_POLICY


def test_every_command_has_a_test() -> None:
    commands = [path.stem for app in OURS for path in (BASE_DIR / app / "management" / "commands").glob("[a-z]*.py")]
    tests = "\n".join(path.read_text() for path in (BASE_DIR / "tests").rglob("test_*.py"))

    untested = [name for name in commands if not re.search(rf'["\']{name}["\']', tests)]

    assert untested == []


def test_every_dotted_path_in_the_settings_leads_somewhere() -> None:
    paths = [*settings.SEARCHES, *settings.START_PANELS, *settings.UNDO_BLOCKERS]
    paths += [*settings.RECORD_PANELS, *settings.SOURCE_PANELS, *settings.RECORD_ACTIONS]
    paths += [settings.RECORD_HISTORY, settings.RECORD_ORIGINS]
    paths += [function for _, function, *_ in settings.SCHEDULES]
    paths += [*settings.CLOSED_DAYS_LISTENERS, *settings.DELIVERY_LISTENERS, *settings.ANSWER_READERS]
    paths += [*settings.DELIVERY_FORGETTERS]
    paths += [*settings.EVENT_LISTENERS, *settings.OUTBOUND_CHANNELS.values(), *settings.RUN_KINDS.values()]

    assert all(callable(import_string(path)) for path in paths)
    assert all(import_string(path) for path in [*settings.EVENT_KINDS, *settings.DELIVERY_GUARDS])


@pytest.mark.parametrize("kind", READERS)
def test_every_reader_in_the_registry_is_one(kind: str) -> None:
    _, path = READERS[kind]

    reader = import_string(path)

    assert issubclass(reader, Reader)
    assert reader.kind == kind
    assert f"| `{kind}` |" in (BASE_DIR / "README.md").read_text()


def test_every_record_type_has_a_list_that_exports_it() -> None:
    lists = [one for one in admin.site._registry.values() if isinstance(one, ExportedAdmin)]

    for one in lists:
        tables = {apps.get_model(RECORD_TYPES[name].model)._meta.db_table for name in one.record_types}
        assert tables == {one.model._meta.db_table}
    assert sorted(name for one in lists for name in one.record_types) == sorted(RECORD_TYPES)


def test_every_page_of_ours_asks_who_is_there(client: Client) -> None:
    """Nothing but the doors, and what describes the API, can be opened without signing in. The Sage Network API finds
    its resources itself, and its own tests go through them."""
    doors = {"healthz", "login/", "logout/", "jsi18n/", "sign-in/1/1/", "in/1", "as2", "as2/"}
    doors |= {"api/v1/1", "api/hub/v1/", "api/hub/v1/schema/", "api/hub/v1/docs/"}

    paths = {f"/{path}" for path in map(_filled_in, _paths(get_resolver())) if path not in doors}
    answers = {path: client.get(path) for path in paths}

    assert {"/arhub/invoice/1/change/", "/api/hub/v1/accounts/1/"} <= paths
    assert {path: answer.get("Location") for path, answer in answers.items() if answer.status_code == 302} == {
        path: f"/login/?next={path}" for path in paths if not is_api(path)
    }
    assert {answer.status_code for answer in answers.values()} == {302, 401}


def _filled_in(route: str) -> str:
    """An address of a route: 1 for each part that varies, the first of the letters it takes."""
    return re.sub(r"\[(.)[^]]*]", r"\1", re.sub(r"\(\?P<[^)]*\)|<[^>]*>", "1", route))


def _paths(resolver: URLResolver, prefix: str = "") -> list[str]:
    found = []
    for item in resolver.url_patterns:
        route = prefix + str(item.pattern).lstrip("^").rstrip("$\\Z")
        found += [route] if isinstance(item, URLPattern) else _paths(item, route)
    return found


def test_files_fit_in_the_head() -> None:
    listed = subprocess.run(
        ["git", "ls-files", *OURS], cwd=BASE_DIR, capture_output=True, text=True, check=False
    ).stdout
    sources = [Path(name) for name in listed.splitlines() if name.endswith(".py") and "/migrations/" not in name]

    long = {str(path): n for path in sources if (n := len((BASE_DIR / path).read_text().splitlines())) > 420}

    assert long == {}
