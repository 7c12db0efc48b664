"""What else could bring the same rows into the same table."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import tablib
from django.db import connection
from import_export import fields, resources, widgets
from import_export.instance_loaders import CachedInstanceLoader

from arhub.models import Account, Document, Ledger
from arhub.tenancy.scope import scope
from tests.benchmarks.data import HEADER
from tests.benchmarks.loads import WrongResultError

TABLE = Document._meta.db_table
KEYS_ONLY = "bench_document_keys_only"


def empty() -> None:
    """Take all documents out again, as the owner, and commit that: a COPY then finds a table that was there before."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"truncate {TABLE} cascade")


def save_for_copy(path: Path, rows: int) -> list[str]:
    """Write the loaded documents in COPY's text format; returns their columns: those that hold anything."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped "
            "and attgenerated = '' order by attnum",
            [TABLE],
        )
        every = [name for (name,) in cursor.fetchall()]
        cursor.execute(f"select {', '.join(f'count({name})' for name in every)} from {TABLE}")
        columns = [name for name, count in zip(every, cursor.fetchone(), strict=True) if count]
        with path.open("wb") as file:
            cursor.cursor.copy_expert(f"copy (select {', '.join(columns)} from {TABLE} order by id) to stdout", file)
            if cursor.rowcount != rows:
                raise WrongResultError(f"{cursor.rowcount} documents are stored instead of {rows}.")
    return columns


def analyze() -> None:
    """What the server does by itself within a minute; without statistics the key check of each document is slow."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"analyze {Account._meta.db_table}")


@contextmanager
def open_to_copy() -> Iterator[None]:
    """PostgreSQL refuses COPY into a table whose policies bind its owner, so for a moment they do not."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"alter table {TABLE} no force row level security")
        try:
            yield
        finally:
            cursor.execute(f"alter table {TABLE} force row level security")


def copy(path: Path, columns: list[str], rows: int) -> float:
    """Seconds of COPY into our own table with all its indexes, constraints and policies, as owner role."""
    empty()
    with open_to_copy():
        seconds = _timed_copy(TABLE, path, columns, rows)
    empty()
    return seconds


def copy_keys_only(path: Path, columns: list[str], rows: int) -> float:
    """Seconds of COPY into the same columns with nothing but the primary key and the identity key."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"create table {KEYS_ONLY} (like {TABLE} including defaults including generated)")
        cursor.execute(f"alter table {KEYS_ONLY} add primary key (id), add unique (tenant_id, ledger_id, erp_key)")
        try:
            return _timed_copy(KEYS_ONLY, path, columns, rows)
        finally:
            cursor.execute(f"drop table {KEYS_ONLY}")


def _timed_copy(table: str, path: Path, columns: list[str], rows: int) -> float:
    with connection.cursor() as cursor, path.open("rb") as file:
        started = time.perf_counter()
        cursor.cursor.copy_expert(f"copy {table} ({', '.join(columns)}) from stdin", file, 1 << 20)
        seconds = time.perf_counter() - started
        if cursor.rowcount != rows:
            raise WrongResultError(f"COPY brought in {cursor.rowcount} rows instead of {rows}.")
    return seconds


class _CachedAccount(widgets.ForeignKeyWidget):
    """The account of a number, each read once."""

    def __init__(self) -> None:
        super().__init__(Account, "number")
        self.known = {account.number: account for account in Account.objects.all()}

    def clean(self, value: Any, row: Any = None, **options: Any) -> Account:
        return self.known[value]


def import_export_bulk(path: Path, rows: int, tenant_id: int) -> float:
    """Seconds of django-import-export's bulk mode for the first `rows` lines of a CSV into our own table."""
    empty()
    with path.open(newline="", encoding="utf-8") as file, scope(tenant_id):
        resource = _resource()()
        started = time.perf_counter()
        reader = csv.reader(file)
        dataset = tablib.Dataset(*islice(reader, 1, rows + 1), headers=HEADER)
        result = resource.import_data(dataset, raise_errors=True)
        seconds = time.perf_counter() - started
        if result.totals["new"] != rows or Document.objects.count() != rows:
            raise WrongResultError(f"django-import-export brought in {Document.objects.count()} of {rows} rows.")
    empty()
    return seconds


def _resource() -> type[resources.ModelResource]:
    ledger = Ledger.objects.get(is_default=True)

    class DocumentResource(resources.ModelResource):
        number = fields.Field("number", column_name="invoice_number")
        account = fields.Field("account", column_name="account_id", widget=_CachedAccount())

        class Meta:
            model = Document
            fields = [name for name in HEADER if name not in ("invoice_number", "account_id")] + ["number", "account"]
            import_id_fields = ["erp_key"]
            instance_loader_class = CachedInstanceLoader
            use_bulk = True
            batch_size = 1_000
            skip_diff = True
            skip_unchanged = False
            use_transactions = True

        def before_import_row(self, row: Any, **options: Any) -> None:
            row["document_type"] = row["document_type"].lower()

        def after_import(self, dataset: Any, result: Any, **options: Any) -> None:
            """Not what the library does here: it resets the table's sequence, which only the owner may."""

        def init_instance(self, row: Any = None) -> Document:
            return Document(ledger=ledger)

    return DocumentResource
