"""dlt's `merge` into a table like ours, in an environment and a schema of its own."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.db import connection

from arhub.database.roles import OWNER
from arhub.models import Account, Ledger
from arhub.paths import BASE_DIR
from arhub.tenancy.scope import scope
from tests.benchmarks.data import sum_of_amounts
from tests.benchmarks.loads import WrongResultError
from tests.benchmarks.peers import TABLE

PACKAGES = ("dlt[postgres]==1.31.0", "duckdb==2.0.0", "pyarrow==26.0.1", "psycopg2-binary==2.9.13")
ENVIRONMENT = BASE_DIR / "var" / "bench-peers"
SCHEMA, NAME = "bench_dlt", "document"
SCRIPT = Path(__file__).with_name("dlt_merge.py")


class NoPeerError(Exception):
    """dlt cannot be had here."""


def merge(path: Path, rows: int, tenant_id: int, folder: Path) -> float:
    """Seconds of dlt's merge of the first `rows` lines of a CSV. Raises NoPeerError where dlt cannot be installed."""
    python = _environment()
    _make_table()
    try:
        told = _run(python, _wanted(path, rows, tenant_id, folder))
        _check(path, rows)
    finally:
        _drop()
    return float(told["seconds"])


def _environment() -> Path:
    """The interpreter of dlt's environment, which is made on first use and again when a version here changes."""
    python, note = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "installed.txt"
    packages = "\n".join(PACKAGES)
    if note.is_file() and note.read_text() == packages:
        return python
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True, capture_output=True)
        install = [python, "-m", "pip", "install", "--disable-pip-version-check", "-q", *PACKAGES]
        subprocess.run(install, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoPeerError(f"dlt cannot be installed here: {getattr(error, 'stderr', '') or error}") from error
    note.write_text(packages)
    return python


def _make_table() -> None:
    """A table with our columns, indexes, keys and foreign key. Policies are left out: they bind its owner, and dlt
    deletes and inserts as such. dlt keeps its copy of the rows in a schema of its own beside it."""
    _drop()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"create schema {SCHEMA}")
        cursor.execute(f"create table {SCHEMA}.{NAME} (like {TABLE} including all)")
        cursor.execute(
            "select pg_get_constraintdef(oid) from pg_constraint where conrelid = %s::regclass and contype = 'f'",
            [TABLE],
        )
        for (definition,) in cursor.fetchall():
            cursor.execute(f"alter table {SCHEMA}.{NAME} add {definition}")


def _drop() -> None:
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"drop schema if exists {SCHEMA}, {SCHEMA}_staging cascade")


def _wanted(path: Path, rows: int, tenant_id: int, folder: Path) -> dict[str, Any]:
    accounts = folder / "accounts-of-dlt.csv"
    with scope(tenant_id), accounts.open("w", newline="", encoding="utf-8") as file:
        ledger = Ledger.objects.get(is_default=True)
        writer = csv.writer(file)
        writer.writerow(("number", "id"))
        writer.writerows(Account.objects.values_list("number", "pk"))
    places = {"path": str(path), "accounts": str(accounts), "folder": str(folder / "dlt")}
    target = {"url": _url(), "schema": SCHEMA, "table": NAME}
    return {**places, **target, "rows": rows, "tenant": tenant_id, "ledger": ledger.pk}


def _url() -> str:
    """Our database, for the owner role. The host before the question mark is not the one that counts."""
    where = connection.settings_dict
    options = {key: value for key, value in where["OPTIONS"].items() if key != "embedded"}
    query = urlencode({"host": where["HOST"] or "localhost", **options, "options": f"-crole={OWNER}"}, quote_via=quote)
    who = f"{quote(where['USER'], safe='')}:{quote(where['PASSWORD'] or 'none', safe='')}"
    return f"postgresql://{who}@localhost:{where['PORT'] or 5432}/{quote(where['NAME'], safe='')}?{query}"


def _run(python: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the script tells. dlt reports nothing home and keeps its files in the run's folder."""
    environment = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": wanted["folder"],
                   "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "false"}  # fmt: skip
    done = subprocess.run(
        [python, SCRIPT, json.dumps(wanted)], capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        raise WrongResultError(f"dlt ended with exit code {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def _check(path: Path, rows: int) -> None:
    """As many rows as lines, and the same sums."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"select count(*), sum(total_amount), sum(balance_due) from {SCHEMA}.{NAME}")
        found = cursor.fetchone()
    wanted = (rows, *sum_of_amounts(path, rows, "total_amount", "balance_due"))
    if found != wanted:
        raise WrongResultError(f"dlt: expected rows and sums {wanted}, found {found}.")
